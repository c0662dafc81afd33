"""Where links within a document lead: to the heading that stands there, by its name in Markdown, or to a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from output.grounding import geometry
from output.grounding.blocks import Link, PageBlocks
from output.text import headings, maths

# Of 999: a destination is the top of the window that a viewer shows, so its heading begins there or a few lines below.
_ABOVE, _BELOW = 15, 60

Places = Mapping[int, Sequence[tuple[int, str]]]
"""The headings of each page: where they begin, 0..999 from the top, and their names."""


def resolve(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, whose links lead to headings where they can; those to pages that are not there lead nowhere."""
    if not any(link.to_page for page in pages for link in page.links):
        return tuple(pages)
    names = _names(pages)
    return tuple(replace(page, links=tuple(_resolved(link, names) for link in page.links)) for page in pages)


def _resolved(link: Link, names: Places) -> Link:
    if not link.to_page:
        return link
    if link.to_page not in names:
        return replace(link, target="")
    near = (name for y, name in names[link.to_page] if link.to_y >= 0 and -_ABOVE <= y - link.to_y <= _BELOW)
    return replace(link, target=f"#{next(near, f'page-{link.to_page}')}")


def _names(pages: Sequence[PageBlocks]) -> Places:
    seen: Counter[str] = Counter()
    names: dict[int, list[tuple[int, str]]] = {page.number: [] for page in pages}
    for page in pages:
        for block in page.blocks:
            text = headings.split(block.content)[1]
            name = headings.name(text, seen) if block.level else ""
            if name and not any(maths.find(text)) and (box := geometry.hull(block)):
                names[page.number].append((box.y1, name))
    return names
