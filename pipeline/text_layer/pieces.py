"""Tables, pictures and turned text as labelled pieces of a page."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.doubts import is_doubtful
from pipeline.text_layer.labelling.context import Context, PageFacts
from pipeline.text_layer.labelling.margins import is_running
from pipeline.text_layer.labelling.running import MARGIN
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.paragraphs.paragraphs import paragraph_of
from pipeline.text_layer.pictures.figures import Figure, trimmed
from pipeline.text_layer.tables.parts.grid import GridCell, Table
from pipeline.text_layer.tables.text.leaders import without_columns_of_leaders


def picture_pieces(
    figures: Sequence[Figure], labels: Sequence[Sequence[Block]], blocks: Sequence[Block]
) -> list[Piece]:
    """Figures, each with the words in it; `blocks` are those of text, which no figure reaches into."""
    boxes = [block.box for block in blocks]
    return [
        Piece("image", trimmed(figure, boxes).box, _words_in(inside))
        for figure, inside in zip(figures, labels, strict=True)
    ]


def _words_in(labels: Sequence[Block]) -> str:
    """The words of a picture, a line of the page on each line, from top to bottom."""
    lines = [line for block in labels for line in block.lines]
    lines.sort(key=lambda line: (round(line.box.y1), line.box.x0))
    return defused("\n".join(line.marked for line in lines))


def table_pieces(table: Table, context: Context) -> list[Piece]:
    """A table, and the caption and the note that stand in its frame."""
    table, heads, feet = without_columns_of_leaders(table).peeled()

    def piece(label: str, cell: GridCell) -> Piece:
        paragraph = paragraph_of(cell.lines, context.known)
        return Piece(label, paragraph.box, defused(paragraph.text))

    above = [piece("table_caption", cell) for cell in heads]
    below = [piece("text", cell) for cell in feet]
    return [*above, Piece("table", table.box, table.html(context.known), is_doubtful(table)), *below]


def turned_pieces(lines: Sequence[Line], facts: PageFacts) -> list[Piece]:
    """Text that runs in another direction than the page's main text."""
    pieces = []
    for line in lines:
        marginal = not MARGIN * facts.width < line.box.middle[0] < (1 - MARGIN) * facts.width
        label = "header" if marginal and is_running(line, facts) else "text"
        pieces.append(Piece(label, line.box, defused(line.text)))
    return pieces
