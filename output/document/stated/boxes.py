"""Boxes to be ticked, as the document states them, at their labels in what a network read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from output.document.stated.owners import owned
from output.grounding.blocks import Block, PageBlocks, Ticked
from output.grounding.roles import Role
from output.marks.places import Pending, Place

EMPTY, CHECKED = "☐", "☒"
# What a network writes for a box that it sees, right before its label or behind it.
_SIGN = r"(?:[☐☑☒□■◻◼⬜⬛✓✔✗✘]|\[[ xX]?\]|\\\(\s*\\(?:square|boxtimes|Box|checkmark)\s*\\\))"
_BEFORE, _BEHIND = re.compile(rf"{_SIGN}\s*\Z"), re.compile(rf"\s*{_SIGN}")
_BRACKETS = re.compile(r"\[[ xX]?\](?!\()")
_BULLETED = re.compile(r"(?m)^(?=[☐☒] )")
_ROLES = frozenset({Role.TEXT, Role.LIST, Role.TABLE})


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages that a network read, with a sign before the label of each box; the text layer has its own."""
    return tuple(_on_page(page) if page.boxes and not page.is_own_text else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    found = owned(page, page.boxes)
    blocks = (_signed(block, found.get(i, ())) for i, block in enumerate(page.blocks))
    return replace(page, blocks=tuple(blocks))


def _signed(block: Block, boxes: Sequence[Ticked]) -> Block:
    if not boxes or block.role not in _ROLES:
        return block
    text = _BRACKETS.sub(EMPTY, block.content)  # their letters would stand between the words that tell labels apart
    places = Pending(boxes).places(text)
    if not places:
        return block
    for place in reversed(places):
        text = _with_sign(text, place)
    return replace(block, shown=text if block.role is Role.TABLE else _BULLETED.sub("- ", text))


def _with_sign(text: str, place: Place[Ticked]) -> str:
    """The text with the sign at a label, in place of one that is there."""
    sign = CHECKED if place.words.checked else EMPTY
    before, label, after = text[: place.start], text[place.start : place.end], text[place.end :]
    if place.words.is_last:
        return f"{before}{label} {sign}{_BEHIND.sub('', after, count=1) if _BEHIND.match(after) else after}"
    return f"{_BEFORE.sub('', before)}{sign} {label}{after}"
