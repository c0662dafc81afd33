"""What a PDF states about itself, as `output` takes it: read in a process of its own, since the file may be hostile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from output.grounding.blocks import About, Box, Emphasis, Entry, Link, PageBlocks, Style
from output.grounding.parser import GRID
from pipeline.documents.document import Document
from pipeline.documents.guard import guard
from pipeline.documents.stated.emphasis import Run
from pipeline.documents.stated.facts import Facts, read_facts
from pipeline.documents.stated.links import Link as OwnLink
from pipeline.errors import InputError
from pipeline.transcript import Source

_AT_ONCE, _A_PAGE = 5.0, 0.5
"""Seconds that links, emphasis and bookmarks may take, for a document and for each page: a file in which they are a
maze is read without them. A page of a hundred links takes some hundredths; chosen, not measured."""


def facts(source: Source | None, numbers: Sequence[int]) -> Facts:
    """The facts of a PDF, with links and emphasis of the pages in `numbers`; none where there is none to be read."""
    if source is None:
        return Facts()
    try:
        return guard().call_for(_AT_ONCE + _A_PAGE * len(numbers), _facts, source, tuple(numbers))
    except InputError:
        return Facts()


def with_facts(pages: Sequence[PageBlocks], known: Facts) -> tuple[PageBlocks, ...]:
    """The pages with the links and the emphasis that their document states."""
    sizes = {page.number: (page.width, page.height) for page in pages}
    links: dict[int, list[OwnLink]] = defaultdict(list)
    for link in known.links:
        links[link.page].append(link)
    runs: dict[int, list[Run]] = defaultdict(list)
    for run in known.emphasis:
        runs[run.page].append(run)
    return tuple(
        replace(
            page,
            links=tuple(_link(link, page, sizes) for link in links[page.number]),
            emphasis=tuple(_emphasis(run, page) for run in runs[page.number]),
        )
        for page in pages
    )


def about(known: Facts) -> About:
    """What the document states about the whole of it."""
    outline = tuple(Entry(entry.level, entry.title, entry.page) for entry in known.outline)
    return About(known.title, known.author, known.date, outline)


def _link(link: OwnLink, page: PageBlocks, sizes: Mapping[int, tuple[float, float]]) -> Link:
    width, height = sizes.get(link.to_page, (0.0, 0.0))
    to = (_in_grid(link.to_x, width), _in_grid(link.to_y, height))
    return Link(link.text, link.uri, _box(link.box, page), link.before, link.after, link.to_page, *to)


def _emphasis(run: Run, page: PageBlocks) -> Emphasis:
    style = Style(run.style.bold, run.style.italic, run.style.struck, code=run.style.mono)
    return Emphasis(run.text, style, _box(run.box, page), run.before, run.after)


def _box(points: tuple[float, float, float, float], page: PageBlocks) -> Box:
    across, down = GRID / max(page.width, 1.0), GRID / max(page.height, 1.0)
    x1, y1, x2, y2 = (round(min(max(v * s, 0), GRID)) for v, s in zip(points, (across, down) * 2, strict=True))
    return Box(x1, y1, x2, y2)


def _in_grid(points: float, side: float) -> int:
    # -1 for "not said" must stay what it is, and not become the page's edge.
    return -1 if points < 0 or side <= 0 else round(min(points * GRID / side, GRID))


def _facts(source: Source, numbers: tuple[int, ...]) -> Facts:
    """In the other process."""
    with Document(source) as document:
        return Facts() if document.pdf is None else read_facts(document.pdf, numbers)
