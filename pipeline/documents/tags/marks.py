"""PDFium, for its one answer that MuPDF has not: which marked content each character of a page is part of.

MuPDF takes what is in no element (artifacts, text that was added later) for a part of the element before it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.documents import mupdf
from pipeline.documents.pdfium.one_page import MOST, OnePage, one_page

Box = tuple[float, float, float, float]

NO_ELEMENT = -1
"""The number of what is in no marked content that an element could hold."""


@dataclass(frozen=True)
class Marked:
    """A printed character, its origin in the page's own frame, and the number of its marked content."""

    text: str
    origin: tuple[float, float]
    mark: int


def marked_chars(page: mupdf.Page) -> list[Marked]:
    """The characters of a page but its blanks, in the order of the file.

    Errors: those of MuPDF for a page that cannot be taken out of its document, and of PDFium (RuntimeError).
    """
    with one_page(page) as seen:
        return [Marked(text, seen.place(x, y), mark) for text, x, y, mark in _chars(seen)]


def marked_boxes(page: mupdf.Page) -> list[tuple[int, Box]]:
    """What a page draws but text (images, lines, grounds): the number of its marked content, and its box.

    Errors: as `marked_chars`.
    """
    with one_page(page) as seen:
        return [(mark, seen.box(*corners)) for mark, corners in _drawn(seen)]


def _chars(seen: OnePage) -> Iterator[tuple[str, float, float, int]]:
    raw, (text, places) = seen.raw, seen.characters()
    x, y = ctypes.c_double(), ctypes.c_double()
    for i in places:
        sign = chr(raw.FPDFText_GetUnicode(text.raw, i))
        drawn = raw.FPDFText_GetTextObject(text.raw, i)
        if not sign.isspace() and drawn:
            raw.FPDFText_GetCharOrigin(text.raw, i, x, y)
            yield sign, x.value, y.value, raw.FPDFPageObj_GetMarkedContentID(drawn)


def _drawn(seen: OnePage) -> Iterator[tuple[int, Box]]:
    raw, page = seen.raw, seen.page
    edges = [ctypes.c_float() for _ in range(4)]
    for i in range(min(raw.FPDFPage_CountObjects(page.raw), MOST)):
        drawn = raw.FPDFPage_GetObject(page.raw, i)
        mark = raw.FPDFPageObj_GetMarkedContentID(drawn)
        is_text = raw.FPDFPageObj_GetType(drawn) == raw.FPDF_PAGEOBJ_TEXT
        if mark != NO_ELEMENT and not is_text and raw.FPDFPageObj_GetBounds(drawn, *edges):
            yield mark, (edges[0].value, edges[1].value, edges[2].value, edges[3].value)
