"""Running heads, running feet and page numbers: what stands at a page's edge and is not part of its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.text_layer.labelling.context import MARGIN, running_key
from pipeline.text_layer.labelling.labels import PageFacts, joined
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.writer import Piece

_PAGE_NUMBER = re.compile(
    r"^(?:page|seite|p\.)?\s*[-–—|]*\s*(?:[A-Z]{1,3}\s?-\s?)?(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:-|–|/|of|von|de)\s*\d{1,4})?\s*[-–—|.]*$",
    re.I,
)
_SENTENCE_END = re.compile(r"[.;,:]$")
_FULL_PAGE = 12  # lines from which on a page can be seen to have a running head of its own
_LOW = 0.7  # of the page height
_VERY_EDGE = 0.085  # of the page height


@dataclass(frozen=True)
class _Extent:
    """How far the text of a page reaches: the end of its first block, the begin of its last one, and its lines."""

    first: float
    last: float
    lines: int


def part_margins(blocks: Sequence[Block], facts: PageFacts) -> tuple[list[Piece], list[Block], list[Piece]]:
    """The pieces at the head of the page, the blocks of its body, and the pieces at its foot."""
    if not blocks:
        return [], [], []
    ends, begins = [b.box.y1 for b in blocks], [b.box.y0 for b in blocks]
    extent = _Extent(min(ends), max(begins), sum(len(b.lines) for b in blocks))
    labels = [_label(block, blocks, extent, facts) for block in blocks]
    body = [block for block, label in zip(blocks, labels, strict=True) if label is None]
    marginal = [
        Piece(label, block.box, joined(block, facts)) for block, label in zip(blocks, labels, strict=True) if label
    ]
    heads = [piece for piece in marginal if piece.box.y1 < facts.height / 2]
    return heads, body, [piece for piece in marginal if piece.box.y1 >= facts.height / 2]


def _label(block: Block, blocks: Sequence[Block], extent: _Extent, facts: PageFacts) -> str | None:
    if _is_centred_number(block, blocks, extent, facts):
        return "page_number"
    top = block.box.y1 < MARGIN * facts.height
    if (not top and block.box.y0 < (1 - MARGIN) * facts.height) or len(block.lines) > 3:
        return None
    outermost = extent.first >= block.box.y0 - 1 if top else extent.last <= block.box.y1 + 1
    if outermost and _PAGE_NUMBER.match(" ".join(line.text for line in block.lines)):
        return "page_number"
    running = all(running_key(line.text) in facts.context.running for line in block.lines)
    if running or (outermost and _stands_off(block, blocks, extent, facts)):
        return "header" if top else "footer"
    return None


def _is_centred_number(block: Block, blocks: Sequence[Block], extent: _Extent, facts: PageFacts) -> bool:
    """A number alone in the middle below all text, wherever a short page ends."""
    low = block.box.y0 > _LOW * facts.height and extent.last <= block.box.y1 + 1
    if not low or len(block.lines) > 1 or not block.lines[0].text.isdecimal() or len(block.lines[0].text) > 4:
        return False
    above = max((b.box.y1 for b in blocks if b is not block), default=0.0)
    off = abs(block.box.middle[0] - facts.width / 2)
    return off < 0.02 * facts.width and block.box.y0 - above > 1.5 * block.size


def _stands_off(block: Block, blocks: Sequence[Block], extent: _Extent, facts: PageFacts) -> bool:
    """One small line near the very edge of a full page, with more than a line of white towards the body."""
    top = block.box.y1 < facts.height / 2
    edge = block.box.y1 < _VERY_EDGE * facts.height if top else block.box.y0 > (1 - _VERY_EDGE) * facts.height
    small = len(block.lines) <= 2 and block.size <= 1.15 * facts.context.body_size
    if not edge or not small or extent.lines - len(block.lines) < _FULL_PAGE:
        return False
    gaps = [b.box.y0 - block.box.y1 if top else block.box.y0 - b.box.y1 for b in blocks if b is not block]
    inner = [gap for gap in gaps if gap > -0.5 * block.size]
    sentence = _SENTENCE_END.search(block.lines[-1].text)
    return not sentence and bool(inner) and min(inner) > 1.5 * block.size
