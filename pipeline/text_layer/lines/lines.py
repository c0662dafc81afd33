"""Words and lines: the leaf types that all parts of the text layer share."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from statistics import median

from pipeline.text_layer.characters.maths import MATHS
from pipeline.text_layer.lines.geometry import LeftEdges, Rect, bounds

SOFT_HYPHEN = "\xad"
LEADERS = re.compile(r"(?:\.\s?){5,}|(?:·\s?){5,}|…{2,}")
"""Dots that lead from an entry to its page number."""

# A measure of type, no threshold: Times reaches .22 of the em under the baseline, Helvetica .21. It places every word's
# box, so that any change moves the boxes of every page; what matters is that all fonts have the same.
DESCENT = 0.22
"""Of the em: how far a word's box reaches under its baseline."""

RAISED, LOWERED = ("\ue001", "\ue002"), ("\ue003", "\ue004")
"""What stands around raised and lowered signs in `Line.marked`: private characters, which no text of a page holds."""

# Of the line's em. TeX and word processors set scripts at .58 to .75; small capitals at .8 stand on the baseline.
# The three bounds are held by tests/pipeline/text_layer/lines, which draws scripts of .55 to .75 of the size, powers .3
# to .45 em up, indices .12 to .25 down, and small capitals from .04 under the baseline to .1 above it. From 1 on,
# no word of a line would tell its baseline, and short lines would all be lowered; at .68 scripts of .7 are not marked:
# two of 16 public pages change (thresholds.md).
_SMALL = 0.85
# Em: powers stand .33 to .4 up; an apostrophe of another font up to .1. Lower marks those, higher loses flat powers,
# and 10² is read as 102.
_UP = 0.15
# Em: an index stands .14 to .25 down, and rounding and small capitals move by .04. Larger, and H₂O is read as H2O.
_DOWN = 0.07
# Of one script, as letters and signs: longer ones are lines that only touch. Fewer loses "(n−1)(n−2)" as a power; more,
# and a line of small print set close below another is its index. Chosen, not measured.
_MOST_LETTERS = 12
# Em, of scripts in the size of their line, as typewriters and browsers set them: half a line up or down, and a third at
# least. Lower, and figures that dance are powers. They stand right at their host. Chosen; drawn from .3 to .5.
_FULL = 0.25
_TOUCH = 0.1  # Em by which boxes of neighbours may overlap: side bearings.
# Of the commonest size: what scripts stand at is at most so large, as they are .55 of it and more. Larger initials are
# no hosts.
_HOST = 1.9
_SCRIPT_SIGN = re.compile(r"[^\W_]|[*∗†‡§¶+−–-]")
# Em: lines along the page or quarter turned are 1 to 1.4 high, stamps of some words at 10 degrees and more beyond 2.
# Larger, and short stamps fall into the cells of tables that they cross; smaller, and heads set upright leave theirs.
_SLANTING = 1.8
_EQUATION_NUMBER = re.compile(r"\([A-Z]?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)$")
TEXT_WORDS = 5
"""Words of a line of text, which tells where its column ends; a label, a value or a note has fewer. Chosen."""
# Points by which the ends of such lines differ where a column is justified: less than the thinnest letter. Two such
# lines prove it; one may end there by chance. Chosen.
_FLUSH, _PROVEN = 1.0, 2
NEAR = 300
"""Lines by their top edge that are looked at on either side of one: no printed row has so many, and pages of scattered
letters must not take minutes."""
_RAISED_BY_NATURE = "°™®ªº"


@dataclass(frozen=True)
class Word:
    """Glyphs without a space between them. `size` is the font size in points; `box` spans the glyphs' em height."""

    text: str
    box: Rect
    size: float
    bold: bool = False
    mono: bool = False
    spaced: bool = True  # whether a space stands before it on its line
    drawn: bool = True  # else it is the invisible text of a scan, whose places are rough

    @property
    def baseline(self) -> float:
        return self.box.y1 - DESCENT * self.size


