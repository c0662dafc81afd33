"""A second look, at pixels: which places of a page show nothing, so that what is written there is hidden."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.ledger.own_page import page_box
from pipeline.ledger.units import Box
from pipeline.text_layer.quality import is_uniform
from pipeline.transcript import Pixels

if TYPE_CHECKING:
    from pipeline.documents import mupdf

# Small print of 4 points is 6 pixels high. Lower, and such print blurs into its ground and counts as hidden, so that
# its loss goes untold; higher costs time on pages with something missing. Chosen, not measured.
_DPI = 100.0
# Of a page, so that a huge sheet stays cheap: A4 at 100 dpi has one million.
_PIXELS = 4_000_000
# The same where a word's own colour is looked for: stems of 4 points are a pixel wide, so that some have it whole.
_FINE_DPI, _FINE_PIXELS = 300.0, 16_000_000
# Of 255. Nearer to its colour than that is ink, farther a ground that only resembles it; a stem's pixels have it but
# for smoothing. A ground nearer to it than that proves nothing, and the word counts as seen.
_OTHER_COLOUR = 96
# Of 255, by which a word makes its place more like its colour than what is around it, if it shows at all: the palest
# stamps that are known have 20 of contrast, and rounding is 1.
_MOVED = 8
# Pixels a side. Less says nothing about ink; such a word counts as seen, and so as missing.
_LEAST = 3.0
# Of a box's sides: rules and neighbours that touch it would make a blank box look written on. Chosen, not measured.
_MARGIN = 0.15


def blank_boxes(page: mupdf.Page, boxes: Sequence[Box]) -> list[bool]:
    """For each box on a page whether no text shows in it: white on white, blacked out, clipped, switched off.

    It is of one colour, or its text is outside its clip path, or the text's colour is nowhere in it, as where a pattern
    covers it. Boxes of less than three pixels are not judged by theirs: too little, as where one glyph stands for a
    whole text. Raises what pymupdf raises on a broken page.
    """
    pixels, scale = _raster(page, _DPI, _PIXELS)
    blank = [_is_blank(pixels, [side * scale for side in box]) for box in boxes]
    if all(blank):
        return blank
    spans = list(_spans(page))
    colours = [{colour for span, colour in spans if _holds_middle(span, box)} for box in boxes]
    fine, scale = _raster(page, _FINE_DPI, _FINE_PIXELS)
    return [
        done or (_is_fair(box) and not any(c is None or _shows(fine, [side * scale for side in box], c) for c in mine))
        for done, box, mine in zip(blank, boxes, colours, strict=True)
    ]


def _raster(page: mupdf.Page, dpi: float, most: int) -> tuple[Pixels, float]:
    """The page as displayed, and its pixels per point."""
    from pipeline.documents import mupdf

    width, height = max(page.rect.width, 1.0), max(page.rect.height, 1.0)
    scale = min(dpi / 72, math.sqrt(most / (width * height)))
    return mupdf.small_raster(page, scale), scale


def _spans(page: mupdf.Page) -> Iterator[tuple[Box, int | None]]:
    """Boxes and colours of the page's text within its clip paths; text without paint of its own has no colour."""
    from pipeline.documents import letters

    for line in letters.text_lines(page):
        for span in line["spans"]:
            yield page_box(span["bbox"], page), span["color"] if span["alpha"] else None


def _holds_middle(span: Box, box: Box) -> bool:
    return span[0] <= (box[0] + box[2]) / 2 <= span[2] and span[1] <= (box[1] + box[3]) / 2 <= span[3]


def _is_fair(box: Sequence[float]) -> bool:
    """Whether a box, in pixels of either raster or in points, is large enough to be judged."""
    return min(box[2] - box[0], box[3] - box[1]) >= _LEAST


def _is_blank(pixels: Pixels, box: Sequence[float]) -> bool:
    return _is_fair(box) and is_uniform(pixels[_part(pixels, box, -_MARGIN)])


def _shows(pixels: Pixels, box: Sequence[float], colour: int) -> bool:
    """Whether a box has pixels of a colour, or such as are nearer to it than all around."""
    inside, around = _part(pixels, box, 0.0), _part(pixels, box, _MARGIN)
    apart = _distance(pixels[around], colour)
    if apart.size == 0:
        return True
    rows, columns = (
        slice(part.start - whole.start, part.stop - whole.start) for part, whole in zip(inside, around, strict=True)
    )
    near = apart[rows, columns].min(initial=255)
    apart[rows, columns] = 255
    return bool(near < _OTHER_COLOUR or near < apart.min() - _MOVED)


def _distance(pixels: Pixels, colour: int) -> Pixels:
    wanted = np.array([colour >> shift & 0xFF for shift in (16, 8, 0)])
    return np.asarray(np.abs(pixels.astype(int) - wanted).max(axis=-1))


def _part(pixels: Pixels, box: Sequence[float], share: float) -> tuple[slice, slice]:
    """Rows and columns of a box that is larger on each side by a share of its size."""
    x0, y0, x1, y1 = box
    across, down = share * (x1 - x0), share * (y1 - y0)
    height, width = pixels.shape[:2]
    return _within(y0 - down, y1 + down, height), _within(x0 - across, x1 + across, width)


def _within(start: float, stop: float, full: int) -> slice:
    return slice(min(max(math.floor(start), 0), full), min(max(math.ceil(stop), 0), full))
