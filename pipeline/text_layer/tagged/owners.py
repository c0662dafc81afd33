"""Which element of the structure tree each word of a page stands in."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from pipeline.documents.tags.content import Char
from pipeline.documents.tags.nodes import Element
from pipeline.text_layer.lines.geometry import Frame
from pipeline.text_layer.lines.lines import Line, Word, line_of

K = TypeVar("K")


class Owners:
    """The elements of a page's words, by where their characters stand in the reading frame."""

    def __init__(self, chars: Iterable[Char], frame: Frame) -> None:
        self._rows: dict[int, list[tuple[float, int]]] = defaultdict(list)
        self._elements: list[Element | None] = []
        for char in chars:
            if char.text:
                x, y = frame.point(*char.origin)
                self._rows[round(y)].append((x, len(self._elements)))
                self._elements.append(char.element)
        for row in self._rows.values():
            row.sort()

    def of_line(self, line: Line) -> list[Element | None]:
        """The elements of a line's words; None for what is in none.

        A word that only one of the two programs finds at its place (a ligature, a mark of its own) is where the one
        before it is, or else the one behind.
        """
        votes = [self._votes(word) for word in line.words]
        found = [max(one, key=lambda element: one[element], default=None) for one in votes]
        sure = [i for i, one in enumerate(votes) if one]
        if not sure:
            return found
        nearest = [max((k for k in sure if k <= i), default=sure[0]) for i in range(len(votes))]
        return [found[k] for k in nearest]

    def _votes(self, word: Word) -> Counter[Element | None]:
        """How many characters of a word are in which element; none where none is found at its place."""
        votes: Counter[Element | None] = Counter()
        # Half a letter: the two programs add up widths of their own, and are a third of a point apart at a line's end.
        half = 0.5 * word.box.width / len(word.text)
        for row in (round(word.baseline) + step for step in (-1, 0, 1)):
            places = self._rows.get(row, [])
            for x, at in places[bisect_left(places, (word.box.x0 - half, 0)) :]:
                if x >= word.box.x1 - half:
                    break
                votes.update([self._elements[at]])
        return votes


def parted(lines: Sequence[Line], key: Callable[[Word], K]) -> dict[K, list[Line]]:
    """The lines by what `key` says of their words, cut where it changes; in the order in which they come."""
    parts: dict[K, list[Line]] = defaultdict(list)
    for line in lines:
        for value, words in groupby(line.words, key=key):
            parts[value].append(line_of(list(words)))
    return parts
