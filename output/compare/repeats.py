"""Blocks that a model read twice at the same place, one after the other: the reader needs one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from output.compare.tokens import plain, words
from output.grounding.blocks import Block
from output.grounding.geometry import hull, near

# Blocks that are looked back at: a model strays at once or not at all; also keeps the time linear.
_BACK = 6
# Of 999, by which edges may differ; small boxes by half of a side, so that neighbours are no repeats. Of 4,423 blocks
# of public pages' own text none is taken for a repeat with it; larger, and lines of a list are.
_EDGE = 8
# Of the words of what is left out, which the other one must have. The two are never equal where the second is misread;
# lower, and a second text that belongs at the same place (a stamp) is dropped. Chosen, not measured.
_ALIKE = 0.7


def apart(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks to be shown, and those that are near copies of a recent one: its label, its box, most of its words.

    The first one is shown: what follows a repeat is written with less in view. Blocks without a box are never repeats.
    """
    kept: list[Block] = []
    repeated: list[Block] = []
    for block in blocks:
        is_repeat = any(_repeats(block, earlier) for earlier in kept[-_BACK:])
        (repeated if is_repeat else kept).append(block)
    return tuple(kept), tuple(repeated)


def _repeats(block: Block, earlier: Block) -> bool:
    here, there = hull(block), hull(earlier)
    if block.label != earlier.label or here is None or there is None:
        return False
    if not near(here, there, min(_EDGE, (there.x2 - there.x1) // 2, (there.y2 - there.y1) // 2)):
        return False
    if block.text == earlier.text:
        return True
    needed = _words(block.text)
    return bool(needed) and (needed & _words(earlier.text)).total() >= _ALIKE * needed.total()


@lru_cache(maxsize=2 * _BACK)  # a page may have one long block and thousands of short ones at its place
def _words(text: str) -> Counter[str]:
    return Counter(words(plain(text)))
