"""Heading levels as the document's own outline has them, where its titles are those of headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from output.grounding.blocks import Entry, PageBlocks
from output.marks import places
from output.text import headings

# Headings that it must name: one alone has no level beside others.
_FEWEST = 2
# Of the headings below the title, or of its own entries: fewer are chance, and the levels of two sources would be
# mixed. Higher, and outlines that name only chapters say nothing. Chosen, not measured.
_SHARE = 0.5
# The levels that Markdown and HTML have.
_DEEPEST = 6

Key = tuple[int, int]
"""A block: its page's number, its place there."""


@dataclass(frozen=True)
class _Heading:
    key: Key
    letters: str
    level: int


def mark(pages: Sequence[PageBlocks], outline: Sequence[Entry]) -> tuple[PageBlocks, ...]:
    """The pages with the outline's levels for the headings that it names; those between are as deep below them as
    before.

    The title stays the one heading of level 1, and the outline's first level is 2; where one entry holds all others and
    is the first heading, that is the title.
    """
    found = [heading for page in pages for heading in _on_page(page)]
    stated = _matched(found, outline)
    below = sum(heading.level > 1 for heading in found)
    within = [entry for entry in outline if entry.page in {page.number for page in pages}]
    if len(stated) < _FEWEST or len(stated) < _SHARE * min(below, len(within)):
        return tuple(pages)
    levels = _levels(found, stated)
    return tuple(
        replace(
            page, blocks=tuple(replace(b, level=levels.get((page.number, i), 0)) for i, b in enumerate(page.blocks))
        )
        for page in pages
    )


def _on_page(page: PageBlocks) -> Iterator[_Heading]:
    for i, block in enumerate(page.blocks):
        if block.level:
            yield _Heading((page.number, i), places.letters(headings.split(block.content)[1]), block.level)


def _matched(found: Sequence[_Heading], outline: Sequence[Entry]) -> dict[Key, int]:
    """The levels that the outline has for headings of the same title, on the entry's page or one beside it."""
    levels: dict[Key, int] = {}
    by_title: dict[str, list[_Heading]] = {}
    for heading in found:
        for title in {heading.letters, heading.letters.lstrip("0123456789")} - {""}:
            by_title.setdefault(title, []).append(heading)
    for entry in outline:
        title = places.letters(entry.title)
        known = by_title.get(title) or by_title.get(title.lstrip("0123456789")) or []
        free = (h for h in known if h.key not in levels and (not entry.page or abs(h.key[0] - entry.page) <= 1))
        nearest = min(free, key=lambda heading: (abs(heading.key[0] - entry.page), heading.key), default=None)
        if nearest is not None:
            levels[nearest.key] = entry.level
    return levels


def _levels(found: Sequence[_Heading], stated: Mapping[Key, int]) -> dict[Key, int]:
    first, top = found[0], min(stated.values())
    is_root = stated.get(first.key) == top and sum(level == top for level in stated.values()) == 1
    title = next((heading.key for heading in found if heading.level == 1), first.key if is_root else None)
    down = 2 - top - (title in stated and is_root)
    levels: dict[Key, int] = {}
    shift = 0
    for heading in found:
        if heading.key == title:
            levels[heading.key] = 1
            continue
        if heading.key in stated:
            shift = stated[heading.key] + down - heading.level
        levels[heading.key] = min(max(heading.level + shift, 2), _DEEPEST)
    return levels
