"""Heads of columns that are set upright, where no rules part the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tables.parts.grid import GridCell, Table

# Heads in a row: one turned line alone is a stamp or the title of an axis. Chosen.
_FEWEST = 2
# Em by which the ends of heads in one row differ: all begin or end at one place, so that this is rounding. Chosen.
_LEVEL = 0.3


def upright_heads(turned: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Turned lines that end, or begin, at one height beside each other: each laid down there, and as it is."""
    upright = [line for line in turned if not line.is_slanting and line.box.height > line.box.width]
    for at_foot in (True, False):
        heads = [line for line in upright if sum(_is_level(line, other, at_foot) for other in upright) >= _FEWEST]
        if heads:
            return [(_laid(line, at_foot), line) for line in heads]
    return []


def as_printed(table: Table, heads: Sequence[tuple[Line, Line]]) -> Table:
    """The table with the words of upright heads where they are on the page."""
    places = {(laid.words[0].text, laid.words[0].box): line for laid, line in heads}
    return replace(table, cells=tuple(_with_places(cell, places) for cell in table.cells))


def _with_places(cell: GridCell, places: dict[tuple[str, Rect], Line]) -> GridCell:
    lines = tuple(
        line_of([replace(w, box=places[w.text, w.box].box) if (w.text, w.box) in places else w for w in line.words])
        for line in cell.lines
    )
    return replace(cell, lines=lines) if lines != cell.lines else cell


def _is_level(line: Line, other: Line, at_foot: bool) -> bool:
    """Whether two lines end (`at_foot`) or begin at one height; so does a line with itself."""
    ends = (line.box.y1, other.box.y1) if at_foot else (line.box.y0, other.box.y0)
    return abs(ends[0] - ends[1]) < _LEVEL * line.size


def _laid(line: Line, at_foot: bool) -> Line:
    """As one word in a box as high as its type, at the line's foot or its top."""
    box = line.box
    top = box.y1 - line.size if at_foot else box.y0
    return line_of([Word(line.text, Rect(box.x0, top, box.x1, top + line.size), line.size, line.bold)])
