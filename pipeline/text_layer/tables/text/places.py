"""Which columns a text reaches into, and which texts are one cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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

Extents = Sequence[tuple[float, float]]
"""Where the text of each column begins and ends in the body."""


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


def extents_of(grid: Sequence[Sequence[Placed]], columns: int, labels: Sequence[Line] = ()) -> Extents:
    """Where the text of each column begins and ends; `labels` are those of several rows, in the first."""
    boxes: list[list[Rect]] = [[] for _ in range(columns)]
    boxes[0] += [line.box for line in labels]
    for (a, b), piece in (placed for row in grid if len(row) > 1 for placed in row):
        if a == b:
            boxes[a].append(piece.box)
    return [(min(b.x0 for b in column), max(b.x1 for b in column)) if column else (0.0, 0.0) for column in boxes]


def in_order(row: Row, extents: Extents) -> bool:
    """Whether a row has one text for each column, or for all but the first, none over a neighbour's texts.

    A head at the left of its column over numbers at the right may stand over neither: only their order tells.
    """
    first = len(extents) - len(row)
    if first not in (0, 1) or len(row) < 2:
        return False
    ends = [end for _, end in extents]
    starts = [start for start, _ in extents]
    return all(
        (k == 0 or ends[k - 1] <= piece.box.x0 + 1) and (k + 1 == len(extents) or piece.box.x1 - 1 <= starts[k + 1])
        for k, piece in enumerate(row, first)
    )


def is_lined(rows: Sequence[Row], rules: Sequence[float]) -> bool:
    """Whether a rule parts all rows from one another, three at least: then none of the rules ends a head."""
    feet = [foot(row) for row in rows if len(row) > 1]
    return len(feet) > 2 and all(any(a < at < b for at in rules) for a, b in pairwise(feet))


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
