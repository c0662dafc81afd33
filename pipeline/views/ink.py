"""What is printed on a page, in black on white: letters, without rules, in cells of eight pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

Bits = NDArray[np.bool_]
Shares = NDArray[np.float32]

CELL: Final = 8
"""Pixels across: what a byte holds, and about a letter of 10 points."""
# Pixels of the longer side of the page that is looked at. A4 at 144 dpi has 1,684, where small letters of 6 points are
# five high; larger pages take the time of their pixels and tell no more.
_SIDE: Final = 1700
# Of 255, to the paper around it. Less is yellowed paper, shadows, and what shines through from the other side.
_CONTRAST: Final = 30
# Times the median step from pixel to pixel, which on a clean page is nought. With it a tenth of a page's grain is ink
# at the most, scattered evenly, and no line.
_GRAIN: Final = 4
# Pixels in a row are a rule, not a letter: 45 points of A4.
_RULE: Final = 90
# Pixels of the side of what the paper around a place is the mean of: wider than a line of 24 points is high.
_AROUND: Final = 40


@dataclass(frozen=True)
class Ink:
    """Shares of each cell's pixels, 0..1, arrays (height, columns): `dark` is ink, `edges` begin or end a stroke.

    A cell is one pixel high and CELL wide. `grey` (height, width) is the page that was looked at, `bits` its ink.
    """

    dark: Shares
    edges: Shares
    grey: NDArray[np.uint8]
    bits: Bits


def ink(grey: NDArray[np.uint8]) -> Ink:
    """The ink of a raster of shape (height, width), at least CELL wide."""
    page = Image.fromarray(np.ascontiguousarray(grey))
    shrink = _SIDE / max(page.size)
    if shrink < 1:
        size = max(round(page.width * shrink), CELL), max(round(page.height * shrink), 1)
        page = page.resize(size, Image.Resampling.BOX)
    bits = _darker(page)
    for lying in (bits, bits.T):
        _wipe_rules(lying)
    edges = np.zeros_like(bits)
    edges[:, :-1] = bits[:, 1:] ^ bits[:, :-1]
    return Ink(_cells(bits), _cells(edges), np.asarray(page), bits)


def _darker(page: Image.Image) -> Bits:
    """Where the page is darker than what is around by more than its grain."""
    small = max(page.width // _AROUND, 1), max(page.height // _AROUND, 1)
    around = page.resize(small, Image.Resampling.BOX).resize(page.size, Image.Resampling.BILINEAR)
    some = np.asarray(page)[::24].astype(np.int16)  # every 24th row tells the grain as well as all
    grain = float(np.median(np.abs(np.diff(some, axis=1)))) if page.width > 1 else 0.0
    dark: Bits = np.asarray(ImageChops.subtract(around, page)) > max(_CONTRAST, _GRAIN * grain)
    return dark


def _wipe_rules(bits: Bits) -> None:
    """Take away, in place, the runs of ink along rows that are too long for a letter."""
    row = np.zeros((bits.shape[0], bits.shape[1] + 2), np.bool_)
    row[:, 1:-1] = bits
    flat = row.ravel()
    turns = np.flatnonzero(flat[1:] ^ flat[:-1]) + 1
    starts, ends = turns[::2], turns[1::2]
    long = ends - starts >= _RULE
    for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True):
        y, x = divmod(start, row.shape[1])
        bits[y, x - 1 : x - 1 + end - start] = False


def _cells(bits: Bits) -> Shares:
    columns = bits.shape[1] // CELL
    counts = np.bitwise_count(np.packbits(bits[:, : columns * CELL], axis=1))
    return counts.astype(np.float32) / np.float32(CELL)
