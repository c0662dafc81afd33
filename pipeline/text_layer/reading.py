"""The Transcriber that reads the PDF's own text: no model, no network, about as fast as the file can be parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from pipeline.documents import mupdf
from pipeline.documents.document import Document, DocumentCache
from pipeline.documents.tags.nodes import Tree
from pipeline.errors import UserError
from pipeline.text_layer.labelling.context import Context, make_context
from pipeline.text_layer.labelling.running import MarginLine, margin_lines
from pipeline.text_layer.lines.glyphs import PageGlyphs, read_glyphs
from pipeline.text_layer.page import PageText, read_page
from pipeline.text_layer.quality import is_blank, is_stamped_scan, is_uniform, usable_text
from pipeline.text_layer.version import NAME, SETTINGS
from pipeline.transcript import Finish, PageRef, Transcript

# Pages that tell body size and vocabulary, and the cost of opening a document. Fewer, and a document with a long
# preface is judged by that; more only costs time. Chosen, not measured.
_SAMPLE = 8
# Pages before and behind one that tell its running heads: those of a left page come again two pages on. With one, the
# heads of left and right pages of a long document stay text; with more, a page out of order costs more.
_BESIDE = 2
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
        self._facts: tuple[object, Context] | None = None
        self._glyphs: dict[int, PageGlyphs] = {}  # of the document of `_facts`, the pages read last

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
        except _page_errors() as error:
            line = " ".join(str(error).split()) or type(error).__name__
            line = line if isinstance(error, UserError) else f"page {ref.number} has a broken text layer: {line}"
            return Transcript(ref, "", Finish.ERROR, width, height, self.name, error=line[:300])
        return Transcript(ref, read.text, finish, width, height, self.name, doubts=read.doubts)

    def _text(self, document: Document, ref: PageRef) -> tuple[PageText, Finish]:
        if document.pdf is None:
            blank = is_uniform(document.raster(ref.number, _PREVIEW_DPI))
            return PageText(""), Finish.BLANK if blank else Finish.EMPTY
        page = document.pdf[ref.number - 1]
        context = self._context(document.pdf, ref.number)
        glyphs = self._read(document.pdf, ref.number)
        if not glyphs.lines and not glyphs.turned:
            return PageText(""), Finish.BLANK if is_blank(page) else Finish.EMPTY
        if not usable_text(glyphs.raw) or (self._whole and is_stamped_scan(page, glyphs)):
            return PageText(""), Finish.EMPTY
        return read_page(page, context, glyphs), Finish.STOP

    def _context(self, document: mupdf.Document, number: int) -> Context:
        """The document's facts, with what stands at the edges of the pages beside page `number`."""
        if self._facts is None or self._facts[0] is not document:
            # Kept with the very object that it was made of: a document that was opened anew may be another file of its
            # name.
            self._facts = document, document_context(document)
            self._glyphs = {}
        context = self._facts[1]
        return replace(context, margins=(*context.margins, *self._margins(document, number)))

    def _margins(self, document: mupdf.Document, number: int) -> Iterator[MarginLine]:
        for beside in range(max(number - _BESIDE, 1), min(number + _BESIDE, len(document)) + 1):
            if beside != number:
                with suppress(*_page_errors()):
                    yield from margin_lines(self._read(document, beside))

    def _read(self, document: mupdf.Document, number: int) -> PageGlyphs:
        """The glyphs of a page; each page of a document that is read in order is read once."""
        if number not in self._glyphs:
            self._glyphs[number] = read_glyphs(document[number - 1])
        # The page in hand and its neighbours: in order, each page is parsed once; in any other order, memory stays
        # bounded.
        while len(self._glyphs) > 2 * _BESIDE + 1:
            del self._glyphs[min(self._glyphs)]
        return self._glyphs[number] if number in self._glyphs else read_glyphs(document[number - 1])


def document_context(document: mupdf.Document) -> Context:
    """Facts from up to eight pages, spread evenly over a document. Pages that cannot be read are left out."""
    count = len(document)
    pages: list[PageGlyphs] = []
    for number in sorted({i * count // _SAMPLE for i in range(_SAMPLE)}):
        with suppress(*_page_errors()):
            pages.append(read_glyphs(document[number]))
    return replace(make_context(pages), tree=Tree(document))


def _page_errors() -> tuple[type[Exception], ...]:
    """What a damaged page or document raises, here and in MuPDF."""
    return (UserError, IndexError, OSError, *mupdf.ERRORS)
