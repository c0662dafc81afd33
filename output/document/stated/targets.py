"""Where links within a document lead: to a heading by its name in Markdown, a figure, table or formula, or a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from output.grounding import geometry
from output.grounding.blocks import Block, Box, Link, PageBlocks
from output.grounding.roles import Role
from output.marks import places
from output.text import headings, maths

# Of 999: a destination is the top of the window that a viewer shows, so its heading begins there or a few lines below.
_ABOVE, _BELOW = 15, 60
# A quarter of the page: a centred heading may begin so far right of its column, and no other column does. Chosen.
_ASIDE = 250


_NUMBER = re.compile(r"[A-Z]?\d+(?:[.–-]\d+)*[a-z]?\b")
_TABLE = re.compile(r"\b(?:tab(?:le|elle|leau|\.)?s?|exhibit|表)\W*(?:[A-Z]?\d[\d.]*)?\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Heading:
    """Its box on its page; its name; its letters and digits."""

    box: Box
    name: str
    letters: str


_Places = Mapping[int, Sequence[_Heading]]
"""The headings of each page."""


def resolve(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, whose links lead to headings, figures, tables and formulas where they can, with the `anchor` of these.

    Links to pages that are not there lead nowhere.
    """
    if not any(link.to_page for page in pages for link in page.links):
        return tuple(pages)
    names = _names(pages)
    by_number = {page.number: page for page in pages}
    pages = [replace(page, links=tuple(_resolved(link, names, by_number) for link in page.links)) for page in pages]
    led = {link.target[1:] for page in pages for link in page.links}
    return tuple(replace(page, blocks=tuple(_anchored(page, led))) for page in pages)


def _anchored(page: PageBlocks, led: Set[str]) -> Iterator[Block]:
    for i, block in enumerate(page.blocks):
        yield replace(block, anchor=name) if (name := _anchor(page, i)) in led else block


def _anchor(page: PageBlocks, index: int) -> str:
    return f"page-{page.number}-{index + 1}"


def _resolved(link: Link, names: _Places, pages: Mapping[int, PageBlocks]) -> Link:
    """An entry of a table of contents leads to the heading of its words, which may have moved over the page's end."""
    if not link.to_page:
        return link
    if link.to_page not in names:
        return replace(link, target="")
    words = places.letters(link.text)
    there = (*names[link.to_page], *names.get(link.to_page + 1, ()))
    called = [h.name for h in there if h.letters == words]
    near = [h.name for h in names[link.to_page] if _is_near(h.box, link)]
    shown = _numbered(link, pages[link.to_page])
    return replace(link, target=f"#{next(iter(called + near + shown), f'page-{link.to_page}')}")


def _numbered(link: Link, page: PageBlocks) -> list[str]:
    """The figure, table or formula of the page that a link names by its number, or else one that begins there."""
    found = _NUMBER.search(link.text)
    is_table = bool(_TABLE.search(link.before + link.text))
    named, near = list[str](), list[str]()
    for i, block in enumerate(page.blocks):
        box = geometry.hull(block)
        is_near = box is not None and _is_near(box, link)
        if block.role is Role.CAPTION:
            own = _NUMBER.search(block.text)
            is_called = bool(own and found and own[0] == found[0] and is_table is ("table" in block.label))
            named += [_anchor(page, i)] if is_called else []
        elif found and is_near and block.role in (Role.TEXT, Role.FORMULA):
            named += [_anchor(page, i)] if block.text.rstrip().endswith(f"({found[0]})") else []
        near += [_anchor(page, i)] if is_near and block.role in (Role.FIGURE, Role.TABLE, Role.CAPTION) else []
    return named or near


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
