"""A second look, at pixels: where a page shows nothing, or the same without its text, that text is hidden."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.ledger.own_page import Box
from pipeline.text_layer.quality import is_uniform
from pipeline.transcript import Pixels

if TYPE_CHECKING:
    from pipeline.documents import mupdf

# Small print of 4 points is 6 pixels high. Lower, and such print blurs into its ground and counts as hidden, so that
# its loss goes untold; higher costs time on pages with something missing. Chosen, not measured.
_DPI = 100.0
# Of a page, so that a huge sheet stays cheap: A4 at 100 dpi has one million.
_PIXELS = 4_000_000
# Pixels a side. Less says nothing about ink; such a word counts as seen, and so as missing.
_LEAST = 3.0
# Of a box's sides: rules and neighbours that touch it would make a blank box look written on. Chosen, not measured.
_MARGIN = 0.15


def blank_boxes(page: mupdf.Page, boxes: Sequence[Box]) -> list[bool]:
    """For each box on a page whether its text cannot be seen: white on white, blacked out, clipped, switched off (the
    box is of one colour), or under a picture (the box is the same without it).

    Boxes of less than three pixels are not: too little to judge by, as where one glyph stands for a whole text. Raises
    what pymupdf raises on a broken page.
    """
    from pipeline.documents import mupdf

    width, height = max(page.rect.width, 1.0), max(page.rect.height, 1.0)
    scale = min(_DPI / 72, math.sqrt(_PIXELS / (width * height)))
    pixels = mupdf.small_raster(page, scale)
    parts = [_part(pixels, [side * scale for side in box]) for box in boxes]
    blank = [part is not None and is_uniform(part) for part in parts]
    rest = [box for box, part, found in zip(boxes, parts, blank, strict=True) if part is not None and not found]
    same = iter(_unchanged(page, rest, scale) if rest else ())
    return [found or (part is not None and next(same)) for part, found in zip(parts, blank, strict=True)]


def _unchanged(page: mupdf.Page, boxes: Sequence[Box], scale: float) -> list[bool]:
    """For each box whether it shows the same without its text."""
    from pipeline.documents import mupdf

    inner = [_inner(box) for box in boxes]
    before, after = mupdf.with_and_without_text(page, inner, scale)
    pairs = [(_part(before, [s * scale for s in box]), _part(after, [s * scale for s in box])) for box in boxes]
    return [a is not None and b is not None and bool(np.array_equal(a, b)) for a, b in pairs]


def _inner(box: Sequence[float]) -> Box:
    x0, y0, x1, y1 = box
    across, down = _MARGIN * (x1 - x0), _MARGIN * (y1 - y0)
    return x0 + across, y0 + down, x1 - across, y1 - down


def _part(pixels: Pixels, box: Sequence[float]) -> Pixels | None:
    """What is in a box, less its margins; None for a box that is too small to judge by."""
    if min(box[2] - box[0], box[3] - box[1]) < _LEAST:
        return None
    x0, y0, x1, y1 = _inner(box)
    return pixels[max(math.floor(y0), 0) : max(math.ceil(y1), 0), max(math.floor(x0), 0) : max(math.ceil(x1), 0)]
