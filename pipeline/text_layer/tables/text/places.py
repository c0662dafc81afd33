"""Which columns a text reaches into, and which texts are one cell."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.values import is_value

# Of a width: how far a heading may lie off its middle, since texts end before their columns do.
_MIDDLE = 0.15
# Em by which texts of one column differ at the side that they are set to: side bearings, rounding of widths.
_IN_LINE = 0.3

Row = list[Line]
"""Pieces of one text row, from left to right."""

Placed = tuple[tuple[int, int], Line]
"""First and last column, and the piece of text."""


def foot(row: Row) -> float:
    """The bottom of a row's first piece, by which the heights of rows are compared."""
    return row[0].box.y1


def place(piece: Line, edges: Sequence[float]) -> Placed:
    """The piece with the columns that it reaches into."""
    first = sum(edge <= piece.box.x0 + 1 for edge in edges)
    last = sum(edge < piece.box.x1 - 1 for edge in edges)
    return (min(first, last), last), piece


def place_row(row: Row, edges: Sequence[float]) -> list[Placed]:
    """The pieces of a row with their columns; a label that reaches into the column of the value beside it stays in its
    own."""
    placed = [place(piece, edges) for piece in row]
    for i, ((first, last), piece) in enumerate(placed[:-1]):
        (beside, _), value = placed[i + 1]
        if first < beside <= last and is_value(value.text):
            placed[i] = (first, beside - 1), piece
    return placed


def place_alone(piece: Line, edges: Sequence[float], around: Rect, rows: Sequence[Row]) -> Placed:
    """The only text of its row: a label, however long, a heading centred over all columns or over all but the first."""
    (first, last), _ = placed = place(piece, edges)
    if piece.box.x0 < edges[0] - 0.5 * (edges[0] - around.x0):
        return (0, 0), piece
    off = abs(piece.box.middle[0] - around.middle[0])
    off_values = abs(piece.box.middle[0] - (edges[0] + around.x1) / 2)
    if off < min(off_values, _MIDDLE * around.width) and not _in_line(piece, rows):
        return (0, len(edges)), piece
    return ((1, len(edges)), piece) if off_values < _MIDDLE * (around.x1 - edges[0]) and last > first else placed


def _in_line(piece: Line, rows: Sequence[Row]) -> bool:
    """Whether a text is a value, or lines up with other texts: then it is theirs, or goes on in their column."""
    slack, box = _IN_LINE * piece.size, piece.box
    others = [other.box for row in rows if len(row) > 1 for other in row if not is_value(other.text)]
    offs = ((o.x0 - box.x0, o.middle[0] - box.middle[0], o.x1 - box.x1) for o in others)
    return is_value(piece.text) or sum(min(map(abs, off)) < slack for off in offs) > 1


def by_column(row: Sequence[Placed]) -> list[tuple[tuple[int, int], tuple[Line, ...]]]:
    """Pieces of one row by cell; cells that overlap are joined."""
    cells: list[tuple[tuple[int, int], list[Line]]] = []
    for (a, b), piece in sorted(row, key=lambda placed: placed[0]):
        if cells and a <= cells[-1][0][1]:
            (first, last), pieces = cells[-1]
            cells[-1] = ((first, max(last, b)), [*pieces, piece])
        else:
            cells.append(((a, b), [piece]))
    return [(span, tuple(sorted(pieces, key=lambda p: (round(p.box.y1), p.box.x0)))) for span, pieces in cells]
