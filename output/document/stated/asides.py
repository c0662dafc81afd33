"""Comments and hidden text, each at the block that it lies at or nearest to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from output.document.stated.owners import distance
from output.grounding.blocks import Aside, Block, PageBlocks


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where blocks have the asides that lie at them; a page without blocks gets an empty one for them."""
    return tuple(_on_page(page) if page.asides else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    blocks = page.blocks or (Block("text", (page.asides[0].box,), ""),)
    owned: dict[int, list[Aside]] = defaultdict(list)
    for aside in page.asides:
        owned[min(range(len(blocks)), key=lambda i: distance(blocks[i], aside.box))].append(aside)
    return replace(page, blocks=tuple(replace(b, asides=tuple(owned.get(i, ()))) for i, b in enumerate(blocks)))
