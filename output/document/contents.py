"""A table of contents that stands as running text: one list item per entry, nested as its numbers say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from output.grounding.blocks import Block, PageBlocks
from output.grounding.roles import Role

# Begins where a run of dots begins, and never gives one back: linear in the text.
_LEADER = re.compile(
    r"(?<![.·_…])(?<![.·_…][ \t])(?:(?:[ \t]?[.·_]){4,}+|[ \t]?…)[ \t.…]*+(?P<page>\d{1,4}|[ivxlc]{1,7})(?=\s|$)\s*"
)
# Entries that make a page one of a table of contents: one leader may be a field of a form, two a menu. More, and a
# short table of contents keeps its single-line blocks as headings. Chosen, not measured.
_MANY = 3
# Characters of an entry, three lines; a longer text only mentions one, as a paragraph that shows what leaders are.
_LONGEST = 200
_NUMBERING = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,4}(?=[.\s])")


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where text that consists of entries with leaders and page numbers is shown as a list.

    A block with one entry counts, even if it is labelled a heading, where its page has three or more.
    """
    return tuple(_on_page(page) for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    entries = [_entries(block) for block in page.blocks]
    fewest = 1 if sum(map(len, entries)) >= _MANY else 2
    blocks = (
        replace(block, found_role=Role.LIST, shown="\n".join(items)) if len(items) >= fewest else block
        for block, items in zip(page.blocks, entries, strict=True)
    )
    return replace(page, blocks=tuple(blocks))


def _entries(block: Block) -> list[str]:
    """The block's entries as list items; none where it holds anything else."""
    if block.role not in (Role.TEXT, Role.LIST, Role.HEADING) or not block.label:
        return []
    leaders = list(_LEADER.finditer(block.text))
    starts = [0, *(leader.end() for leader in leaders)]
    titles = [block.text[start : leader.start()].strip() for start, leader in zip(starts, leaders, strict=False)]
    tail = block.text[starts[-1] :].strip()
    if (tail and len(titles) < 2) or not all(0 < len(title) <= _LONGEST for title in titles) or len(tail) > _LONGEST:
        return []
    items = [_item(title, leader["page"]) for title, leader in zip(titles, leaders, strict=True)]
    return [*items, f"- {tail}"] if tail else items


def _item(title: str, page: str) -> str:
    title = " ".join(re.sub(r"^(?:[-•*]|#{1,6})\s+", "", title).split())
    depth = numbering[0].count(".") if (numbering := _NUMBERING.match(title)) else 0
    return f"{'  ' * depth}- {title} … {page}"
