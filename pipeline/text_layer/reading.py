"""The Transcriber that reads the PDF's own text: no model, no network, about as fast as the file can be parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.documents import mupdf
from pipeline.documents.document import Document, DocumentCache
from pipeline.errors import UserError
from pipeline.text_layer.document import PAGE_ERRORS, DocumentPages
from pipeline.text_layer.page import PageText, read_page
from pipeline.text_layer.quality import is_blank, is_stamped_scan, is_uniform, usable_text
from pipeline.text_layer.version import NAME, SETTINGS
from pipeline.transcript import Finish, PageRef, Transcript

# Dots per inch at which a page of an image file is asked whether it is blank: 300 by 400 pixels of a letter, enough for
# a line of type to be seen.
_PREVIEW_DPI = 36


class TextLayerTranscriber:
    """Reads pages from the text that the document itself carries. One document is held open at a time.

    A page comes out as STOP (it has text), BLANK (nothing is on it), EMPTY (no text, or a garbled text layer, on a page
    that is not blank; images have no text layer) or ERROR. With `whole` it is EMPTY, too, where the text is but a stamp
    on a scan.
    """

    name = NAME
    settings = SETTINGS

    def __init__(self, whole: bool = False) -> None:
        self._whole = whole
        self._documents = DocumentCache(1)
        self._pages: DocumentPages | None = None

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in order. A page that cannot be read is a transcript with `Finish.ERROR`."""
        with self._documents:
            for ref in pages:
                yield self.read(ref)

    def close(self) -> None:
        """Close the document that is open."""
        self._documents.close()

    def read(self, ref: PageRef) -> Transcript:
        """One page; its document stays open until another one is read."""
        width = height = 0.0
        try:
            document = self._documents.get(ref.source)
            width, height = document.size(ref.number)
            read, finish = self._text(document, ref)
        except PAGE_ERRORS as error:
            line = " ".join(str(error).split()) or type(error).__name__
            line = line if isinstance(error, UserError) else f"page {ref.number} has a broken text layer: {line}"
            return Transcript(ref, "", Finish.ERROR, width, height, self.name, error=line[:300])
        return Transcript(ref, read.text, finish, width, height, self.name, doubts=read.doubts)

    def _text(self, document: Document, ref: PageRef) -> tuple[PageText, Finish]:
        if document.pdf is None:
            blank = is_uniform(document.raster(ref.number, _PREVIEW_DPI))
            return PageText(""), Finish.BLANK if blank else Finish.EMPTY
        page, pages = document.pdf[ref.number - 1], self._pages_of(document.pdf)
        context, glyphs = pages.context(ref.number), pages.glyphs(ref.number)
        if not glyphs.lines and not glyphs.turned:
            return PageText(""), Finish.BLANK if is_blank(page) else Finish.EMPTY
        if not usable_text(glyphs.raw) or (self._whole and is_stamped_scan(page, glyphs)):
            return PageText(""), Finish.EMPTY
        return read_page(page, context, glyphs), Finish.STOP

    def _pages_of(self, document: mupdf.Document) -> DocumentPages:
        # Kept with the very object that they are of: a document that was opened anew may be another file of its name.
        if self._pages is None or self._pages.document is not document:
            self._pages = DocumentPages(document)
        return self._pages
