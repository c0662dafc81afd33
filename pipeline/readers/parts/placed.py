"""Blocks of a part of a page as blocks of that page."""

from __future__ import annotations

from typing import Final

from pipeline.model.family.blocks import Block
from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.transcript import Box
from pipeline.views.ready_page import MARGIN

MARGINS: Final = frozenset({"header", "footer", "page_number"})
"""What the first and last lines of a part are taken for, and are not: a page's own stand at its edges."""


def as_block(block: Block, text: str, place: Box) -> str:
    """A block of a part, whose `text` it is in, as one of its page."""
    return written(label_of(block, at_edge=False), boxes_of(block, place), words_of(block, text))


def label_of(block: Block, at_edge: bool) -> str:
    """What a block of a part is on its page; `at_edge`: what it says of a margin is so."""
    return "text" if (block.label in MARGINS and not at_edge) or not block.label else block.label


def boxes_of(block: Block, place: Box) -> list[Box]:
    """Where a block of a part stands on its page: at the part's place, if it says nothing."""
    return [on_page(box, place) for box in block.boxes] or [place]


def words_of(block: Block, text: str) -> str:
    """What a block says, without its head."""
    return text[block.content : block.end].strip()


def written(label: str, boxes: list[Box], words: str) -> str:
    """A block as grounded text has it."""
    return f"<|ref|>{label}<|/ref|><|det|>{[list(box) for box in boxes]}<|/det|>\n{words}"


def on_page(box: Box, place: Box) -> Box:
    """Where a box of a part that is print, 0..999 of the sheet that was read, is on the page whose part is `place`."""
    x1, y1, x2, y2 = box
    (left, right), (top, bottom) = (place[0], place[2]), (place[1], place[3])
    return _along(x1, left, right), _along(y1, top, bottom), _along(x2, left, right), _along(y2, top, bottom)


def _along(at: int, start: int, end: int) -> int:
    there = start + (end - start) * ((1 + 2 * MARGIN) * at / 999 - MARGIN)
    return round(min(max(there, start), end))


def displayed(box: Box, turned: int) -> Box:
    """A box of the upright page, 0..999, where it is on the page itself, which was turned by so many quarters."""
    if not turned:
        return box
    x1, y1, x2, y2 = (round(side) for side in Frame(999, 999, turns=turned).displayed(Rect(*box)))
    return x1, y1, x2, y2
