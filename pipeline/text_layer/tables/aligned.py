"""Tables without vertical rules: rows from baselines, columns from the white space that runs through the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.text_layer.lines.blocks import MARKER
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tables.grid import GridCell, Table
from pipeline.text_layer.tables.rules import Rule

_GAP = 0.6  # em: the least white space between two columns
_CROSSING = 0.1  # share of rows that may run across a column's edge (they become spanning cells)
_MAX_ROWS = 400

_NUMERIC = re.compile(r"\d")

Row = list[Line]  # pieces of one text row, from left to right


@dataclass(frozen=True)
class Strictness:
    """How much a region must look like a table. Rules around it are evidence; bare text must bring its own."""

    rows: int
    words: float  # the most words that the median cell may have
    paired: float  # the least share of rows that have text in two columns
    numeric: float  # the least share of cells right of the first column that hold a digit


RULED = Strictness(rows=2, words=6.0, paired=0.4, numeric=0.0)
BARE = Strictness(rows=3, words=4.0, paired=0.6, numeric=0.3)


def aligned_table(
    lines: Sequence[Line], rules: Sequence[Rule], strictness: Strictness, box: Rect | None = None
) -> Table | None:
    """The table that the lines of a region make, or None where they do not look like one.

    `rules` are the horizontal rules inside the region; those across its whole width part head, body and foot.
    """
    rows = text_rows(lines)
    if not strictness.rows <= len(rows) <= _MAX_ROWS:
        return None
    around = box or bounds(line.box for line in lines)
    size = median(line.size for line in lines)
    full = sorted(rule.at for rule in rules if rule.length > 0.9 * around.width)
    head = _head_rows(rows, full)
    edges = _column_edges(rows[head:], _GAP * size)
    if not edges or any(_is_sentence(row, around) for row in rows):
        return None
    grid = [
        [_place(piece, edges) for piece in row] if len(row) > 1 else [_alone(row[0], edges, around)] for row in rows
    ]
    if not _looks_like_table(grid[head:] or grid, len(edges) + 1, strictness):
        return None
    partial = [rule for rule in rules if rule.length <= 0.9 * around.width]
    cells = _head_cells(grid[:head], [around.x0, *edges, around.x1], partial)
    top = max((cell.row + cell.rows for cell in cells), default=0)
    for i, row in enumerate(_joined_rows(grid[head:], full)):
        cells += [GridCell(top + i, a, 1, b - a + 1, lines) for (a, b), lines in _by_column(row)]
    return Table(around, _completed(cells, len(edges) + 1))


def text_rows(lines: Sequence[Line]) -> list[Row]:
    """Lines grouped by baseline, cut into pieces at wide gaps."""
    rows: list[Row] = []
    for line in sorted(lines, key=lambda one: one.box.y1):
        if not rows or line.box.y1 - rows[-1][0].box.y1 > 0.5 * min(line.size, rows[-1][0].size):
            rows.append([])
        rows[-1] += _pieces(line)
    return [sorted(row, key=lambda piece: piece.box.x0) for row in rows]


def _is_sentence(row: Row, around: Rect) -> bool:
    """A row of one long text across the table: a note or a caption between two tables, or prose."""
    return len(row) == 1 and row[0].box.width > 0.75 * around.width and len(row[0].words) >= 10


def _pieces(line: Line) -> list[Line]:
    runs: list[list[Word]] = [[line.words[0]]]
    for word in line.words[1:]:
        if -word.box.overlap_x(runs[-1][-1].box) > _GAP * word.size:
            runs.append([])
        runs[-1].append(word)
    return [line_of(run) for run in runs]


def _head_rows(rows: Sequence[Row], full: Sequence[float]) -> int:
    """How many rows stand above the first full-width rule that lies between rows."""
    for at in full:
        above = sum(row[0].box.middle[1] < at for row in rows)
        if 0 < above < len(rows):
            return above if above <= max(4, len(rows) // 2) else 0
    return 0


def _column_edges(rows: Sequence[Row], gap: float) -> list[float]:
    """Middles of the white columns that (nearly) all rows leave free and that have text on both sides."""
    rows = [row for row in rows if len(row) > 1]  # a row of one piece is a heading inside the table, or one label
    allowed = int(_CROSSING * len(rows))
    events = sorted([(p.box.x0, 1) for row in rows for p in row] + [(p.box.x1, -1) for row in rows for p in row])
    edges: list[float] = []
    depth, since, seen = 0, 0.0, False
    for x, step in events:
        if depth <= allowed and depth + step > allowed:
            if seen and x - since >= gap:
                edges.append((since + x) / 2)
            seen = True
        elif depth > allowed and depth + step <= allowed:
            since = x
        depth += step
    return edges


Placed = tuple[tuple[int, int], Line]  # first and last column, and the piece of text


def _place(piece: Line, edges: Sequence[float]) -> Placed:
    first = sum(edge <= piece.box.x0 + 1 for edge in edges)
    last = sum(edge < piece.box.x1 - 1 for edge in edges)
    return (min(first, last), last), piece


def _alone(piece: Line, edges: Sequence[float], around: Rect) -> Placed:
    """The only text of its row: a label, however long, or a heading centred over all columns but the first."""
    (first, last), _ = placed = _place(piece, edges)
    if piece.box.x0 < edges[0] - 0.5 * (edges[0] - around.x0):
        return (0, 0), piece
    centred = abs(piece.box.middle[0] - (edges[0] + around.x1) / 2) < 0.15 * (around.x1 - edges[0])
    return ((1, len(edges)), piece) if centred and last > first else placed


def _by_column(row: Sequence[Placed]) -> list[tuple[tuple[int, int], tuple[Line, ...]]]:
    """Pieces of one row by cell; cells that overlap are joined."""
    cells: list[tuple[tuple[int, int], list[Line]]] = []
    for (a, b), piece in sorted(row, key=lambda placed: placed[0]):
        if cells and a <= cells[-1][0][1]:
            (first, last), pieces = cells[-1]
            cells[-1] = ((first, max(last, b)), [*pieces, piece])
        else:
            cells.append(((a, b), [piece]))
    return [(span, tuple(sorted(pieces, key=lambda p: (round(p.box.y1), p.box.x0)))) for span, pieces in cells]


def _looks_like_table(grid: Sequence[Sequence[Placed]], columns: int, strictness: Strictness) -> bool:
    cells = [(span, pieces) for row in grid for span, pieces in _by_column(row)]
    lengths = [sum(len(piece.words) for piece in pieces) for _, pieces in cells]
    paired = sum(len(_by_column(row)) > 1 for row in grid)
    if len(grid) < 1 or median(lengths) > strictness.words or paired < strictness.paired * len(grid):
        return False
    if _marked(cells):
        return False
    later = [pieces for (a, _), pieces in cells if a > 0]
    numeric = sum(any(_NUMERIC.search(piece.text) for piece in pieces) for pieces in later)
    return bool(later) and numeric >= strictness.numeric * len(later) and len(cells) >= 0.35 * columns * len(grid)


def _marked(cells: Sequence[tuple[tuple[int, int], tuple[Line, ...]]]) -> bool:
    """Whether a fifth of the cells are only list markers: lists side by side."""
    return sum(bool(MARKER.match(" ".join(p.text for p in pieces))) for _, pieces in cells) > 0.2 * len(cells)


def _joined_rows(grid: Sequence[Sequence[Placed]], full: Sequence[float]) -> list[list[Placed]]:
    """Body rows, with the further lines of wrapped cells joined to the row that they belong to."""
    rows: list[list[Placed]] = []
    for placed in grid:
        if (
            rows
            and not _parted(rows[-1], placed, full)
            and (_goes_on(rows[-1], placed) or _label_wraps(rows[-1], placed))
        ):
            rows[-1] = rows[-1] + list(placed)
        else:
            rows.append(list(placed))
    return rows


def _parted(above: Sequence[Placed], below: Sequence[Placed], full: Sequence[float]) -> bool:
    top, bottom = max(p.box.middle[1] for _, p in above), min(p.box.middle[1] for _, p in below)
    return any(top < at < bottom for at in full)


def _goes_on(above: Sequence[Placed], below: Sequence[Placed]) -> bool:
    """The lower row has no first cell, fewer cells, and only words, close under cells with text."""
    filled = {span[0] for span, _ in above}
    places = {span[0] for span, _ in below}
    size = below[0][1].size
    near = min(p.box.y1 for _, p in below) - max(p.box.y1 for _, p in above) < 1.45 * size
    words = not any(_NUMERIC.search(piece.text) for _, piece in below)
    return near and words and 0 not in places and places < filled


def _label_wraps(above: Sequence[Placed], below: Sequence[Placed]) -> bool:
    """The upper row is only the first part of a label that goes on, in lower case, in the lower row."""
    first = [piece for span, piece in below if span[0] == 0]
    alone = all(span == (0, 0) for span, _ in above)
    return alone and bool(first) and first[0].text[:1].islower()


def _head_cells(grid: Sequence[Sequence[Placed]], sides: Sequence[float], partial: Sequence[Rule]) -> list[GridCell]:
    """Cells of the head: one level between two partial rules; text over such a rule spans its columns."""
    levels: list[tuple[list[Placed], list[Rule]]] = []
    for row in grid:
        y = row[0][1].box.middle[1]
        under = [rule for rule in partial if 0 < rule.at - y < 1.5 * row[0][1].size]
        under = [rule for rule in under if sum(_over(piece, rule) for _, piece in row) == 1]
        if not levels or levels[-1][1]:
            levels.append(([], []))
        levels[-1][0].extend(_spread(placed, sides, under) for placed in row)
        levels[-1][1].extend(under)
    cells = []
    for i, (row, _) in enumerate(levels):
        cells += [GridCell(i, a, 1, b - a + 1, lines) for (a, b), lines in _by_column(row)]
    return cells


def _over(piece: Line, rule: Rule) -> bool:
    return rule.start - 2 <= piece.box.middle[0] <= rule.end + 2


def _spread(placed: Placed, sides: Sequence[float], under: Sequence[Rule]) -> Placed:
    """The piece over all columns whose middle the rule under it reaches."""
    span, piece = placed
    middles = [(a + b) / 2 for a, b in pairwise(sides)]
    for rule in under:
        columns = [k for k, middle in enumerate(middles) if rule.start <= middle <= rule.end]
        if _over(piece, rule) and columns:
            return (min(columns[0], span[0]), max(columns[-1], span[1])), piece
    return placed


def _completed(cells: Sequence[GridCell], columns: int) -> tuple[GridCell, ...]:
    """The cells, with an empty one at each place that none covers."""
    rows = max(cell.row + cell.rows for cell in cells)
    covered = {
        (r, c)
        for cell in cells
        for r in range(cell.row, cell.row + cell.rows)
        for c in range(cell.column, cell.column + cell.columns)
    }
    return (*cells, *(GridCell(r, c) for r in range(rows) for c in range(columns) if (r, c) not in covered))
