"""A page as PDFium sees it: taken out of its document by MuPDF, so that one password and one repair serve both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.mupdf import Box

# PDFium may be called from one thread at a time.
_ONE_AT_A_TIME = threading.Lock()
INVISIBLE = (3, 7)
"""Modes of text that leave nothing on a page (ISO 32000-1, 9.3.6): neither filled nor stroked; a clip path alone."""
MOST = 200_000
"""Characters or objects of a page; more is no text that a person reads."""


@dataclass(frozen=True)
class OnePage:
    """An open page, PDFium's own functions, and what takes a point of the page's space to MuPDF's frame of it."""

    page: Any  # pypdfium2.PdfPage
    raw: Any  # pypdfium2.raw
    place: Callable[[float, float], tuple[float, float]]

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The box between two opposite corners of the page's space, in MuPDF's frame."""
        return mupdf.joined_bounds([(*corner, *corner) for corner in (self.place(x0, y0), self.place(x1, y1))])

    def characters(self) -> tuple[Any, range]:
        """The page's text, which closes when nothing holds it, and the places of its characters."""
        text = self.page.get_textpage()
        return text, range(min(self.raw.FPDFText_CountChars(text.raw), MOST))


@contextmanager
def one_page(page: mupdf.Page) -> Iterator[OnePage]:
    """PDFium's view of a page, for as long as the body lasts.

    Errors: those of MuPDF for a page that cannot be taken out of its document, and of PDFium (RuntimeError).
    """
    # Imported here: 20 ms and a library of 8 MB, which pages without text never need.
    import pypdfium2
    from pypdfium2 import raw

    data, place = mupdf.alone(page)
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(data)
        try:
            yield OnePage(document[0], raw, place)
        finally:
            document.close()
