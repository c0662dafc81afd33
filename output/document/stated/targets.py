"""Where links within a document lead: to the heading that stands there, by its name in Markdown, or to a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from output.grounding import geometry
from output.grounding.blocks import Box, Link, PageBlocks
from output.marks import places
from output.text import headings, maths

# Of 999: a destination is the top of the window that a viewer shows, so its heading begins there or a few lines below.
_ABOVE, _BELOW = 15, 60
# A quarter of the page: a centred heading may begin so far right of its column, and no other column does. Chosen.
_ASIDE = 250


@dataclass(frozen=True)
class _Heading:
    """Its box on its page; its name; its letters and digits."""

    box: Box
    name: str
    letters: str


_Places = Mapping[int, Sequence[_Heading]]
"""The headings of each page."""


def resolve(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, whose links lead to headings where they can; those to pages that are not there lead nowhere."""
    if not any(link.to_page for page in pages for link in page.links):
        return tuple(pages)
    names = _names(pages)
    return tuple(replace(page, links=tuple(_resolved(link, names) for link in page.links)) for page in pages)


def _resolved(link: Link, names: _Places) -> Link:
    """An entry of a table of contents leads to the heading of its words, which may have moved over the page's end."""
    if not link.to_page:
        return link
    if link.to_page not in names:
        return replace(link, target="")
    words = places.letters(link.text)
    there = (*names[link.to_page], *names.get(link.to_page + 1, ()))
    called = [h.name for h in there if h.letters == words]
    near = [h.name for h in names[link.to_page] if _is_near(h.box, link)]
    return replace(link, target=f"#{next(iter(called + near), f'page-{link.to_page}')}")


def _is_near(box: Box, link: Link) -> bool:
    aside = link.to_x > box.x2 or box.x1 - link.to_x > _ASIDE
    return link.to_y >= 0 and -_ABOVE <= box.y1 - link.to_y <= _BELOW and not (link.to_x > 0 and aside)


def _names(pages: Sequence[PageBlocks]) -> _Places:
    seen: Counter[str] = Counter()
    names: dict[int, list[_Heading]] = {page.number: [] for page in pages}
    for page in pages:
        for block in page.blocks:
            text = headings.split(block.content)[1]
            name = headings.name(text, seen) if block.level else ""
            if name and not any(maths.find(text)) and (box := geometry.hull(block)):
                names[page.number].append(_Heading(box, name, places.letters(text)))
    return names
