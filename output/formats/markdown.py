"""A document to Markdown: pages that are read as one, their blocks joined where a page's end broke them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from output.document.flow import Piece
from output.document.joining.assemble import UNSURE, Assembly, assemble, runs
from output.document.survey import Survey, survey
from output.formats.block_markdown import Links, Scene, markdown
from output.grounding.blocks import Document, PageBlocks
from output.marks.places import Pending
from output.options import RenderOptions

__all__ = ["Links", "chunks", "document_markdown", "join", "page_markdown", "parts"]

_ORDERED = re.compile(r"(\d+)[.)] ")


def document_markdown(document: Document, options: RenderOptions | None = None, links: Links | None = None) -> str:
    """The whole document, ending in one newline; "" if no page has anything to show."""
    return "".join(parts(assemble(document, options), links))


def parts(assembly: Assembly, links: Links | None = None) -> Iterator[str]:
    """The same in parts, so that a long document's text is never held as a whole."""
    some = False
    for part in _joined(chunks(assembly, links)):
        some = some or part != ""
        yield part
    if some:
        yield "\n"


def chunks(assembly: Assembly, links: Links | None = None) -> Iterator[str]:
    """Headings, paragraphs, lists, tables …: what stands apart by a blank line, one after the other."""
    scene = Scene(assembly.options, assembly.vocabulary, links or {}, targets=_targets(assembly))
    return (chunk for run in assembly.runs for chunk in _chunks(scene, run.pages, run.pieces))


def _targets(assembly: Assembly) -> frozenset[int]:
    """The pages that links lead to whose words are written: a mark of a footnote has become a reference."""
    pieces = (one for run in assembly.runs for piece in run.pieces for one in (piece, *piece.more))
    found = (
        (piece, [link for link in piece.block.links if link.target == f"#page-{link.to_page}"]) for piece in pieces
    )
    return frozenset(place.words.to_page for piece, links in found for place in Pending(links).places(piece.text))


def page_markdown(page: PageBlocks, options: RenderOptions | None = None, facts: Survey | None = None) -> str:
    """One page without a final newline, for a stream of pages, in which nothing is joined over a page's end.

    `facts` are those of several pages with this one among them; of the page alone unless given.
    """
    options = options or RenderOptions()
    facts = facts or survey([page])
    known = next(known for known in facts.pages if known.number == page.number)
    run = next(runs([known], options))
    return join(list(_chunks(Scene(options, facts.vocabulary, {}), run.pages, run.pieces)))


def join(each: list[str]) -> str:
    """Chunks with a blank line between; two lists whose numbers do not go on are kept from becoming one."""
    return "".join(_joined(each))


def _joined(each: Iterable[str]) -> Iterator[str]:
    before: str | None = None
    for chunk in each:
        if before is not None:
            # CommonMark takes two lists with a blank line between for one, and numbers it through; a comment ends the
            # first.
            yield "\n\n<!-- -->\n\n" if _would_renumber(before, chunk) else "\n\n"
        yield chunk
        before = chunk


def _would_renumber(before: str, after: str) -> bool:
    outer = [line for line in before.split("\n") if not line.startswith(" ")]
    last, first = _ORDERED.match(outer[-1]), _ORDERED.match(after)
    return bool(last and first and int(first[1]) != int(last[1]) + 1)


def _chunks(scene: Scene, pages: Sequence[PageBlocks], pieces: Sequence[Piece]) -> Iterator[str]:
    """The Markdown of pages that are read on; only the last of them may have failed."""
    if scene.options.page_separator and pages:
        yield f"<!-- page {pages[0].number} -->"
    unsure = [page for page in pages if page.finish == UNSURE and page.blocks]
    for page in unsure:  # whoever reads on has been told
        yield f"> **Page {page.number} was not read with certainty:** {scene.inline(page.failure or '')}"
    yield from _read(scene, pages, pieces)
    for page in pages:
        if page.failure is not None and page not in unsure:
            what = "is incomplete" if page.blocks else "could not be read"
            yield f"> **Page {page.number} {what}:** {scene.inline(page.failure)}"


def _read(scene: Scene, pages: Sequence[PageBlocks], pieces: Sequence[Piece]) -> Iterator[str]:
    """The pieces, and before them an anchor for each page that a link leads to; a document's title stands before it."""
    anchors = [page.number for page in pages if page.number in scene.targets]
    for piece in pieces:
        while anchors and anchors[0] <= piece.number and piece.block.level != 1:
            yield f'<a id="page-{anchors.pop(0)}"></a>'
        yield from (f'<a id="{one.block.anchor}"></a>' for one in (piece, *piece.more) if one.block.anchor)
        yield from markdown(scene, piece)
    # Pages without any text at the end: links may lead there, too.
    yield from (f'<a id="page-{number}"></a>' for number in anchors)
