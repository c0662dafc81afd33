"""The pages of one document as glyphs, each parsed once, and what they tell of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from pipeline.documents import mupdf
from pipeline.documents.tags.nodes import Tree
from pipeline.errors import UserError
from pipeline.text_layer.labelling.context import Context, make_context
from pipeline.text_layer.labelling.running import MarginLine, margin_lines
from pipeline.text_layer.lines.glyphs import PageGlyphs, read_glyphs

PAGE_ERRORS: tuple[type[Exception], ...] = (UserError, IndexError, OSError, *mupdf.ERRORS)
"""What a damaged page or document raises, here and in MuPDF."""

# Pages that tell body size and vocabulary, and the cost of opening a document. Fewer, and a document with a long
# preface is judged by that; more only costs time. Chosen, not measured.
_SAMPLE = 8
# Pages before and behind one that tell its running heads: those of a left page come again two pages on. With one, the
# heads of left and right pages of a long document stay text; with more, a page out of order costs more.
_BESIDE = 2
# Pages whose glyphs are kept: the sample, and the page in hand with its neighbours. So many are enough for pages in
# order to be parsed once; in any other order, memory stays bounded.
_KEPT = _SAMPLE + 2 * _BESIDE + 1


class DocumentPages:
    """A PDF's pages by their numbers, from 1. A page that is broken raises one of `PAGE_ERRORS`."""

    def __init__(self, document: mupdf.Document) -> None:
        self.document = document
        self._glyphs: dict[int, PageGlyphs] = {}
        self._margins: dict[int, tuple[MarginLine, ...]] = {}  # some lines of each page, so that all may stay

    def glyphs(self, number: int) -> PageGlyphs:
        """The text of a page as words on lines."""
        if number not in self._glyphs:
            self._glyphs[number] = read_glyphs(self.document[number - 1])
            if len(self._glyphs) > _KEPT:
                del self._glyphs[self._out_of_reach(number)]
        return self._glyphs[number]

    def context(self, number: int) -> Context:
        """The document's facts, with what stands at the edges of the pages beside page `number`."""
        return replace(self.facts, margins=(*self.facts.margins, *self._margins_beside(number)))

    @cached_property
    def facts(self) -> Context:
        """Facts from up to eight pages, spread evenly over the document. Pages that cannot be read are left out."""
        count = len(self.document)
        sample: list[PageGlyphs] = []
        for number in sorted({i * count // _SAMPLE + 1 for i in range(_SAMPLE)}):
            with suppress(*PAGE_ERRORS):
                sample.append(self.glyphs(number))
        return replace(make_context(sample), tree=Tree(self.document))

    def _out_of_reach(self, number: int) -> int:
        """The page that is needed last by those who read on from page `number`: one behind, or else the farthest."""
        first = min(self._glyphs)
        return first if first < number - 2 * _BESIDE else max(self._glyphs)

    def _margins_beside(self, number: int) -> Iterator[MarginLine]:
        for beside in range(max(number - _BESIDE, 1), min(number + _BESIDE, len(self.document)) + 1):
            if beside != number:
                with suppress(*PAGE_ERRORS):
                    yield from self._margins_of(beside)

    def _margins_of(self, number: int) -> tuple[MarginLine, ...]:
        if number not in self._margins:
            self._margins[number] = margin_lines(self.glyphs(number))
        return self._margins[number]
