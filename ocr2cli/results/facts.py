"""What a PDF states about itself, as `output` takes it: read in a process of its own, since the file may be hostile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from output.grounding.blocks import About, Box, Entry, Link, PageBlocks
from output.grounding.parser import GRID
from pipeline.documents.document import Document
from pipeline.documents.guard import guard
from pipeline.documents.stated.facts import Facts, read_facts
from pipeline.documents.stated.links import Link as OwnLink
from pipeline.errors import InputError
from pipeline.processes.limits import SECONDS
from pipeline.transcript import Source


def facts(source: Source | None, numbers: Sequence[int]) -> Facts:
    """The facts of a PDF and the links of the pages in `numbers`; none where there is no PDF, or it cannot be read."""
    if source is None:
        return Facts()
    try:
        return guard().call_for(SECONDS + len(numbers), _facts, source, tuple(numbers))
    except InputError:
        return Facts()


def with_links(page: PageBlocks, known: Facts) -> PageBlocks:
    """A page with the links that its document states."""
    return replace(page, links=tuple(_link(link, page) for link in known.links if link.page == page.number))


def about(known: Facts) -> About:
    """What the document states about the whole of it."""
    outline = tuple(Entry(entry.level, entry.title, entry.page) for entry in known.outline)
    return About(known.title, known.author, known.date, outline)


def _link(link: OwnLink, page: PageBlocks) -> Link:
    across, down = GRID / max(page.width, 1.0), GRID / max(page.height, 1.0)
    x1, y1, x2, y2 = (round(min(max(v * s, 0), GRID)) for v, s in zip(link.box, (across, down) * 2, strict=True))
    box, to_y = Box(x1, y1, x2, y2), -1 if link.to_y < 0 else round(min(link.to_y * down, GRID))
    return Link(link.text, link.uri, box, link.before, link.after, link.to_page, to_y)


def _facts(source: Source, numbers: tuple[int, ...]) -> Facts:
    """In the other process."""
    with Document(source) as document:
        return Facts() if document.pdf is None else read_facts(document.pdf, numbers)
