"""PDFium, for its one answer that MuPDF has not: which marked content each character of a page is part of.

MuPDF takes what is in no element (artifacts, text that was added later) for a part of the element before it.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.documents import mupdf

Box = tuple[float, float, float, float]

NO_ELEMENT = -1
"""The number of what is in no marked content that an element could hold."""

# PDFium may be called from one thread at a time.
_ONE_AT_A_TIME = threading.Lock()
# Of a page; more is no text that a person reads.
_MOST = 200_000


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
    data, place = mupdf.alone(page)
    with _ONE_AT_A_TIME:
        return [Marked(text, place(x, y), mark) for text, x, y, mark in _chars(data)]


def marked_boxes(page: mupdf.Page) -> list[tuple[int, Box]]:
    """What a page draws but text (images, lines, grounds): the number of its marked content, and its box.

    Errors: as `marked_chars`.
    """
    data, place = mupdf.alone(page)
    with _ONE_AT_A_TIME:
        return [(mark, _bounds(place(x0, y0), place(x1, y1))) for mark, (x0, y0, x1, y1) in _drawn(data)]


def _bounds(a: tuple[float, float], b: tuple[float, float]) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


@contextmanager
def _only_page(data: bytes) -> Iterator[tuple[Any, Any]]:
    """The first page of a file, and PDFium's own functions."""
    # Imported here: 20 ms and a library of 8 MB, for tagged files alone.
    import pypdfium2
    from pypdfium2 import raw

    document = pypdfium2.PdfDocument(data)
    try:
        yield document[0], raw
    finally:
        document.close()


def _chars(data: bytes) -> Iterator[tuple[str, float, float, int]]:
    with _only_page(data) as (page, raw):
        text = page.get_textpage()
        x, y = ctypes.c_double(), ctypes.c_double()
        for i in range(min(raw.FPDFText_CountChars(text.raw), _MOST)):
            sign = chr(raw.FPDFText_GetUnicode(text.raw, i))
            drawn = raw.FPDFText_GetTextObject(text.raw, i)
            if not sign.isspace() and drawn:
                raw.FPDFText_GetCharOrigin(text.raw, i, x, y)
                yield sign, x.value, y.value, raw.FPDFPageObj_GetMarkedContentID(drawn)


def _drawn(data: bytes) -> Iterator[tuple[int, Box]]:
    with _only_page(data) as (page, raw):
        edges = [ctypes.c_float() for _ in range(4)]
        for i in range(min(raw.FPDFPage_CountObjects(page.raw), _MOST)):
            drawn = raw.FPDFPage_GetObject(page.raw, i)
            mark = raw.FPDFPageObj_GetMarkedContentID(drawn)
            is_text = raw.FPDFPageObj_GetType(drawn) == raw.FPDF_PAGEOBJ_TEXT
            if mark != NO_ELEMENT and not is_text and raw.FPDFPageObj_GetBounds(drawn, *edges):
                yield mark, (edges[0].value, edges[1].value, edges[2].value, edges[3].value)
