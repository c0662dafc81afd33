"""Which block words stand in: by their box, whichever reader read the page; by the words where a block has no box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeVar

from output.grounding import geometry
from output.grounding.blocks import Block, Box, PageBlocks
from output.marks import places

# Of 999: a network's boxes are a point or two off, and 10 is 6 to 8 points of A4, less than a line. Larger, and words
# go to the paragraph beside their own where both have them; smaller, and links are lost. Chosen, not measured.
_SLACK = 10


class Boxed(places.Words, Protocol):
    """Words with their box on the page."""

    @property
    def box(self) -> Box: ...


B = TypeVar("B", bound=Boxed)


def owned(page: PageBlocks, stated: Iterable[B]) -> dict[int, tuple[B, ...]]:
    """What of a page's stated words stands in each block, by the block's place on the page."""
    found: dict[int, list[B]] = defaultdict(list)
    known = [places.letters(block.content) for block in page.blocks]
    for one in stated:
        words = places.letters(one.text)
        holding = [i for i, letters in enumerate(known) if words and words in letters]
        owner = min(holding, key=lambda i: distance(page.blocks[i], one.box), default=None)
        if owner is not None and distance(page.blocks[owner], one.box) <= _SLACK:
            found[owner].append(one)
    return {i: tuple(each) for i, each in found.items()}


def distance(block: Block, box: Box) -> int:
    """In the grid of 999: from the middle of a box to a block, 0 within it; a block without a box could be anywhere."""
    hull = geometry.hull(block)
    if hull is None:
        return _SLACK
    x, y = (box.x1 + box.x2) // 2, (box.y1 + box.y2) // 2
    return max(hull.x1 - x, x - hull.x2, hull.y1 - y, y - hull.y2, 0)
