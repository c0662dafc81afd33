"""A table of contents that stands as running text: one list item an entry, nested as its numbers say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from output.blocks import Block, PageBlocks
from output.roles import Role, role

_LEADER = re.compile(r"(?:(?:[ \t]?[.·_]){4,}|[ \t]?…)[ \t.…]*+(?P<page>\d{1,4}|[ivxlc]{1,7})(?=\s|$)\s*")
_LONGEST = 200  # characters of an entry
_NUMBERING = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,4}(?=[.\s])")


def find(pages: Sequence[PageBlocks], running: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], Block]:
    """Blocks, by (page number, index), of text that consists of two or more entries with leaders and page numbers."""
    found: dict[tuple[int, int], Block] = {}
    for page in pages:
        for i, block in enumerate(page.blocks):
            if (page.number, i) not in running and (entries := _entries(block)):
                found[page.number, i] = replace(block, label="list", text="\n".join(entries))
    return found


def _entries(block: Block) -> list[str]:
    if role(block.label) not in (Role.TEXT, Role.LIST) or not block.label:
        return []
    leaders = list(_LEADER.finditer(block.text))
    starts = [0, *(leader.end() for leader in leaders)]
    titles = [block.text[start : leader.start()].strip() for start, leader in zip(starts, leaders, strict=False)]
    tail = block.text[starts[-1] :].strip()
    if len(titles) < 2 or len(tail) > _LONGEST or any(not 0 < len(title) <= _LONGEST for title in titles):
        return []
    return [_item(title, leader["page"]) for title, leader in zip(titles, leaders, strict=True)] + [f"- {tail}"] * bool(
        tail
    )


def _item(title: str, page: str) -> str:
    title = " ".join(re.sub(r"^[-•*]\s+", "", title).split())
    depth = numbering[0].count(".") if (numbering := _NUMBERING.match(title)) else 0
    return f"{'  ' * depth}- {title} … {page}"