@dataclass(frozen=True)
class Line:
    """Words on one baseline without a wide gap, in reading order."""

    words: tuple[Word, ...]
    box: Rect

    @cached_property
    def text(self) -> str:
        return _joined(self.words)

    @property
    def is_slanting(self) -> bool:
        """Whether it runs neither along the page nor a quarter turned: both sides of its box are longer than type is
        high."""
        return min(self.box.width, self.box.height) > _SLANTING * self.size

    @cached_property
    def marked(self) -> str:
        """The text with RAISED and LOWERED around the runs of signs that stand above or under the baseline."""
        text = ""
        for script, run in groupby(self.scripts(), key=lambda pair: pair[0]):
            words = [word for _, word in run]
            inner = _joined(words)
            signs = _SCRIPT_SIGN.search(inner) and inner not in _RAISED_BY_NATURE and len(inner) <= _MOST_LETTERS
            on, off = {1: RAISED, -1: LOWERED}[script] if script and signs else ("", "")
            meet = not on and text[-1:].isdigit() and inner[:1].isdigit()
            text += (" " if text and (words[0].spaced or meet) else "") + on + inner + off
        return text

    @property
    def opens_raised(self) -> bool:
        """Whether it begins with a raised mark, as a note does."""
        return self.marked.startswith(RAISED[0])

    def scripts(self) -> Iterator[tuple[int, Word]]:
        """Each word with 1 where it is raised, -1 where it is lowered."""
        # In "10⁻¹²" most glyphs are scripts.
        size = max((word.size for word in self.words if word.size <= _HOST * self.size), default=self.size)
        body = [word.baseline for word in self.words if word.size > _SMALL * size]
        # Of two, the first: the other one may be a script in the size of the text.
        base = host = median(body[:1] if len(body) == 2 else body) if body else 0.0
        for before, word in zip([None, *self.words], self.words, strict=False):
            # A power is raised over the letter that it stands at, though both may hang under a fraction's bar; large
            # signs and brackets have baselines of their own.
            host = base if word.spaced else host
            script = _script(word, before, (host, base), size)
            if word.size > _SMALL * size and not script:
                host = word.baseline if word.text[-1:].isalnum() else base
            yield script, word

    @cached_property
    def foot(self) -> float:
        """Where most of its words end below, in points; indices reach farther down."""
        return median(word.box.y1 for word in self.words)

    @cached_property
    def size(self) -> float:
        """The size of most glyphs."""
        # Half points, since scaled pages give sizes such as 9.96, which must be one size with 10.02.
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[max(round(word.size * 2) / 2, 0.5)] += len(word.text)
        return sizes.most_common(1)[0][0]

    @cached_property
    def bold(self) -> bool:
        return sum(len(w.text) for w in self.words if w.bold) > 0.8 * sum(len(w.text) for w in self.words)

    @cached_property
    def mono(self) -> bool:
        return all(w.mono for w in self.words)


def _script(word: Word, before: Word | None, bases: tuple[float, float], size: float) -> int:
    """1 for a raised word, -1 for a lowered one; `size` is that of what it stands at.

    `bases` are the baselines of that and of the line.
    """
    # The box of turned text is not that of its em, so nothing can be told from it.
    if not word.drawn or abs(word.box.height - word.size) > 0.1:
        return 0
    up, over_line = ((base - word.baseline) / size for base in bases)
    if word.size <= _SMALL * size:
        return 1 if up > _UP else -1 if up < -_DOWN else 0
    # What stands under another is no index but the lower part of a fraction.
    stands_at = before and not word.spaced and word.box.x0 > before.box.x1 - _TOUCH * size
    if not stands_at or min(abs(up), abs(over_line)) < _FULL or not word.text.isalnum():
        return 0
    return 1 if up > 0 else -1


def numbers_equation(line: Line, others: Iterable[Line]) -> bool:
    """Whether a line is the number of an equation, at the right edge of its column: then what follows is another one.

    `others` are the lines around it.
    """
    if not _EQUATION_NUMBER.match(line.text):
        return False
    others = [other for other in others if other is not line]
    row = [other for other in others if other.box.x1 <= line.box.x0 and other.box.overlap_y(line.box) > 0]
    before = max(row, key=lambda other: other.box.x1, default=None)
    if before and MATHS.search(before.text):
        return True
    full = [other for other in others if len(other.words) >= TEXT_WORDS]
    return sum(abs(other.box.x1 - line.box.x1) < _FLUSH for other in full) >= _PROVEN


def _joined(words: Sequence[Word]) -> str:
    """Words with the spaces that stand between them, and one where two numbers would become one."""
    text = ""
    for word in words:
        # Words without a space between them are a text and its scripts, or the parts of a fraction.
        meet = text[-1:].isdigit() and word.text[:1].isdigit()
        text += (" " if text and (word.spaced or meet) else "") + word.text
    return text


def line_of(words: list[Word] | tuple[Word, ...]) -> Line:
    return Line(tuple(words), bounds(w.box for w in words))


class Ordered(list[Line]):
    """Lines by their top edge, then their left one, with what is asked of them again and again."""

    def __init__(self, lines: Iterable[Line]) -> None:
        super().__init__(sorted(lines, key=lambda line: (line.box.y0, line.box.x0)))

    @cached_property
    def edges(self) -> LeftEdges:
        return LeftEdges([line.box for line in self])

    @cached_property
    def _tops(self) -> list[float]:
        return [line.box.y0 for line in self]

    @cached_property
    def _texts(self) -> list[int]:
        return [i for i, line in enumerate(self) if len(line.words) >= TEXT_WORDS]

    def near(self, i: int) -> range:
        """The places of the lines that are looked at on either side of line i."""
        return range(max(i - NEAR, 0), min(i + NEAR, len(self)))

    def level(self, i: int) -> range:
        """The places of those of them that begin less than two heights of line i above or below it, as its row does."""
        near, (_, y0, _, y1) = self.near(i), self[i].box
        reach = 2 * (y1 - y0)
        return range(
            bisect_left(self._tops, y0 - reach, near.start, near.stop),
            bisect_right(self._tops, y0 + reach, near.start, near.stop),
        )

    def texts_near(self, i: int) -> Iterator[Line]:
        """Those of them that are text and no cells."""
        places, near = self._texts, self.near(i)
        return (self[k] for k in places[bisect_left(places, near.start) : bisect_left(places, near.stop)])
