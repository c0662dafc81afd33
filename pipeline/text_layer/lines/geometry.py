"""Rectangles, groups of what hangs together, and the frame in which a page's main text runs from left to right."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, TypeVar

_Item = TypeVar("_Item", bound=Hashable)


class Rect(NamedTuple):
    """An axis-parallel rectangle in points, y downwards, x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def overlap_x(self, other: Rect) -> float:
        """Length of the common x-interval; negative: the gap between the two."""
        return min(self.x1, other.x1) - max(self.x0, other.x0)

    def overlap_y(self, other: Rect) -> float:
        """Length of the common y-interval; negative: the gap between the two."""
        return min(self.y1, other.y1) - max(self.y0, other.y0)

    def is_level_with(self, other: Rect) -> bool:
        """Whether half of its height is at the other's, as where both stand in one row."""
        return self.overlap_y(other) > 0.5 * self.height

    def common_area(self, other: Rect) -> float:
        return max(self.overlap_x(other), 0.0) * max(self.overlap_y(other), 0.0)

    def holds(self, point: tuple[float, float], margin: float = 0.0) -> bool:
        x, y = point
        return self.x0 - margin <= x <= self.x1 + margin and self.y0 - margin <= y <= self.y1 + margin


def bounds(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around at least one rectangle."""
    x0, y0, x1, y1 = zip(*rects, strict=True)
    return Rect(min(x0), min(y0), max(x1), max(y1))


def upright(x0: float, y0: float, x1: float, y1: float) -> Rect:
    """The rectangle of any two opposite corners."""
    return Rect(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def connected(items: Iterable[_Item], pairs: Iterable[tuple[_Item, _Item]]) -> list[list[_Item]]:
    """Groups of items that pairs join, directly or over others, in the order of their first items."""
    parent = {item: item for item in items}

    def root(item: _Item) -> _Item:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in pairs:
        parent[root(one)] = root(other)
    groups: dict[_Item, list[_Item]] = defaultdict(list)
    for item in parent:
        groups[root(item)].append(item)
    return list(groups.values())


class Middles:
    """The middles of rectangles, by their places in a sequence, found by the box that they lie in."""

    def __init__(self, boxes: Iterable[Rect]) -> None:
        self._places = sorted((box.middle[1], box.middle[0], at) for at, box in enumerate(boxes))

    def within(self, box: Rect) -> list[int]:
        """The places of those within a box, its sides included."""
        start, stop = bisect_left(self._places, (box.y0,)), bisect_right(self._places, (box.y1, math.inf))
        return sorted(at for _, x, at in self._places[start:stop] if box.x0 <= x <= box.x1)

    def any_within(self, box: Rect) -> bool:
        """Whether one of them lies in a box."""
        start = bisect_left(self._places, (box.y0,))
        for y, x, _ in (self._places[at] for at in range(start, len(self._places))):
            if y > box.y1:
                return False
            if box.x0 <= x <= box.x1:
                return True
        return False


class LeftEdges:
    """Rectangles by their place in a sequence, found by where they begin from left to right.

    What is asked is told in time for what is there, however many rectangles the page has.
    """

    def __init__(self, boxes: Sequence[Rect]) -> None:
        # As wide as what is looked for: narrower, and many cells are asked; wider, and much is found in vain.
        self._cell = max(median(box.width for box in boxes), 1.0) if boxes else 1.0
        self._places: dict[int, list[int]] = defaultdict(list)
        for at, box in enumerate(boxes):
            self._places[int(box.x0 // self._cell)].append(at)

    def between(self, left: float, right: float, first: int, last: int) -> Iterator[int]:
        """The places from `first` to before `last` of those that begin between `left` and `right`, and of some more."""
        start, stop = int(left // self._cell), int(right // self._cell)
        cells = range(start, stop + 1) if stop - start < len(self._places) else self._places
        for cell in cells:
            found = self._places.get(cell, ())
            yield from found[bisect_left(found, first) : bisect_left(found, last)]


@dataclass(frozen=True)
class Frame:
    """Maps a page's raw coordinates to the reading frame, where the main text runs from left to right.

    `matrix` (a b c d e f, as in PDF) takes raw to displayed coordinates; `turns` says where the main text runs on the
    displayed page: 0 right, 1 down, 2 left, 3 up. `width` and `height` are those of the displayed page, in points.
    """

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    turns: int = 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in the reading frame."""
        return (self.height, self.width) if self.turns % 2 else (self.width, self.height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.matrix
        x, y = a * x + c * y + e, b * x + d * y + f
        if self.turns == 0:
            return x, y
        return ((y, self.width - x), (self.width - x, self.height - y), (self.height - y, x))[self.turns - 1]

    def rect(self, raw: tuple[float, float, float, float]) -> Rect:
        return upright(*self.point(raw[0], raw[1]), *self.point(raw[2], raw[3]))

    def direction(self, dx: float, dy: float) -> int:
        """Where a raw direction points on the displayed page: 0 right, 1 down, 2 left, 3 up, whichever is nearest."""
        a, b, c, d, _, _ = self.matrix
        x, y = a * dx + c * dy, b * dx + d * dy
        return (0 if x >= 0 else 2) if abs(x) >= abs(y) else (1 if y >= 0 else 3)

    def displayed(self, box: Rect) -> Rect:
        """A rectangle of the reading frame on the displayed page."""

        def back(u: float, v: float) -> tuple[float, float]:
            return ((u, v), (self.width - v, u), (self.width - u, self.height - v), (v, self.height - u))[self.turns]

        return upright(*back(box.x0, box.y0), *back(box.x1, box.y1))
