"""Lines of print with their ink: where on a page a straight cut meets none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.transcript import PrintLines
from pipeline.views.ink import CELL, Bits

Floats = NDArray[np.float64]

# Heights of small letters: strokes of one word stand nearer to each other than this, and columns of the narrowest
# newsprint do not.
_CLOSE: Final = 0.6
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


def print_with_ink(lines: PrintLines, ink: Bits) -> Print:
    """The lines of a page, whose ink without rules is a raster of shape (height, width)."""
    height, width = ink.shape
    number, x, y, half, letters = (column.astype(np.float64) for column in lines.samples.T)
    line = np.unique(number, return_inverse=True)[1]
    x, y, half = x * width / 999, y * height / 999, half * height / 999
    count = int(line.max()) + 1 if len(line) else 0
    covered = np.zeros((count, width), np.bool_)
    for at in range(len(line)):
        left, right = int(x[at] - CELL / 2), int(x[at] + CELL / 2)
        rows = slice(max(int(y[at] - half[at]), 0), int(y[at] + half[at]) + 1)
        covered[line[at], left:right] |= ink[rows, left:right].any(axis=0)
    for at in range(count):
        _close(covered[at], _CLOSE * 2 * float(half[line == at].mean()))
    return Print(line, x, y - _REACH * half, y + _REACH * half, letters, half, covered, ink)


def _close(row: Bits, most: float) -> None:
    """Cover, in place, the gaps of a row that are this long at the most."""
    turns = np.flatnonzero(np.diff(np.pad(row, 1).astype(np.int8)))
    for end, start in zip(turns[1:-1:2].tolist(), turns[2::2].tolist(), strict=True):
        if start - end <= most:
            row[end:start] = True


def gaps(covered: Bits) -> list[tuple[int, int]]:
    """First and last + 1 of each run that is not covered, between those that are; what is before and behind is none."""
    turns = np.flatnonzero(np.diff(np.pad(covered, 1).astype(np.int8))).tolist()
    return list(zip(turns[1:-1:2], turns[2::2], strict=True))
