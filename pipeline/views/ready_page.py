"""One page made ready for the network: rasterised, set upright, cut into views."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from pipeline.documents.document import Document, DocumentCache
from pipeline.errors import InputError
from pipeline.transcript import Box, Page, PageRef, PageViews, Pixels, PrintLines
from pipeline.views.blank import FAINT, is_blank
from pipeline.views.crops import views
from pipeline.views.print_lines import print_of
from pipeline.views.rules import OCR2_VIEWS, ViewRules
from pipeline.views.upright import quarter_turns, written_turns

# Finer costs memory with the square, and shows the network nothing.
FINEST = 300
"""Dots per inch: what scanners give by default. A page in six tiles takes in no more than some 180 of A4."""


MARGIN = 0.08
"""Of the sides of a part that is print: paper that is put around it, as lines that touch the edge are read badly."""


@dataclass(frozen=True)
class ReadyPage:
    """A page as the network wants it; its raster is no longer held."""

    ref: PageRef
    width: float  # points
    height: float
    blank: bool
    bare: bool  # so blank that no model need be asked
    views: PageViews
    turned: int = 0  # quarter turns against the clock that the views have had
    pdf: bool = True  # else it is an image
    alone: bool = False  # to be read by itself where others are read together
    draft: str = ""  # a guess at its text
    print: PrintLines | None = None  # as its pixels show it, of a whole page that is read as usual

    def seen(self) -> ReadyPage:
        """The same without pixels, which the network has seen: 14 MB less."""
        return replace(self, views=replace(self.views, global_view=_NONE, local_views=_NONE))


_NONE: Pixels = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True)
class StandingPage:
    """A page, and its raster as it is looked at: turned upright, where that was wanted."""

    page: Page
    pixels: Pixels
    turned: int  # quarter turns against the clock
    blank: bool
    bare: bool
    pdf: bool


@dataclass(frozen=True)
class BrokenPage:
    """A page that could not be rasterised, and why in one line."""

    ref: PageRef
    error: str


def make_ready(
    documents: DocumentCache, ref: PageRef, dpi: float, upright: bool = True, rules: ViewRules = OCR2_VIEWS
) -> ReadyPage | BrokenPage:
    """Rasterise a page, turn it where it does not stand `upright` and that is wanted, and cut it by the `rules`."""
    try:
        stands = stand(documents, ref, dpi, upright)
        page, seen = stands.page, views(stands.pixels, ref.attempt > 1, rules, ref.printed)
        lines, size = print_of(ref, stands.pixels), (page.width, page.height)
        return ReadyPage(ref, *size, stands.blank, stands.bare, seen, stands.turned, stands.pdf, print=lines)
    except (InputError, MemoryError) as error:
        return broken(ref, error)


def stand(documents: DocumentCache, ref: PageRef, dpi: float, upright: bool) -> StandingPage:
    """Rasterise a page, turn it where it does not stand `upright` and that is wanted, and take the part of it that is
    meant, if one is. Raises InputError."""
    document = documents.get(ref.source)
    page = document.page(ref.number, raster_dpi(document, ref, dpi))
    blank, bare = is_blank(page.pixels), is_blank(page.pixels, FAINT)
    turned = _turns(document, page) if upright and not blank and not ref.asked else 0
    pdf = ref.asked.pdf if ref.asked else document.pdf is not None
    stands = StandingPage(page, np.rot90(page.pixels, turned), turned, blank, bare, pdf)
    return stands if ref.part is None else _part_of(stands, ref.part, ref.printed)


def _part_of(stands: StandingPage, part: Box, printed: bool) -> StandingPage:
    """A part of the page as displayed, turned as the page is."""
    height, width, _ = stands.page.pixels.shape
    left, top, right, bottom = (math.floor(x * side / 999) for x, side in zip(part, (width, height) * 2, strict=True))
    pixels = stands.page.pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    if printed:
        pixels = _with_margins(pixels)
    turned = np.rot90(pixels, stands.turned)
    return replace(stands, pixels=turned, blank=is_blank(pixels), bare=is_blank(pixels, FAINT))


def _with_margins(pixels: Pixels) -> Pixels:
    """Print on a sheet of its paper, as pages have it: `MARGIN` of its sides is added on each."""
    height, width, _ = pixels.shape
    across, down = round(MARGIN * width), round(MARGIN * height)
    sheet = np.empty((height + 2 * down, width + 2 * across, 3), np.uint8)
    sheet[:] = np.median(pixels[::4, ::4], axis=(0, 1)).astype(np.uint8)
    sheet[down : down + height, across : across + width] = pixels
    return sheet


def broken(ref: PageRef, error: Exception) -> BrokenPage:
    """A page that cannot be rasterised because of an InputError, or for want of memory."""
    return BrokenPage(ref, " ".join(str(error).split()) or "not enough memory")


def raster_dpi(document: Document, ref: PageRef, dpi: float) -> float:
    """`dpi`; for another try, or a part of a page, the resolution of the picture that a page is, up to `FINEST`, where
    that is more; and that for print of a page of a PDF which is no picture, as it has any."""
    own = document.own_dpi(ref.number) if ref.attempt or ref.part else None
    if own is None and ref.printed and document.pdf is not None:
        own = FINEST
    return dpi if own is None else max(dpi, min(own, FINEST))


def _turns(document: Document, page: Page) -> int:
    """What a PDF's own text says of its direction is worth more than what its pixels look like."""
    written = written_turns(document.pdf[page.ref.number - 1]) if document.pdf else None
    return quarter_turns(page.pixels) if written is None else written


@cache
def documents() -> DocumentCache:
    """Of a worker process: documents stay open from page to page."""
    return DocumentCache()
