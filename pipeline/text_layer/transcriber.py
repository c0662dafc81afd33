"""The Transcriber that reads the PDF's own text: no model, no network, about as fast as the file can be parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.text_layer.context import Context, make_context
from pipeline.text_layer.glyphs import PageGlyphs, read_glyphs
from pipeline.text_layer.page import ground_page
from pipeline.text_layer.quality import is_blank, usable_text
from pipeline.transcript import Finish, PageRef, Source, Transcript

if TYPE_CHECKING:
    import pymupdf

VERSION = 1  # raise it whenever the same page gives other text
_SAMPLE = 8  # pages that tell body size, vocabulary and running heads


class TextLayerTranscriber:
    """Reads pages from the text that the document itself carries. One document is held open at a time."""

    name = "text-layer"
    settings = f"text-layer/{VERSION}"

    def __init__(self) -> None:
        self._source: Source | None = None
        self._document: pymupdf.Document | None = None
        self._context = Context()

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in order. A page that cannot be read is a transcript with `Finish.ERROR`."""
        try:
            for ref in pages:
                yield self._read(ref)
        finally:
            self._close()

    def _read(self, ref: PageRef) -> Transcript:
        try:
            page = self._open(ref.source)[ref.number - 1]
            glyphs = read_glyphs(page)
            text, finish = self._text(page, glyphs)
        except _page_errors() as error:
            line = " ".join(str(error).split()) or type(error).__name__
            return Transcript(ref, "", Finish.ERROR, reader=self.name, error=f"page {ref.number}: {line}"[:300])
        return Transcript(ref, text, finish, glyphs.frame.width, glyphs.frame.height, self.name)

    def _text(self, page: pymupdf.Page, glyphs: PageGlyphs) -> tuple[str, Finish]:
        if not glyphs.lines and not glyphs.turned:
            return "", Finish.BLANK if is_blank(page) else Finish.EMPTY
        if not usable_text(glyphs.raw):
            return "", Finish.EMPTY
        return ground_page(page, self._context, glyphs), Finish.STOP

    def _open(self, source: Source) -> pymupdf.Document:
        if source != self._source or self._document is None:
            self._close()
            self._document = open_document(source)
            self._source = source
            self._context = document_context(self._document)
        return self._document

    def _close(self) -> None:
        if self._document is not None:
            self._document.close()
        self._document, self._source = None, None


def document_context(document: pymupdf.Document) -> Context:
    """Facts from up to eight pages, spread evenly over a pymupdf document. Pages that cannot be read are left out."""
    count = len(document)
    numbers = sorted({i * count // _SAMPLE for i in range(_SAMPLE)}) if count > _SAMPLE else range(count)
    pages: list[PageGlyphs] = []
    for number in numbers:
        with suppress(*_page_errors()):
            pages.append(read_glyphs(document[number]))
    return make_context(pages)


def open_document(source: Source) -> pymupdf.Document:
    """The pymupdf document of a source, unlocked."""
    import pymupdf

    document = pymupdf.open(source.path)
    if document.needs_pass and not any(document.authenticate(word) for word in source.passwords):
        document.close()
        raise UserError(f"{source.name} is encrypted: give its password with --password")
    return document


def _page_errors() -> tuple[type[Exception], ...]:
    """What pymupdf raises on a damaged page, and what opening a document may say."""
    import pymupdf

    return (UserError, RuntimeError, ValueError, IndexError, OSError, pymupdf.mupdf.FzErrorBase)
