"""Which words of one text another one lacks, where words may be cut or joined otherwise; numbers may not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from output.compare.tokens import is_number, signature

_GAP = "\0"
# Letters of a word that may be made of words which are there on their own account, too. With four,
# "the" of "t he" is missing (it was four before raised signs became words of their own); two letters meet by chance.
_LEAST_ROW = 3
# Letters from which one end of it may lie within a word; from twice as many both. The chance that ten given letters
# stand in a page's text by accident is nil, while the words of a cut line end anywhere. Chosen, not measured.
_LONG_ROW = 10
# Neighbours on either side with which letters may be one word: spaced-out capitals are joined three and four at once.
# More costs time, and lets a word be made of half a line.
_WINDOW = 3


def absent(
    wanted: Sequence[str], there: Sequence[str], text: str = "", whole: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """The tokens of `wanted` that `there` has not, as multisets.

    A word that `there` has cut in two, or joined to a neighbour, counts as there: it is looked for in what is left over
    of `there`, and must begin or end where a word does. A number is there as a whole or not at all; in `text`
    blanks may stand beside its separators. `whole`: how often each number stands in `text` without such blanks, where
    `there` is not all of it.
    """
    missing, rest = difference(wanted, there)
    numbers = Counter(token for token in missing if is_number(token))
    left = Leftover(token for token in rest if not is_number(token))
    # What is long is told from chance more surely, so it has the first choice.
    words = sorted((token for token in missing if not is_number(token)), key=len, reverse=True)
    words = [word for word in words if not left.take(word)]
    if words:
        row, joined = _GAP + _GAP.join(there) + _GAP, Counter(_joined(wanted, set(words), set(there)))
        words = _without((word for word in words if not _in_a_row(word, row)), joined + _cut_in_two(wanted, there))
    return (*words, *_absent_numbers(numbers, Counter(there) if whole is None else whole, text))


def difference(a: Sequence[str], b: Sequence[str]) -> tuple[list[str], list[str]]:
    """What only `a` has and what only `b` has, each in its order, of multisets."""
    return _without(a, Counter(b)), _without(b, Counter(a))


def _without(tokens: Iterable[str], taken: Counter[str]) -> list[str]:
    out = []
    for token in tokens:
        if taken[token] > 0:
            taken[token] -= 1
        else:
            out.append(token)
    return out


def _absent_numbers(numbers: Counter[str], whole: Mapping[str, int], text: str) -> Iterator[str]:
    parted = signature(text) if any(not number.isdigit() for number in numbers) else ""
    for number, count in numbers.items():
        spaced = 0
        if not number.isdigit():
            found = len(re.findall(rf"(?<!\d){re.escape(number)}(?!\d)", parted))
            spaced = max(found - whole.get(number, 0), 0)
        yield from [number] * (count - spaced)


def _in_a_row(word: str, text: str) -> bool:
    """Whether the word is what two or more words one after the other make: its extraction found no blanks there.

    Its beginning or end may be cut where a line's end cut a word.
    """
    if len(word) < _LEAST_ROW:
        return False
    edges = 2 - (len(word) >= _LONG_ROW) - (len(word) >= 2 * _LONG_ROW)
    found = re.finditer(f"{_GAP}?".join(map(re.escape, word)), text)
    return any((text[m.start() - 1] == _GAP) + (text[m.end()] == _GAP) >= edges for m in found if _GAP in m[0])


def _joined(wanted: Sequence[str], missing: set[str], there: set[str]) -> Iterator[str]:
    """Those of the missing words that make a word which is there together with their neighbours."""
    for at, word in enumerate(wanted):
        if word in missing:
            firsts, ends = range(max(at - _WINDOW, 0), at + 1), range(at + 1, min(at + _WINDOW + 1, len(wanted)) + 1)
            if any("".join(wanted[a:b]) in there for a in firsts for b in ends if b - a > 1):
                yield word


def _cut_in_two(wanted: Sequence[str], there: Sequence[str]) -> Counter[str]:
    """Words of two letters that stand side by side in `there` more often than in `wanted`: points of a figure, set with
    room between them."""
    return _side_by_side(there) - _side_by_side(wanted)


def _side_by_side(tokens: Sequence[str]) -> Counter[str]:
    return Counter(a + b for a, b in pairwise(tokens) if len(a) == len(b) == 1 and not is_number(a + b))


class Leftover:
    """Words that have no partner, one after the other; what finds its own in them is taken out."""

    def __init__(self, words: Iterable[str]) -> None:
        self._text = _GAP + _GAP.join(words) + _GAP

    def take(self, word: str) -> bool:
        """Take out a word that is the beginning or end of another one, or is made of several."""
        for edge in (_GAP + word, word + _GAP):
            if (at := self._text.find(edge)) >= 0:
                self._cut(at, at + len(edge))
                return True
        return len(word) > 1 and self._take_pieces(word)

    def _take_pieces(self, word: str) -> bool:
        for found in re.finditer(f"{_GAP}*".join(map(re.escape, word)), self._text):
            edges = (self._text[found.start() - 1] == _GAP) + (self._text[found.end()] == _GAP)
            if edges > (len(word) < 3):  # two letters side by side are chance unless both words end there
                self._cut(*found.span())
                return True
        return False

    def _cut(self, start: int, end: int) -> None:
        self._text = self._text[:start] + _GAP + self._text[end:]
