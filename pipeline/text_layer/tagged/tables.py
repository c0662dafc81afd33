"""Tables as the structure tree has them: rows, heads and spans, with the cells that hold nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.documents.tags.nodes import Node, Path, Tree
from pipeline.text_layer.lines.lines import Word
from pipeline.text_layer.lines.rows import whole_rows
from pipeline.text_layer.tables.parts.grid import GridCell, Table, completed
from pipeline.text_layer.tables.text.heads import with_head
from pipeline.text_layer.tagged.owners import parted
from pipeline.text_layer.tagged.units import Unit

_SECTIONS = ("THead", "TBody", "TFoot")
_CELLS = ("TH", "TD")
# Of a page: no printed table has so many.
_MOST_CELLS = 20_000
# Share of the steps from cell to cell that may go against the page: to the left in a row, upwards from row to row.
_AGAINST = 0.1


class UnsoundError(Exception):
    """A table whose tags contradict the page, so that those around it are not to be believed either."""


def tagged_table(unit: Unit, tree: Tree) -> Table | None:
    """The part of a table that stands on the page; None for a single row or column, which only lays out.

    Raises `UnsoundError` where rows are of different lengths, as of programs that tag merged cells without their spans,
    where words stand in no cell, or where cells lie on the page otherwise than in their rows.
    """
    texts = parted(unit.lines, lambda word: _cell(unit, word))
    rows = [list(_row(tree, row)) for row in _rows(tree, unit.node)]
    if not set(texts) <= {cell.path for row in rows for cell in row} or sum(map(len, rows)) > _MOST_CELLS:
        raise UnsoundError
    shown = [i for i, row in enumerate(rows) if any(cell.path in texts for cell in row)]
    cells = [
        GridCell(row, column, height, width, tuple(whole_rows(texts.get(cell.path, []))), cell.kind == "TH")
        for row, column, height, width, cell in _placed(rows[shown[0] : shown[-1] + 1])
    ]
    columns = max(cell.column + cell.columns for cell in cells)
    if columns < 2 or len(shown) < 2:
        return None
    if len(completed(cells, columns)) > len(cells) or not _fits(cells):
        raise UnsoundError
    return Table(unit.box, tuple(cells) if any(cell.head for cell in cells) else with_head(cells))


def _cell(unit: Unit, word: Word) -> Path | None:
    """The cell of this table, not of one within it, that a word stands in."""
    within = unit.element(word).nodes[len(unit.path) :]
    return next((node.path for node in within if node.kind in _CELLS), None)


def _rows(tree: Tree, root: Node) -> Iterator[Node]:
    for kid in tree.kids(root):
        if kid.kind == "TR":
            yield kid
        elif kid.kind in _SECTIONS:
            yield from (row for row in tree.kids(kid) if row.kind == "TR")


def _row(tree: Tree, row: Node) -> Iterator[Node]:
    return (cell for cell in tree.kids(row) if cell.kind in _CELLS)


def _placed(rows: Sequence[Sequence[Node]]) -> Iterator[tuple[int, int, int, int, Node]]:
    """Row, column, rows, columns and node of each cell: each takes the first free place of its row."""
    taken: set[tuple[int, int]] = set()
    for row, cells in enumerate(rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            height = min(cell.span("RowSpan"), len(rows) - row)
            width = min(cell.span("ColSpan"), 100)
            taken |= {(r, c) for r in range(row, row + height) for c in range(column, column + width)}
            yield row, column, height, width, cell
            column += width


def _fits(cells: Sequence[GridCell]) -> bool:
    """Whether cells lie on the page as in the grid: a row from left to right, rows from top to bottom."""
    filled = [cell for cell in cells if cell.lines]
    steps = [(_left(a) < _left(b)) for a, b in pairwise(filled) if a.row == b.row]
    tops = {row: min(cell.lines[0].box.y0 for cell in filled if cell.row == row) for row in {c.row for c in filled}}
    steps += [tops[a] < tops[b] for a, b in pairwise(sorted(tops))]
    return steps.count(False) <= _AGAINST * len(steps)


def _left(cell: GridCell) -> float:
    return min(line.box.x0 for line in cell.lines)
