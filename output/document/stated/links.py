"""Which block a link stands in: by its box, whichever reader read the page; by its words where a block has no box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from output.grounding import geometry
from output.grounding.blocks import Block, Box, Link, PageBlocks
from output.text import anchors

_SLACK = 10  # of 999: a network's boxes are a point or two off


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where blocks have the links that stand in them; such as may not be followed are dropped."""
    return tuple(_on_page(page) if page.links else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    owned: dict[int, list[Link]] = defaultdict(list)
    known = [anchors.letters(block.content) for block in page.blocks]
    for link in page.links:
        words = anchors.letters(link.text) if anchors.safe(link.target) else ""
        holding = [i for i, letters in enumerate(known) if words and words in letters]
        owner = min(holding, key=lambda i: _distance(page.blocks[i], link.box), default=None)
        if owner is not None and _distance(page.blocks[owner], link.box) <= _SLACK:
            owned[owner].append(link)
    blocks = (replace(block, links=tuple(owned[i])) if i in owned else block for i, block in enumerate(page.blocks))
    return replace(page, blocks=tuple(blocks))


def _distance(block: Block, box: Box) -> int:
    """From the middle of a box to a block, 0 within it; a block without a box could be anywhere."""
    hull = geometry.hull(block)
    if hull is None:
        return _SLACK
    x, y = (box.x1 + box.x2) // 2, (box.y1 + box.y2) // 2
    return max(hull.x1 - x, x - hull.x2, hull.y1 - y, y - hull.y2, 0)
