"""Loops: text that repeats itself without end, found while it is being written and cut off where it begins.

Three views of the same answer. Among tokens a loop is a shift by its period that changes (nearly) nothing; this sees
through the ban on repeated n-grams, which breaks a short loop now and then but cannot end it. Among lines it is one
line again and again (`lines.py`), among places one place again and again, be it with other text (`reread.py`). What
real pages repeat is spared: rows of a table, dotted leaders, columns of "yes" and "no".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.engine.decoding.lines import CELL, MARKUP, find_line_loop
from pipeline.engine.decoding.reread import find_rereading

Tokens = NDArray[np.int64]
TextOf = Callable[[Sequence[int]], str]

WINDOW: Final = 160
EXACT_WINDOW: Final = 184
"""Tokens that have to repeat what stands one period before them: of a short period most, of a longer one all. A loop
costs so many tokens, and up to `EVERY` until it is looked for: less than 200."""
EVERY: Final = 16
"""Answers are looked at whenever they have grown by so many tokens."""
LINES_EVERY: Final = 4 * EVERY

_LONGEST: Final = 256  # tokens of a period; what is longer is found by its lines or places, if at all
# Periods that the n-gram ban may disturb: with the released rule (20 in 50) up to 50 - 20. Longer ones have to repeat
# exactly.
_SHORT: Final = 30
# Periods above it are looked for one shorter and one longer, too; in a shorter one, a token is too large a part of it.
_SLIPS: Final = 7
_DIVERSE: Final = 0.5  # different tokens of a period, as a share, that make a match of neighbours mean something
# Share of equal tokens in a disturbed loop: the ban puts in a token in twenty, which spoils a place or two. Higher, and
# such loops run to the limit; lower, and lists with equal beginnings are cut. Chosen, not measured.
_ALIKE: Final = 0.85
_TABLE_WINDOW: Final = 800  # tokens: a table may have some dozens of equal rows, such as empty ones

_LINES_WINDOW: Final = 768  # tokens whose lines are compared, and so decoded again every `LINES_EVERY`


@dataclass(frozen=True)
class Loop:
    """`start`: tokens of the answer that are good, with one copy of what is repeated. `period`: tokens, 0 of lines."""

    start: int
    period: int


def find_loop(answer: Tokens, text_of: TextOf) -> Loop | None:
    """The loop in which an answer (token ids, shape [n]) ends, if it does. `text_of` decodes token ids."""
    period = _short_period(answer) or _long_period(answer)
    if period is None:
        return None
    recent = answer[-WINDOW:]
    window = text_of(recent.tolist())
    if CELL.search(window):
        same = answer[period:][-_TABLE_WINDOW:] == answer[:-period][-_TABLE_WINDOW:]
        return Loop(_start(answer, period), period) if same.size == _TABLE_WINDOW and same.mean() > 0.97 else None
    repeated = recent[recent == answer[-WINDOW - period : -period]]
    text = MARKUP.sub("", text_of(repeated.tolist()))
    if "\n" in window and sum(map(str.isalnum, text)) < 0.05 * len(text):
        return None  # leaders of a table of contents, line by line; or the rules of a form
    return Loop(_start(answer, period), period)


def _short_period(answer: Tokens) -> int | None:
    """The shift that maps most of the answer's last tokens onto what stands before them."""
    alike = _alike(answer, WINDOW, _SHORT + 1)
    # Where the ban has slipped a token in, a period is longer by one; it slips one into most loops of some length.
    slipped = alike.copy()
    slipped[_SLIPS:-1] |= alike[_SLIPS - 1 : -2] | alike[_SLIPS + 1 :]
    exact = alike.mean(1)
    # The one that fits best as it stands comes first: its neighbours may pass on the strength of slips alone.
    for place in sorted(np.flatnonzero(slipped[:_SHORT].mean(1) >= _ALIKE), key=lambda place: -exact[place]):
        period = int(place) + 1
        of_one_sort = len(set(answer[-period:].tolist())) <= _DIVERSE * period  # formulas: a neighbour is often equal
        row = alike[place] if of_one_sort else slipped[place]
        if row.mean() >= _ALIKE and not _counts_up(row, period):
            return period
    return None


