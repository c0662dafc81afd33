"""The pieces of a document as a reader wants them: what the ends of columns and pages broke is whole again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from language.hyphens import Vocabulary
from output.document import flow
from output.document.flow import Piece
from output.document.joining import lists, paragraphs, tables
from output.document.survey import survey
from output.grounding.accounts import Dropped
from output.grounding.blocks import Document, PageBlocks
from output.options import RenderOptions


@dataclass(frozen=True)
class Run:
    """Pages that are read on from one to the next, and their pieces; only the last of them may have failed.

    `dropped` names all text of these pages that is in no piece.
    """

    pages: tuple[PageBlocks, ...]
    pieces: tuple[Piece, ...]
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True)
class Assembly:
    """A document put together once, for every format to be written from.

    `document` has the facts in its blocks; `runs` are its pages in order, with what is shown of them by `options`.
    """

    document: Document
    runs: tuple[Run, ...]
    vocabulary: Vocabulary
    options: RenderOptions

    @property
    def dropped(self) -> Iterator[Dropped]:
        """All text that was read and is not shown, page after page."""
        return (dropped for run in self.runs for dropped in run.dropped)


UNSURE = "unsure"
"""How a page ended (`PageBlocks.finish`) whose text is shown but not vouched for."""


def assemble(document: Document, options: RenderOptions | None = None) -> Assembly:
    """Find the facts of a document's blocks, and join what the ends of columns and pages broke."""
    options = options or RenderOptions()
    facts = survey(document.pages, document.about.outline)
    found = replace(document, pages=facts.pages)
    return Assembly(found, tuple(runs(facts.pages, options)), facts.vocabulary, options)


def runs(pages: Sequence[PageBlocks], options: RenderOptions) -> Iterator[Run]:
    """The runs of pages whose blocks have their facts."""
    for together in _together(pages, options):
        shown, left_out = flow.pieces(together, options.headers)
        # Paragraphs first: the last item of a list may be one that a page's end broke.
        joined, repeated = tables.merge(lists.join(paragraphs.paragraphs(shown)))
        yield Run(tuple(together), tuple(joined), (*left_out, *repeated))


def _together(pages: Sequence[PageBlocks], options: RenderOptions) -> Iterator[list[PageBlocks]]:
    """Each page alone if pages are marked, and none is read on beyond one that failed."""
    run: list[PageBlocks] = []
    for page in pages:
        if run and page.finish == UNSURE:  # its mark stands in front of it
            yield run
            run = []
        run.append(page)
        if options.page_separator or page.failure is not None:
            yield run
            run = []
    yield run
