"""Links as the document states them, in the blocks in which their words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from output.document.stated.owners import owned
from output.grounding.blocks import PageBlocks
from output.marks import links


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where blocks have the links that stand in them; those that may not be followed are dropped."""
    return tuple(_on_page(page) if page.links else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    found = owned(page, (link for link in page.links if links.safe(link.target)))
    blocks = (replace(block, links=found.get(i, ())) for i, block in enumerate(page.blocks))
    return replace(page, blocks=tuple(blocks))