def _long_period(answer: Tokens) -> int | None:
    found = np.flatnonzero(_alike(answer, EXACT_WINDOW, _LONGEST).all(1))
    return int(found[0]) + 1 if found.size else None


def _alike(answer: Tokens, window: int, longest: int) -> NDArray[np.bool_]:
    """Which of the last `window` tokens equal the one p before: [longest, window], row p - 1; fewer rows at first."""
    longest = max(0, min(longest, len(answer) - window))
    tail = answer[len(answer) - window - longest :] if longest else answer[:0]
    if not longest:
        return np.zeros((0, window), np.bool_)
    # Without the last window, which is the end itself; reversed, window k begins k + 1 tokens before that one.
    # Views of one array: all periods are compared at once, without a copy for each.
    shifted = np.lib.stride_tricks.sliding_window_view(tail, window)[:-1][::-1]
    return np.asarray(shifted == tail[-window:])


def _counts_up(alike: NDArray[np.bool_], period: int) -> bool:
    """Whether it is the same place of every period that differs, as in `a_{11}, a_{12}, …`: that is no loop yet."""
    differs = ~alike
    if period < 4 or not differs.any():
        return False
    always = differs[2 * period :] & differs[period:-period] & differs[: -2 * period]
    return bool(always.sum() * 4 >= differs.sum())


def _start(answer: Tokens, period: int) -> int:
    """Where the second copy begins: back from the end while most tokens are those of a period before."""
    same = answer[period:] == answer[:-period]
    if period > _SLIPS:
        same[1:] |= answer[period + 1 :] == answer[: -period - 1]
        same |= answer[period:] == answer[1 : 1 + len(same)]
    step, end = 32, len(same)
    while end >= step and same[end - step : end].mean() >= 0.6:
        end -= step
    first = max(0, end - step)
    for begin in range(first, min(end + step, len(same))):
        if same[begin] and same[begin : begin + step // 2].mean() >= _ALIKE:
            return period + begin
    return period + first


class LoopWatch:
    """One answer under way: fed with its tokens as they come, it says when they have become a loop.

    What it says depends on the tokens alone, not on how many come at once.
    """

    def __init__(self, text_of: TextOf) -> None:
        self._text_of = text_of
        self._tokens = np.zeros(1024, np.int64)
        self._count = 0  # tokens that have come
        self._seen = 0  # tokens up to which was looked

    @property
    def count(self) -> int:
        """Tokens that have come; behind a loop, those up to which was looked."""
        return self._count

    def feed(self, tokens: Tokens) -> Loop | None:
        """More tokens of the answer, shape [n]. After a loop nothing more may be fed."""
        self._append(tokens)
        while self._seen + EVERY <= self._count:
            self._seen += EVERY
            answer = self._tokens[: self._seen]
            loop = find_loop(answer, self._text_of)
            if loop is None and self._seen % LINES_EVERY == 0:
                loop = self._lines(answer)
            if loop is not None:
                self._count = self._seen
                return loop
        return None

    def text(self, loop: Loop) -> str:
        """What is good of the answer."""
        return self._text_of(self._tokens[: loop.start].tolist()).rstrip()

    def _append(self, tokens: Tokens) -> None:
        while self._count + len(tokens) > len(self._tokens):
            self._tokens = np.concatenate([self._tokens, np.zeros_like(self._tokens)])
        self._tokens[self._count : self._count + len(tokens)] = tokens
        self._count += len(tokens)

    def _lines(self, answer: Tokens) -> Loop | None:
        """A loop of lines or places as one of tokens: where its good text ends is looked for among the last tokens."""
        recent = answer[-_LINES_WINDOW:].tolist()
        text = self._text_of(recent)
        good = find_line_loop(text)
        good = find_rereading(text) if good is None else good
        if good is None:
            return None
        # By halves, for the text has no map back to tokens: one may end within a character, and some give no text.
        low, high = 0, len(recent)  # the shortest head of the tokens that holds the good text
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if len(self._text_of(recent[:middle])) >= good else (middle + 1, high)
        return Loop(len(answer) - len(recent) + low, 0)
