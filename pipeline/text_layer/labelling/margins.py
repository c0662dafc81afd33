"""Running heads, running feet and page numbers: what stands at a page's edge and is not part of its text.

Nothing is taken for one for standing at the edge alone: it must come again on another page, or be a number by itself.
What is printed once (the number of an invoice, the last line of a contract) is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.text_layer.labelling.context import PageFacts
from pipeline.text_layer.labelling.headings import joined
from pipeline.text_layer.labelling.running import MARGIN, likes, margin_line, runs
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece

_PAGE_NUMBER = re.compile(
    r"^(?:page|seite|p\.)?\s*[-–—|]*\s*(?:[A-Z]{1,3}\s?-\s?)?(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:-|–|/|of|von|de)\s*\d{1,4})?\s*[-–—|.]*$",
    re.I,
)
# Lines of a running head: name, chapter and page under each other. More, and an address repeated on each letter of a
# file would run; fewer, and heads of three lines stay text. Chosen, not measured.
_LONGEST = 3
# Of the page height: a number alone and in the middle below this counts the pages wherever a short page ends. (Higher
# up, numbers alone are parts of figures and of tables that were not found.) Chosen, not measured.
_LOW = 0.7
# Of the body's size: the steps of headings begin at 1.2, and the names of journals in heads end at 1.1. Chosen.
_LARGE = 1.15
_PAGE = re.compile(r"\b(?:page|p\.|seite|s\.|página|pagina|bladzijde|стр)", re.I)


def part_margins(blocks: Sequence[Block], facts: PageFacts) -> tuple[list[Piece], list[Block], list[Piece]]:
    """The pieces at the head of the page, the blocks of its body, and the pieces at its foot."""
    outermost = _Outermost(
        min((block.box.y1 for block in blocks), default=0.0), max((block.box.y0 for block in blocks), default=0.0)
    )
    labels = [_label(block, blocks, outermost, facts) for block in blocks]
    body = [block for block, label in zip(blocks, labels, strict=True) if label is None]
    marginal = [
        Piece(label, block.box, joined(block, facts)) for block, label in zip(blocks, labels, strict=True) if label
    ]
    heads = [piece for piece in marginal if piece.box.y1 < facts.height / 2]
    return heads, body, [piece for piece in marginal if piece.box.y1 >= facts.height / 2]


def is_running(line: Line, facts: PageFacts) -> bool:
    """Whether a line comes again at its height on another page."""
    own = margin_line(line.text, facts.number, line.box.middle[1] / facts.height)
    return runs(own, facts.context.margins)


@dataclass(frozen=True)
class _Outermost:
    """The bottom of the highest block and the top of the lowest one, in points."""

    bottom: float
    top: float

    def holds(self, block: Block, top: bool) -> bool:
        """Whether no text lies farther out. A number beside other text at its height is that text's, unless far from
        it."""
        return self.bottom >= block.box.y0 - 1 if top else self.top <= block.box.y1 + 1


def _label(block: Block, blocks: Sequence[Block], outermost: _Outermost, facts: PageFacts) -> str | None:
    if outermost.holds(block, top=False) and _is_centred_number(block, blocks, facts):
        return "page_number"
    top = block.box.y1 < MARGIN * facts.height
    if (not top and block.box.y0 < (1 - MARGIN) * facts.height) or len(block.lines) > _LONGEST:
        return None
    # A number alone needs no other page to prove it: the first page of a file has none before it.
    if outermost.holds(block, top) and _PAGE_NUMBER.match(" ".join(line.text for line in block.lines)):
        return "page_number"
    if all(is_running(line, facts) for line in block.lines) and not _is_counted_heading(block, facts):
        return "header" if top else "footer"
    return None


def _is_counted_heading(block: Block, facts: PageFacts) -> bool:
    """Whether a line in large type counts the pages because each has a part of its own: "Week 1" on one, "Week 2" on
    the next. Running heads are set no larger than the text."""
    if block.size < _LARGE * facts.context.body_size or len(block.lines) > 1 or _PAGE.search(block.lines[0].text):
        return False
    own = margin_line(block.lines[0].text, facts.number, block.box.middle[1] / facts.height)
    return not any(
        own.page != other.page and own.numbers == other.numbers for other in likes(own, facts.context.margins)
    )


def _is_centred_number(block: Block, blocks: Sequence[Block], facts: PageFacts) -> bool:
    """A number alone in the middle, where a short page ends."""
    low = block.box.y0 > _LOW * facts.height
    if not low or len(block.lines) > 1 or not block.lines[0].text.isdecimal() or len(block.lines[0].text) > 4:
        return False
    above = max((other.box.y1 for other in blocks if other is not block), default=0.0)
    off = abs(block.box.middle[0] - facts.width / 2)
    # A number is set to the middle of the page or of the type area, which differ by the binding; 2 % is 12 points of
    # A4. White of more than a line above it parts it from the last row of a table.
    return off < 0.02 * facts.width and block.box.y0 - above > 1.5 * block.size
