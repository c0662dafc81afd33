"""A second look, at pixels: which places of a page show nothing, so that what is written there is hidden."""

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
    """For each box on a page whether it is of one colour: white on white, blacked out, clipped, switched off.

    Boxes of less than three pixels are not: too little to judge by, as where one glyph stands for a whole text. Raises
    what pymupdf raises on a broken page.
    """
    from pipeline.documents import mupdf

    width, height = max(page.rect.width, 1.0), max(page.rect.height, 1.0)
    scale = min(_DPI / 72, math.sqrt(_PIXELS / (width * height)))
    pixmap = page.get_pixmap(matrix=mupdf.Matrix(scale, scale), alpha=False)
    pixels = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.width, pixmap.n)
    return [_is_blank(pixels, [side * scale for side in box]) for box in boxes]


def _is_blank(pixels: Pixels, box: Sequence[float]) -> bool:
    x0, y0, x1, y1 = box
    if min(x1 - x0, y1 - y0) < _LEAST:
        return False
    across, down = _MARGIN * (x1 - x0), _MARGIN * (y1 - y0)
    rows = slice(max(math.floor(y0 + down), 0), max(math.ceil(y1 - down), 0))
    return is_uniform(pixels[rows, max(math.floor(x0 + across), 0) : max(math.ceil(x1 - across), 0)])
