"""The pieces of a document as a reader wants them: what the ends of columns and pages broke is whole again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from output.document import flow
from output.document.flow import Piece
from output.document.joining import lists, paragraphs, tables
from output.document.survey import Survey
from output.grounding.blocks import PageBlocks
from output.options import RenderOptions


def runs(pages: Sequence[PageBlocks], options: RenderOptions) -> Iterator[list[PageBlocks]]:
    """Pages that are read on from one to the next: each alone if it is marked, and none beyond one that failed."""
    run: list[PageBlocks] = []
    for page in pages:
        run.append(page)
        if options.page_separator or page.failure is not None:
            yield run
            run = []
    yield run


def pieces(pages: Sequence[PageBlocks], options: RenderOptions, facts: Survey) -> list[Piece]:
    """The pieces of pages that are read on: paragraphs, then lists, then tables joined."""
    shown = flow.pieces(pages, facts, options.headers)
    return tables.merge(lists.join(paragraphs.paragraphs(shown)))
