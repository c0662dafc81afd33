"""One page's text layer as grounded text: glyphs → lines → tables, figures, blocks → order → labels → text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents import mupdf
from pipeline.text_layer.by_tags import Seen, tagged_pieces
from pipeline.text_layer.doubts import doubts, pictured
from pipeline.text_layer.labelling.beside import part_line_numbers, part_notes
from pipeline.text_layer.labelling.captions import with_captions
from pipeline.text_layer.labelling.context import Beside, Context, PageFacts, make_context
from pipeline.text_layer.labelling.fields import part_fields
from pipeline.text_layer.labelling.headings import heading_apart
from pipeline.text_layer.labelling.labels import label_block
from pipeline.text_layer.labelling.margins import part_margins
from pipeline.text_layer.labelling.notes import Notes
from pipeline.text_layer.lines.blocks import Block, block_of, make_blocks
from pipeline.text_layer.lines.contents import with_page_numbers
from pipeline.text_layer.lines.geometry import Middles, Rect, bounds
from pipeline.text_layer.lines.glyphs import PageGlyphs, read_glyphs
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.order import GUTTER, reading_order
from pipeline.text_layer.lines.prices import with_prices
from pipeline.text_layer.lines.rows import whole_rows, with_options
from pipeline.text_layer.lines.writer import Piece, defused, grounded
from pipeline.text_layer.maths.display import displayed
from pipeline.text_layer.paragraphs.meant import Columns
from pipeline.text_layer.pictures.captioned import captioned_figures, without
from pipeline.text_layer.pictures.figures import Figure, find_figures, labels_of, read_images
from pipeline.text_layer.pieces import picture_pieces, table_pieces, turned_pieces
from pipeline.text_layer.tables.bare import bare_tables
from pipeline.text_layer.tables.find import find_tables
from pipeline.text_layer.tables.parts.grid import Table, outside
from pipeline.text_layer.tables.parts.rules import Drawings, read_drawings
from pipeline.text_layer.tagged.page import tagged_page
from pipeline.transcript import Doubt

# Em between lines of code with two empty ones between them, as Python's style guide wants: three pitches of 1.2 to 1.5
# em less the line's own height. Smaller, and a listing falls apart there; larger, and two listings under each other
# are one.
_EMPTY_LINES = 3.7
_COUNTED = re.compile(r"([^\W\d_]{3,9}\s+)?(\d{1,2})[.:)]?\s+[^\W\d_]")  # "3. Pumps", "Step 3: Clean it"
# Lines, above all fragments of one letter: finding the layout of more would take the better part of a minute.
_MAX_LINES = 15_000


@dataclass(frozen=True)
class PageText:
    """A page's grounded text, and which of its blocks, by their places in it, the text layer could not lay out."""

    text: str
    doubts: tuple[Doubt, ...] = ()


def ground_page(page: mupdf.Page, context: Context | None = None, glyphs: PageGlyphs | None = None) -> str:
    """The text of a page in the model's output grammar, "" where it has none.

    `context` holds facts of the document's other pages; without it the page stands alone.
    """
    return read_page(page, context, glyphs).text


def read_page(page: mupdf.Page, context: Context | None = None, glyphs: PageGlyphs | None = None) -> PageText:
    """As `ground_page`, with what could not be told of the page's layout."""
    glyphs = glyphs or read_glyphs(page)
    # Never an error: what is too much for the layout still keeps every word, in the order of the file.
    if len(glyphs.lines) > _MAX_LINES:
        return PageText(grounded([_as_it_comes(glyphs)], glyphs.frame))
    context = context or make_context([glyphs])
    pieces = page_pieces(page, glyphs, context)
    pieces, found = pictured(pieces, doubts(pieces, context.body_size))
    return PageText(grounded(pieces, glyphs.frame), found)


def _as_it_comes(glyphs: PageGlyphs) -> Piece:
    """All lines in the order of the file: no page that a person reads has so many that layout could not be told."""
    text = defused("\n".join(line.text for line in glyphs.lines))
    return Piece("text", bounds(line.box for line in glyphs.lines), text)


def page_pieces(page: mupdf.Page, glyphs: PageGlyphs, context: Context) -> list[Piece]:
    """The labelled parts of a page in reading order: head, body, turned text, foot."""
    width, height = glyphs.frame.size
    facts = PageFacts(width, height, mupdf.number(page), context)
    drawings = read_drawings(page, glyphs.frame)
    tables, figures, blocks, labels = _parted(page, glyphs, context, drawings)
    if tagged := tagged_page(page, glyphs, context):
        seen = Seen(tables, figures, glyphs.turned)
        return tagged_pieces(tagged, seen, facts)
    heads, blocks, feet = part_margins(blocks, facts)
    blocks, counted = part_line_numbers(blocks)
    fields, blocks = part_fields(blocks, context.known)
    bare, blocks = bare_tables(blocks, drawings, context.mono)
    blocks = with_prices(blocks)
    bars = _bars(drawings)
    formulas, blocks = displayed(blocks, bars, context.body_size)
    special = [*formulas, *fields, *(piece for table in [*tables, *bare] for piece in table_pieces(table, context))]
    special += picture_pieces(figures, labels, blocks)
    return [
        *heads,
        *_body(blocks, special, facts, bars),
        *turned_pieces(outside(tables, glyphs.turned), facts),
        *(Piece("line_number", line.box, line.text) for line in counted),
        *feet,
    ]


