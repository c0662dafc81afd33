"""Blocks that a model read twice at the same place, one after the other: the reader needs one of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from output.blocks import Block
from output.geometry import hull, near

_BACK = 6  # blocks that are looked back at: a model strays at once or not at all
_EDGE = 8  # of 999, by which edges may differ
_ALIKE = 0.7  # of the letters
_ENOUGH = 500  # letters that are compared


def without_repeats(blocks: Iterable[Block]) -> list[Block]:
    """The blocks without those that are near copies of a recent one: its label, its box, most of its text.

    The first one is kept: what follows a repeat is written with less in view. Blocks without a box are never repeats.
    """
    kept: list[Block] = []
    for block in blocks:
        if not any(_repeats(block, earlier) for earlier in kept[-_BACK:]):
            kept.append(block)
    return kept


def _repeats(block: Block, earlier: Block) -> bool:
    here, there = hull(block), hull(earlier)
    if block.label != earlier.label or here is None or there is None or not near(here, there, _EDGE):
        return False
    one, two = block.text[:_ENOUGH], earlier.text[:_ENOUGH]
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
