"""A document to Markdown: pages that are read as one, their blocks joined where a page's end broke them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from output.document.joining import assemble
from output.document.survey import Survey, survey
from output.formats.block_markdown import Links, Scene, markdown
from output.grounding.blocks import Document, PageBlocks
from output.options import RenderOptions

__all__ = ["Links", "document_markdown", "document_parts", "join", "page_markdown"]

_ORDERED = re.compile(r"(\d+)[.)] ")


def document_markdown(
    document: Document,
    options: RenderOptions | None = None,
    links: Links | None = None,
    facts: Survey | None = None,
) -> str:
    """The whole document, ending in one newline; "" if no page has anything to show. `facts` are its survey."""
    return "".join(document_parts(document, options, links, facts))


def document_parts(
    document: Document,
    options: RenderOptions | None = None,
    links: Links | None = None,
    facts: Survey | None = None,
) -> Iterator[str]:
    """The same in parts, so that a long document's text is never held as a whole."""
    options = options or RenderOptions()
    scene = Scene(options, facts or survey(document.pages), links or {})
    some = False
    for part in _joined(chunk for pages in assemble.runs(document.pages, options) for chunk in _chunks(scene, pages)):
        some = some or part != ""
        yield part
    if some:
        yield "\n"


def page_markdown(
    page: PageBlocks,
    options: RenderOptions | None = None,
    facts: Survey | None = None,
    links: Links | None = None,
) -> str:
    """One page without a final newline, for a stream of pages, in which nothing is joined over a page's end.

    `facts` are those of the page alone unless given.
    """
    scene = Scene(options or RenderOptions(), facts or survey([page]), links or {})
    return join(list(_chunks(scene, [page])))


def join(chunks: list[str]) -> str:
    """Chunks with a blank line between; two lists whose numbers do not go on are kept from becoming one."""
    return "".join(_joined(chunks))


def _joined(chunks: Iterable[str]) -> Iterator[str]:
    before: str | None = None
    for chunk in chunks:
        if before is not None:
            yield "\n\n<!-- -->\n\n" if _would_renumber(before, chunk) else "\n\n"
        yield chunk
        before = chunk


def _would_renumber(before: str, after: str) -> bool:
    outer = [line for line in before.split("\n") if not line.startswith(" ")]
    last, first = _ORDERED.match(outer[-1]), _ORDERED.match(after)
    return bool(last and first and int(first[1]) != int(last[1]) + 1)


def _chunks(scene: Scene, pages: Sequence[PageBlocks]) -> Iterator[str]:
    """The Markdown of pages that are read on; only the last of them may have failed."""
    if scene.options.page_separator and pages:
        yield f"<!-- page {pages[0].number} -->"
    for piece in assemble.pieces(pages, scene.options, scene.facts):
        yield from markdown(scene, piece)
    for page in pages:
        if page.failure is not None:
            what = "is incomplete" if page.blocks else "could not be read"
            yield f"> **Page {page.number} {what}:** {scene.inline(page.failure)}"