def _parted(
    page: mupdf.Page, glyphs: PageGlyphs, context: Context, drawings: Drawings
) -> tuple[list[Table], list[Figure], list[Block], list[list[Block]]]:
    """The tables of a page, its figures, the blocks of text that are in neither, and the labels in each figure."""
    whole = whole_rows(glyphs.lines)
    images = read_images(page, glyphs.frame)
    upright = [line for line in glyphs.turned if not line.is_slanting]  # a stamp across a table is in no cell
    tables = find_tables(drawings, whole, glyphs.frame.size[0], images, upright)
    # Code in a frame looks like a table of one cell and loses its indents there, so it leaves the tables before
    # anything is drawn from them.
    listings = [] if context.mono else [table.box for table in tables if _is_code(table)]
    tables = [table for table in tables if table.box not in listings]
    listings += [] if context.mono else list(_listings(drawings.boxes, whole))
    captioned = captioned_figures(make_blocks(outside(tables, whole)), images, drawings, tables, glyphs.frame.size[0])
    tables = without(tables, captioned)
    lines = with_options(with_page_numbers(outside(tables, whole)))
    figures = find_figures(glyphs.frame, images, drawings, [*listings, *(table.box for table in tables)], lines)
    figures = [*captioned, *(f for f in figures if not any(f.box.common_area(c.box) > 0 for c in captioned))]
    blocks = make_blocks(lines)
    labels: list[list[Block]] = []
    for figure in figures:
        labels.append(labels_of(figure, blocks))
        taken = set(map(id, labels[-1]))
        blocks = [block for block in blocks if id(block) not in taken]
    return tables, figures, blocks, labels


def _body(blocks: Sequence[Block], special: Sequence[Piece], facts: PageFacts, bars: Sequence[Rect]) -> list[Piece]:
    """Blocks, each behind the notes in the margin beside it, tables and figures in reading order."""
    footnotes = Notes(blocks, facts, bars, [piece.box for piece in special if piece.label in ("table", "image")])
    blocks, notes = part_notes(blocks, facts.context.body_size, facts.width)
    boxes = [block.box for block in blocks] + [piece.box for piece in special]
    columns = Columns(boxes[: len(blocks)], boxes[len(blocks) :])
    pieces: list[Piece] = []
    order = reading_order(boxes, GUTTER * facts.context.body_size, _counted(blocks))
    parts: list[Block | Piece] = []
    for i in order:
        parts += notes.get(i, [])
        parts += heading_apart(blocks[i]) if i < len(blocks) else [special[i - len(blocks)]]
    parts = parts if facts.context.mono else list(_code_joined(parts))
    parts = with_captions(parts, facts)
    for before, part, after in zip([None, *parts], parts, [*parts[1:], None], strict=False):
        if isinstance(part, Block):
            pieces += label_block(
                part,
                facts,
                Beside(before, after, columns.edge(part.box), footnotes.hold(part), columns.is_alone(part.box)),
            )
        else:
            pieces.append(part)
    return pieces


def _counted(blocks: Sequence[Block]) -> dict[int, int]:
    """The numbers that blocks begin with, by their places, all behind one word or behind none."""
    found = {at: mark for at, block in enumerate(blocks) if (mark := _COUNTED.match(block.lines[0].text))}
    word = next(iter(Counter(mark[1] for mark in found.values()).most_common(1)), [None])[0]
    return {at: int(mark[2]) for at, mark in found.items() if mark[1] == word}


def _bars(drawings: Drawings) -> list[Rect]:
    return [Rect(rule.start, rule.at, rule.end, rule.at) for rule in drawings.horizontal]


def _is_code(table: Table) -> bool:
    """Whether all text in a frame is in a typewriter face."""
    lines = [line for cell in table.cells for line in cell.lines]
    return bool(lines) and all(line.mono for line in lines)


def _listings(boxes: Sequence[Rect], lines: Sequence[Line]) -> Iterator[Rect]:
    """Frames and grounds that hold code: two or more lines, all in a typewriter face."""
    if not any(line.mono for line in lines):
        return
    middles = Middles(line.box for line in lines)
    for box in boxes:
        inside = middles.within(box)
        if len(inside) > 1 and all(lines[at].mono for at in inside):
            yield box


def _code_joined(parts: Sequence[Block | Piece]) -> Iterator[Block | Piece]:
    """Blocks of typewriter lines right under each other as one: an indent of code is no new block."""
    run: Block | None = None
    for part in parts:
        is_code = isinstance(part, Block) and all(line.mono for line in part.lines)
        if run and is_code and isinstance(part, Block) and abs(part.box.y0 - run.box.y1) < _EMPTY_LINES * run.size:
            run = block_of([*run.lines, *part.lines])
            continue
        if run:
            yield run
        run = part if is_code and isinstance(part, Block) else None
        if not run:
            yield part
    if run:
        yield run
