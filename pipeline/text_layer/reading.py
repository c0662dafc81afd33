"""The Transcriber that reads the PDF's own text: no model, no network, about as fast as the file can be parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.documents.document import Document, DocumentCache
from pipeline.errors import UserError
from pipeline.text_layer.labelling.context import Context, make_context
from pipeline.text_layer.lines.glyphs import PageGlyphs, read_glyphs
from pipeline.text_layer.page import ground_page
from pipeline.text_layer.quality import is_blank, is_stamped_scan, is_uniform, usable_text
from pipeline.transcript import Finish, PageRef, Transcript

if TYPE_CHECKING:
    import pymupdf

VERSION = 3  # raise it whenever the same page gives other text
_SAMPLE = 8  # pages that tell body size, vocabulary and running heads
_PREVIEW_DPI = 36


class TextLayerTranscriber:
    """Reads pages from the text that the document itself carries. One document is held open at a time.

    A page comes out as STOP (it has text), BLANK (nothing is on it), EMPTY (no text, or a garbled text layer, on a page
    that is not blank; images have no text layer) or ERROR. With `whole` it is EMPTY, too, where the text is but a stamp
    on a scan.
    """

    name = "text-layer"
    settings = f"text-layer/{VERSION}"

    def __init__(self, whole: bool = False) -> None:
        self._whole = whole
        self._documents = DocumentCache(1)
        self._facts: tuple[object, Context] | None = None

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in order. A page that cannot be read is a transcript with `Finish.ERROR`."""
        with self._documents:
            for ref in pages:
                yield self.read(ref)

    def read(self, ref: PageRef) -> Transcript:
        """One page; its document stays open until another one is read."""
        width = height = 0.0
        try:
            document = self._documents.get(ref.source)
            width, height = document.size(ref.number)
            text, finish = self._text(document, ref)
        except _page_errors() as error:
            line = " ".join(str(error).split()) or type(error).__name__
            line = line if isinstance(error, UserError) else f"page {ref.number} has a broken text layer: {line}"
            return Transcript(ref, "", Finish.ERROR, width, height, self.name, error=line[:300])
        return Transcript(ref, text, finish, width, height, self.name)

    def _text(self, document: Document, ref: PageRef) -> tuple[str, Finish]:
        if document.pdf is None:
            blank = is_uniform(document.raster(ref.number, _PREVIEW_DPI))
            return "", Finish.BLANK if blank else Finish.EMPTY
        page = document.pdf[ref.number - 1]
        glyphs = read_glyphs(page)
        if not glyphs.lines and not glyphs.turned:
            return "", Finish.BLANK if is_blank(page) else Finish.EMPTY
        if not usable_text(glyphs.raw) or (self._whole and is_stamped_scan(page, glyphs)):
            return "", Finish.EMPTY
        return ground_page(page, self._context(document.pdf), glyphs), Finish.STOP

    def _context(self, document: pymupdf.Document) -> Context:
        if self._facts is None or self._facts[0] is not document:
            self._facts = document, document_context(document)
        return self._facts[1]


def document_context(document: pymupdf.Document) -> Context:
    """Facts from up to eight pages, spread evenly over a pymupdf document. Pages that cannot be read are left out."""
    count = len(document)
    pages: list[PageGlyphs] = []
    for number in sorted({i * count // _SAMPLE for i in range(_SAMPLE)}):
        with suppress(*_page_errors()):
            pages.append(read_glyphs(document[number]))
    return make_context(pages)


def _page_errors() -> tuple[type[Exception], ...]:
    """What a damaged page or document raises, here and in pymupdf."""
    import pymupdf

    return (UserError, RuntimeError, ValueError, TypeError, IndexError, OSError, pymupdf.mupdf.FzErrorBase)
