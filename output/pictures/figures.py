"""Figures: a name and a place for every crop, and its pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from output.grounding import geometry
from output.grounding.blocks import Block, Box, Figure, PageBlocks
from output.grounding.parser import GRID
from output.grounding.roles import Role, role

Pixels = NDArray[np.uint8]
"""RGB raster, shape (height, width, 3), values 0..255."""

NAME = re.compile(r"p\d{3,}-\d+\.(?:png|jpg)")
"""What crops are called: p003-1.png is the first of page 3. Nothing else is ever written or removed by that rule."""

# Pixels a side; a thinner box is widened about its middle, as viewers show nothing of a line of one pixel.
_LEAST = 16
# Pixels of one crop, 120 MB in memory: a page of A3 at 300 dpi has 17 million. A figure on a huge sheet is cut at a
# lower resolution instead; without a bound a map of 5 m costs gigabytes.
_MOST = 40_000_000
# Of the grid of 999: how far a box may stand out of one that it lies in, for rounding and a network's last digit.
# Larger drops pictures that only nearly lie within another; chosen.
_SAME = 3
# Of a block; more are a repetition loop, and each is held against all others.
_MOST_BOXES = 100
# Of a pixel: an edge on the pixel grid stays there in spite of rounding errors. Without it, floor and ceil take a row
# of the neighbour's pixels for an edge at 599.9999999.
_SLACK = 1e-6


class CropError(Exception):
    """A region of a page cannot be drawn; the text says why in one line."""


@dataclass(frozen=True)
class Region:
    """A rectangle in points (1/72 inch) from the top left corner of the page as displayed."""

    left: float
    top: float
    right: float
    bottom: float


Raster = Callable[[int, float, Region], Pixels]
"""(1-based page number, dpi, region) -> pixels of just that region, so a crop of a huge sheet stays cheap.

The region's edges lie on the pixel grid of that dpi; a raster that is off by a pixel is fine. Raises CropError.
"""


@dataclass(frozen=True)
class Original:
    """What the source itself has in a region: the resolution of the finest picture there, and perhaps its very file.

    `dpi` is 0 where there is no picture. `data` is a whole JPEG or PNG file that shows just this region.
    """

    dpi: float = 0.0
    data: bytes | None = None


Originals = Callable[[int, Region], Original]
"""(1-based page number, region) -> what the source has there. Raises CropError."""


def plan(page: PageBlocks) -> PageBlocks:
    """The page with the figures of its image blocks: one per box, numbered in reading order, cut or not.

    A box within another one of the same block shows nothing new and is left out. Text of an image block is what stands
    in the picture where it is the PDF's own; a network's is text that it found no other place for.
    """
    numbers = count(1)
    blocks = (replace(b, figures=tuple(_figures(page.number, b, numbers))) for b in page.blocks)
    return replace(page, blocks=tuple(_with_words(b) if page.is_own_text else b for b in blocks))


def _with_words(block: Block) -> Block:
    if not block.figures or not block.text.strip():
        return block
    return replace(block, inside=tuple(filter(None, map(str.strip, block.text.split("\n")))), shown="")


def _figures(page: int, block: Block, numbers: Iterator[int]) -> Iterator[Figure]:
    if role(block.label) is Role.FIGURE:
        for box in _outer(block.boxes):
            yield Figure(page, box, f"p{page:03d}-{next(numbers)}.png")


def _outer(boxes: Sequence[Box]) -> list[Box]:
    if len(boxes) > _MOST_BOXES:
        return list(boxes)
    kept: list[Box] = []
    for i, box in enumerate(boxes):
        others = [*kept, *(b for b in boxes[i + 1 :] if b != box)]
        if not any(geometry.contains(other, box, _SAME) for other in others):
            kept.append(box)
    return kept


def cut(figure: Figure, page: PageBlocks, raster: Raster, dpi: float) -> Pixels:
    """The figure at `dpi`, or less where the crop would have over 40 megapixels. Raises CropError."""
    where = place(figure, page, dpi)
    pixels = dpi**2 * (where.right - where.left) * (where.bottom - where.top) / 72**2
    if pixels > _MOST:
        dpi *= math.sqrt(_MOST / pixels)
        where = region(figure.box, page.width, page.height, dpi)
    return np.rot90(_checked(raster(page.number, dpi, where)), page.turned)


def place(figure: Figure, page: PageBlocks, dpi: float) -> Region:
    """Where the figure lies on its page, in whole pixels of `dpi`. Raises CropError where there is nothing to see."""
    if not (page.width > 0 and page.height > 0):
        raise CropError("the size of the page is not known")
    if figure.box.x1 == figure.box.x2 and figure.box.y1 == figure.box.y2:
        raise CropError("the box is empty")
    return region(figure.box, page.width, page.height, dpi)


def region(box: Box, width: float, height: float, dpi: float) -> Region:
    """A box's place on a page of `width` x `height` points, rounded outward to whole pixels of `dpi`."""
    scale = dpi / 72
    left, right = _outward(box.x1, box.x2, width * scale)
    top, bottom = _outward(box.y1, box.y2, height * scale)
    return Region(left / scale, top / scale, min(right / scale, width), min(bottom / scale, height))


def _outward(low: int, high: int, length: float) -> tuple[int, int]:
    """A span of the 0..999 grid in pixels of a side that has `length` of them, at least 16 where there are so many."""
    first, last, end = math.floor(low * length / GRID), math.ceil(high * length / GRID), math.ceil(length)
    if (missing := _LEAST - (last - first)) > 0:
        first, last = first - missing // 2, last + missing - missing // 2
        shift = max(-first, 0) - max(last - end, 0)
        first, last = first + shift, last + shift
    return max(first, 0), max(min(last, end), 1)


def window(whole: Pixels, page: PageBlocks, where: Region) -> Pixels:
    """A region cut, rounded outward, from the raster of its whole page: for sources that cannot draw a part."""
    height, width = whole.shape[:2]
    x, y = width / page.width, height / page.height
    rows = slice(max(math.floor(where.top * y + _SLACK), 0), math.ceil(where.bottom * y - _SLACK))
    columns = slice(max(math.floor(where.left * x + _SLACK), 0), math.ceil(where.right * x - _SLACK))
    return whole[rows, columns]


def _checked(pixels: Pixels) -> Pixels:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise CropError(f"the raster is {pixels.dtype} of shape {pixels.shape}, not uint8 of (height, width, 3)")
    return pixels
