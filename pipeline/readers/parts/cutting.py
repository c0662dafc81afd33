"""A page cut along white space into pieces that can be read one after the other, as a recursive XY cut does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.readers.parts.inked_lines import Floats, Print, gaps, print_with_ink
from pipeline.transcript import Box
from pipeline.views.ink import CELL

MOST_LETTERS: Final = 1600
"""Letters of a piece that is not cut further."""
_MOST_PIECES: Final = 16
# Times a piece is as high as wide: what a network has seen of sheets.
_TALL: Final = 1.8
# Times a strip is as wide as high; and ink in a column of its pixels, beyond that of its margins, where it has print.
_STRIP: Final = 4
_PRINTED: Final = 0.02
_AMPLE: Final = 1.1
"""Times a piece may be larger than is wanted, before it is cut for it."""
# Columns: so many lines of so many letters, most of which reach this far across; in a table they do not.
_LINES: Final = 5
_LETTERS: Final = 12
_FULL: Final = 0.6
_MOSTLY: Final = 0.5
# Lines beside a table, of which such a share stand so many heights of small letters off those of its rows.
_FEW: Final = 4
_UNEVEN: Final = 0.6
_EVEN: Final = 0.5
# Gaps between lines that are so many times as high as most, of which such a share runs right across a region, part the
# rows of a table.
_WIDE: Final = 1.5
_THROUGH: Final = 0.6
# Share of a region's lines that may run across columns before it is not taken for several ones; and how many lines may
# be headings. Of the white between the others so much is white in all lines: less is the gap between two words of one.
_ACROSS: Final = 0.1
_HEADINGS: Final = 5
_CLEAR: Final = 0.5
# Share of the letters on either side of a cut, at least.
_FEWEST: Final = 0.12
# Heights of small letters between columns, at least.
_GUTTER: Final = 0.6
# Share of a cut in which there may be ink that is in no line: specks.
_SPECKS: Final = 0.01

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class _Region:
    """A part of a page in pixels: left, top, right, bottom."""

    left: int
    top: int
    right: int
    bottom: int


def pieces_of(grey: NDArray[np.uint8], most_letters: float = MOST_LETTERS) -> list[Box]:
    """The pieces of an upright page, a raster of shape (height, width), in the order of reading: boxes, 0..999, that do
    not overlap and leave no print out. Without lines of print none."""
    seen = print_with_ink(grey)
    if seen is None:
        return []
    height, width = seen.size
    return [
        (round(part.left * 999 / width), round(part.top * 999 / height),
         round(part.right * 999 / width), round(part.bottom * 999 / height))
        for part in Cutting(seen, most_letters).pieces()
    ]  # fmt: skip


class Cutting:
    """The cuts of one page."""

    def __init__(self, print_: Print, most_letters: float = MOST_LETTERS) -> None:
        self._print, self._most = print_, most_letters

    def pieces(self) -> list[_Region]:
        height, width = self._print.size
        most, tallest = min(self._most, float(self._print.letters.sum()) / 2), _TALL
        while len(found := list(self._cut(_Region(0, 0, width, height), most, tallest))) > _MOST_PIECES:
            most, tallest = 1.25 * most, 1.25 * tallest
        return [self._trimmed(region) for region in found]

    def _trimmed(self, region: _Region) -> _Region:
        """A strip without the white on either side of its print: a running head is far wider than any sheet."""
        high = region.bottom - region.top
        ink = self._print.ink[region.top : region.bottom, region.left : region.right].mean(axis=0)
        around = np.convolve(ink, np.full(CELL, 1 / CELL), mode="same")
        printed = np.flatnonzero(around > np.quantile(around, 0.1) + _PRINTED)
        if region.right - region.left <= _STRIP * high or not len(printed):
            return region
        left, right = region.left + int(printed[0]) - high, region.left + int(printed[-1]) + high
        return replace(region, left=max(left, region.left), right=min(right, region.right))

    def _cut(self, region: _Region, most: float, tallest: float) -> Iterator[_Region]:
        at = self._within(region)
        total = float(self._print.letters[at].sum())
        if total == 0:
            return
        high = float(self._print.bottom[at].max() - self._print.top[at].min())
        times = max(total / most, high / (region.right - region.left) / tallest)
        parts = [] if times <= _AMPLE else self._columns(region, at) or self._rows(region, at, times)
        if not parts:
            yield region
        for part in parts:
            yield from self._cut(part, most, tallest)

    def _within(self, region: _Region) -> Ints:
        """Samples in a region."""
        p = self._print
        y = (p.top + p.bottom) / 2
        held = (p.x >= region.left) & (p.x < region.right) & (y >= region.top) & (y < region.bottom)
        return np.flatnonzero(held)

    def _columns(self, region: _Region, at: Ints, lax: bool = False) -> list[_Region]:
        """The columns that stand side by side throughout a region; none where it is a table or has one. `lax`: also
        where a heading or so runs across."""
        lines = np.unique(self._print.line[at])
        if len(lines) < 2 * _LINES:
            return []
        covered = self._print.covered[lines, region.left : region.right].sum(axis=0)
        height = 2 * float(np.median(self._print.half[at]))
        broad = gaps(covered > (_ACROSS * len(lines) if lax else _HEADINGS))
        clear = broad if lax else [
            (max(a, start), min(b, end))
            for a, b in gaps(covered > 0)
            for start, end in broad
            if min(b, end) - max(a, start) >= _CLEAR * (end - start)
        ]  # fmt: skip
        white = [region.left + (start + end) // 2 for start, end in clear if end - start >= _GUTTER * height]
        return self._of_text(region, white) or self._beside(region, white)

    def _of_text(self, region: _Region, white: Sequence[int]) -> list[_Region]:
        """Columns of text that some of the white gaps part."""
        edges = [region.left]
        for middle in white:
            if self._is_column(replace(region, left=edges[-1], right=middle)):
                edges.append(middle)
        while len(edges) > 1 and not self._is_column(replace(region, left=edges[-1])):
            edges.pop()
        sides = zip(edges, [*edges[1:], region.right], strict=True)
        columns = [replace(region, left=left, right=right) for left, right in sides]
        return [] if len(columns) == 1 or self._has_rows(region, columns) else columns

    def _beside(self, region: _Region, white: Sequence[int]) -> list[_Region]:
        """A table, or so, and what stands beside it with its lines at other heights."""
        halves = [[replace(region, right=middle), replace(region, left=middle)] for middle in white]
        best = max(halves, key=lambda sides: self._uneven(*sides), default=[])
        return best if best and self._uneven(*best) >= _UNEVEN and not self._has_rows(region, best) else []

    def _uneven(self, one: _Region, other: _Region) -> float:
        """Share of the lines of the region that has fewer which stand at other heights than those of the other."""
        first, second = sorted((self._middles(one), self._middles(other)), key=len)
        if len(first) < _FEW:
            return 0.0
        height = 2 * float(np.median(self._print.half))
        return float((np.abs(first[:, None] - second[None]).min(axis=1) > _EVEN * height).mean())

    def _middles(self, region: _Region) -> Floats:
        """Heights at which the lines of a region stand."""
        at = self._within(region)
        place = np.unique(self._print.line[at], return_inverse=True)[1]
        y = (self._print.top[at] + self._print.bottom[at]) / 2
        return np.bincount(place, y) / np.maximum(np.bincount(place), 1)

    def _is_column(self, region: _Region) -> bool:
        """Whether the lines of a region are those of a column of text."""
        at = self._within(region)
        line, place = np.unique(self._print.line[at], return_inverse=True)
        if len(line) < _LINES:
            return False
        x = self._print.x[at]
        first, last = np.full(len(line), np.inf), np.full(len(line), -np.inf)
        np.minimum.at(first, place, x)
        np.maximum.at(last, place, x)
        whole = float(np.quantile(last, 0.9) - np.quantile(first, 0.1))
        letters = np.bincount(place, self._print.letters[at])
        full = (last - first) >= _FULL * whole
        return bool(full.mean() >= _MOSTLY and np.median(letters) >= _LETTERS)

    def _has_rows(self, region: _Region, columns: Sequence[_Region]) -> bool:
        """Whether what parts the lines of one column runs on through all the others, again and again: the rows of a
        table."""
        across = gaps(self._occupied(region, self._within(region), 0.6))
        wide = through = 0
        for column in columns:
            own = gaps(self._occupied(column, self._within(column), 0.6))
            usual = float(np.quantile([end - start for start, end in own], 0.25)) if own else 0.0
            for start, end in own:
                if end - start > _WIDE * usual + 1:
                    wide += 1
                    through += any(min(b, end) - max(a, start) > _WIDE * usual for a, b in across)
        return wide >= 3 * len(columns) and through >= _THROUGH * wide

    def _occupied(self, region: _Region, at: Ints, reach: float = 1.0) -> NDArray[np.bool_]:
        """Rows of a region in which letters stand."""
        p = self._print
        rows = np.zeros(region.bottom - region.top + 1, np.intp)
        middle, half = (p.top[at] + p.bottom[at]) / 2, (p.bottom[at] - p.top[at]) / 2 * reach
        top = np.clip((middle - half).astype(np.intp) - region.top, 0, len(rows) - 1)
        bottom = np.clip((middle + half).astype(np.intp) + 1 - region.top, 0, len(rows) - 1)
        np.add.at(rows, top, 1)
        np.add.at(rows, bottom, -1)
        occupied: NDArray[np.bool_] = np.cumsum(rows)[:-1] > 0
        return occupied

    def _rows(self, region: _Region, at: Ints, times: float) -> list[_Region]:
        """Two parts one above the other: cut where that lays columns bare, if there are any, else where the gap is wide
        and the parts are about as large as is wanted."""
        p, best, found = self._print, 0.0, list[_Region]()
        y, letters = (p.top[at] + p.bottom[at]) / 2, p.letters[at]
        count, side_by_side = int(np.ceil(times)), bool(self._columns(region, at, lax=True))
        for start, end in gaps(self._occupied(region, at, 0.75)):
            cut = self._clear_row(region, region.top + start, region.top + end)
            if cut is None:
                continue
            above, below = replace(region, bottom=cut), replace(region, top=cut)
            share = float(letters[y < cut].sum() / letters.sum())
            if side_by_side:
                bare = (part for part in (above, below) if self._columns(part, self._within(part)))
                worth = sum(float(p.letters[self._within(part)].sum()) for part in bare)
            else:
                off = min(abs(share - part / count) for part in range(1, count)) * count
                worth = (end - start) * (1 - off) if min(share, 1 - share) >= _FEWEST else 0.0
            if worth > best:
                best, found = worth, [above, below]
        return found

    def _clear_row(self, region: _Region, start: int, end: int) -> int | None:
        """The row between two with the least ink, in the middle of those where there are many."""
        ink = self._print.ink[start:end, region.left : region.right].mean(axis=1)
        least = np.flatnonzero(ink == ink.min())
        return start + int(least[len(least) // 2]) if ink.min() <= _SPECKS else None
