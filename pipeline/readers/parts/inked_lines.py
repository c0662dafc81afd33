"""Lines of print with their ink: where on a page a straight cut meets none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.views.ink import CELL, Bits, ink
from pipeline.views.print_lines import lines_of_print

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
_NONE: Samples = np.empty((0, 5), np.float32)

# Heights of small letters: strokes of one word stand nearer to each other than this, and columns of the narrowest
# newsprint do not.
_CLOSE: Final = 0.6
_SPECK: Final = 0.3
"""The same of what is no letter where it stands by itself."""
# Of a column of pixels that is white but for specks; and pixels that are white side by side between columns, of a page
# whose longer side has 1,700 at the most. Narrower is chance.
_WHITE: Final = 0.002
_WIDE: Final = 6
# Of the ink of the darkest rows, and rows: solid lines, as letters that are 4 to 40 high are. They stand for all where
# what is seen as letters is less than such a share of them.
_DARK: Final = 0.5
_HEIGHTS: Final = 4, 40
_ENOUGH: Final = 0.3
# Half heights from a line's middle where b, d, g and p end in most fonts.
_REACH: Final = 1.7


@dataclass(frozen=True, eq=False)
class Print:
    """A page's lines in pixels of the raster that was looked at, of shape (height, width).

    Sorted by line: `line` is (samples,) numbers from 0, `x`, `top`, `bottom` and `letters` are (samples,); `covered`
    (lines, width) tells where each line has ink, gaps between letters closed.
    """

    line: NDArray[np.intp]
    x: Floats
    top: Floats
    bottom: Floats
    letters: Floats
    half: Floats
    covered: Bits
    ink: Bits

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.ink.shape
        return height, width


def print_with_ink(grey: NDArray[np.uint8]) -> Print | None:
    """The lines of a raster of shape (height, width); None where there are none."""
    seen = ink(grey).bits
    samples = _samples(grey, seen)
    return _inked(samples, seen) if len(samples) else None


def _samples(grey: NDArray[np.uint8], seen: Bits) -> Samples:
    """Those of `PrintLines`, found in each column by itself where white runs down all of the page: lines of narrow
    columns that stand a little higher and lower are else taken for one that is bent, and for none."""
    middles = [(start + end) // 2 for start, end in gaps(seen.mean(axis=0) > _WHITE) if end - start >= _WIDE]
    columns = list(pairwise([0, *middles, seen.shape[1]]))
    scale = grey.shape[1] / seen.shape[1]
    found = [lines_of_print(grey[:, round(left * scale) : round(right * scale)]) for left, right in columns]
    letters = _together((lines.samples if lines else _NONE for lines in found), columns)
    solid = _together((_solid(seen[:, left:right]) for left, right in columns), columns)
    return letters if letters[:, 4].sum() >= _ENOUGH * solid[:, 4].sum() else solid


def _together(parts: Iterable[Samples], columns: Sequence[tuple[int, int]]) -> Samples:
    """Those of columns, from left to right, as those of their page."""
    found, number = [_NONE], 0
    for part, (left, right) in zip(parts, columns, strict=True):
        if len(part):
            own = part.copy()
            own[:, 0] += number
            own[:, 1] = (own[:, 1] * (right - left) / 999 + left) * 999 / columns[-1][1]
            number = int(own[:, 0].max()) + 1
            found.append(own)
    return np.concatenate(found)


def _solid(ink: Bits) -> Samples:
    """Lines of a column, (height, width), whose letters have run into each other: rows that are far darker than those
    above and below."""
    height, width = ink.shape
    rows = ink.mean(axis=1)
    found = [_NONE]
    for number, (top, bottom) in enumerate(_runs(rows > _DARK * np.quantile(rows, 0.9))):
        if not _HEIGHTS[0] <= bottom - top <= _HEIGHTS[1]:
            continue
        whole = ink[top:bottom, : width // CELL * CELL].reshape(bottom - top, -1, CELL)
        x = (np.flatnonzero(whole.any(axis=(0, 2))) + 0.5) * CELL
        same = np.ones(len(x))
        middle, half = (top + bottom) / 2 * 999 / height, (bottom - top) / 2 * 999 / height
        line = (number * same, x * 999 / width, middle * same, half * same, CELL / (bottom - top) * same)
        found.append(np.stack(line, axis=1).astype(np.float32))
    return np.concatenate(found)


def _inked(samples: Samples, ink: Bits) -> Print:
    height, width = ink.shape
    number, x, y, half, letters = (column.astype(np.float64) for column in samples.T)
    line = np.unique(number, return_inverse=True)[1]
    x, y, half = x * width / 999, y * height / 999, half * height / 999
    count = int(line.max()) + 1
    covered = np.zeros((count, width), np.bool_)
    for at in range(len(line)):
        left, right = int(x[at] - CELL / 2), int(x[at] + CELL / 2)
        rows = slice(max(int(y[at] - half[at]), 0), int(y[at] + half[at]) + 1)
        covered[line[at], left:right] |= ink[rows, left:right].any(axis=0)
    for at in range(count):
        height = 2 * float(half[line == at].mean())
        _close(covered[at], _CLOSE * height)
        _clean(covered[at], _SPECK * height)
    return Print(line, x, y - _REACH * half, y + _REACH * half, letters, half, covered, ink)


def _close(row: Bits, most: float) -> None:
    """Cover, in place, the gaps of a row that are this long at the most."""
    for start, end in gaps(row):
        if end - start <= most:
            row[start:end] = True


def _clean(row: Bits, most: float) -> None:
    """Uncover, in place, what of a row is no longer than this and stands alone."""
    for start, end in _runs(row):
        if end - start <= most:
            row[start:end] = False


def gaps(covered: Bits) -> list[tuple[int, int]]:
    """First and last + 1 of each run that is not covered, between those that are; what is before and behind is none."""
    return [(end, start) for (_, end), (start, _) in pairwise(_runs(covered))]


def _runs(covered: Bits) -> list[tuple[int, int]]:
    """First and last + 1 of each run that is covered."""
    turns = np.flatnonzero(np.diff(np.pad(covered, 1).astype(np.int8))).tolist()
    return list(zip(turns[::2], turns[1::2], strict=True))
