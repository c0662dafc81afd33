"""One page's text layer as grounded text: glyphs → lines → tables, figures, blocks → order → labels → text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.text_layer.blocks import Block, join_rows, make_blocks
from pipeline.text_layer.context import Context, make_context
from pipeline.text_layer.figures import find_figures, labels_of, read_images, trimmed
from pipeline.text_layer.find_tables import bare_tables, find_tables
from pipeline.text_layer.geometry import bounds
from pipeline.text_layer.glyphs import PageGlyphs, read_glyphs
from pipeline.text_layer.labels import PageFacts, label_block
from pipeline.text_layer.margins import part_margins
from pipeline.text_layer.order import reading_order
from pipeline.text_layer.paragraphs import paragraph_of
from pipeline.text_layer.rules import read_drawings
from pipeline.text_layer.tables import GridCell, Table
from pipeline.text_layer.writer import Piece, defused, grounded

if TYPE_CHECKING:
    import pymupdf

_MAX_LINES = 15_000  # finding the layout of more would take the better part of a minute


def ground_page(page: pymupdf.Page, context: Context | None = None, glyphs: PageGlyphs | None = None) -> str:
    """The text of a pymupdf page in the model's output grammar, "" where it has none.

    `context` holds facts of the document's other pages; without it the page stands alone.
    """
    glyphs = glyphs or read_glyphs(page)
    if len(glyphs.lines) > _MAX_LINES:
        return grounded([_as_it_comes(glyphs)], glyphs.frame)
    context = context or make_context([glyphs])
    return grounded(page_pieces(page, glyphs, context), glyphs.frame)


def _as_it_comes(glyphs: PageGlyphs) -> Piece:
    """All lines in the order of the file: no page that a person reads has so many that layout could not be told."""
    text = defused("\n".join(line.text for line in glyphs.lines))
    return Piece("text", bounds(line.box for line in glyphs.lines), text)


def page_pieces(page: pymupdf.Page, glyphs: PageGlyphs, context: Context) -> list[Piece]:
    """The labelled parts of a page in reading order: head, body, turned text, foot."""
    width, height = glyphs.frame.size
    facts = PageFacts(width, height, page.number + 1, context)
    gutter = 0.7 * context.body_size
    lines = join_rows(glyphs.lines)
    drawings = read_drawings(page, glyphs.frame)
    images = read_images(page, glyphs.frame)
    tables = find_tables(drawings, lines, width, images)
    lines = [line for line in lines if not any(table.box.holds(line.box.middle) for table in tables)]
    figures = find_figures(glyphs.frame, images, drawings, [table.box for table in tables], lines)
    blocks = make_blocks(lines)
    labels = {id(block) for figure in figures for block in labels_of(figure, blocks)}
    blocks = [block for block in blocks if id(block) not in labels]
    heads, blocks, feet = part_margins(blocks, facts)
    bare, blocks = bare_tables(blocks, gutter)
    special = [piece for table in [*tables, *bare] for piece in _table_pieces(table, context)]
    special += [Piece("image", trimmed(figure, [b.box for b in blocks]).box) for figure in figures]
    return [*heads, *_body(blocks, special, facts, gutter), *_turned(glyphs, facts), *feet]


def _table_pieces(table: Table, context: Context) -> list[Piece]:
    """A table, and the caption and the note that stand in its frame."""
    table, heads, feet = table.peeled()

    def piece(label: str, cell: GridCell) -> Piece:
        paragraph = paragraph_of(cell.lines, context.words)
        return Piece(label, paragraph.box, defused(paragraph.text))

    above = [piece("table_caption", cell) for cell in heads]
    below = [piece("text", cell) for cell in feet]
    return [*above, Piece("table", table.box, table.html(context.words)), *below]


def _body(blocks: Sequence[Block], special: Sequence[Piece], facts: PageFacts, gutter: float) -> list[Piece]:
    """Blocks, tables and figures in reading order."""
    boxes = [block.box for block in blocks] + [piece.box for piece in special]
    pieces: list[Piece] = []
    for i in reading_order(boxes, gutter):
        pieces += label_block(blocks[i], facts) if i < len(blocks) else [special[i - len(blocks)]]
    return pieces


def _turned(glyphs: PageGlyphs, facts: PageFacts) -> list[Piece]:
    """Text that runs in another direction than the page's main text; in the margins it is marginal."""
    pieces = []
    for line in glyphs.turned:
        x = line.box.middle[0]
        marginal = not 0.08 * facts.width < x < 0.92 * facts.width
        pieces.append(Piece("header" if marginal else "text", line.box, defused(line.text)))
    return pieces
