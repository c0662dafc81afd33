"""Rules that a drawer left out: between rows that only their text parts, in the white between boxes, and around the
labels of rows at the left of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean

from pipeline.text_layer.lines.geometry import Middles, Rect, bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.parts.grid import GridCell, lines_of_words
from pipeline.text_layer.tables.parts.rules import Rule
from pipeline.text_layer.tables.text.columns import edges_of, gap_of, text_rows
from pipeline.text_layer.tables.text.levels import PlacedRow
from pipeline.text_layer.tables.text.places import Placed
from pipeline.text_layer.tables.text.values import is_value
from pipeline.text_layer.tables.text.wraps import banded, table_rows

# Text rows that must be parted at the same place, for a gutter within a ruled column. Two lines of prose have a common
# gap by chance; with more, short tables of three rows keep two columns in one.
_FEWEST = 3
# Of the text rows in that column; the others are headings and wrapped labels that run across.
_SHARE = 0.6
# Points: sides so close are one line; cells of a table are drawn by the same numbers, so that this is their rounding.
_SAME = 1.5
# Points between cells of one table: word processors and web pages leave up to 6, diagrams more. Larger makes tables of
# rows of cards and diagrams.
_WHITE = 12.0
# Points: lower boxes hold no text, for which even small print needs 6; they are bars, rules and boxes to tick.
_LEAST = 6.0

# Of the labels, and of the rows of the grid: what must stand on the other's baselines. A column of prose beside a table
# meets a fifth of its baselines by chance, and heads and wrapped labels stand between; set on the drawn open stubs.
_LEVEL, _LABELLED = 0.7, 0.6
# Em by which baselines of one row differ: labels in bold or a size larger.
_LEVEL_BY = 0.35
# Of the pitch: how far a line may lie off where the next one of a column of text would stand.
_PITCH = 0.15
# Words of a label on average. Lines of prose have five in the narrowest columns.
_WORDS = 5.0
# Labels; fewer stand beside a grid by chance.
_FEWEST_LABELS = 3


def implied_rules(
    xs: Sequence[float], ys: Sequence[float], cells: Sequence[GridCell], lines: Sequence[Line]
) -> tuple[list[Rule], list[Rule]]:
    """Horizontal and vertical rules that part text within the cells of a grid with lines at `xs` and `ys`."""
    words = [word for line in lines for word in line.words]
    middles = Middles(word.box for word in words)
    texts = {
        i: lines_of_words([words[at] for at in middles.within(_box(cell, xs, ys))]) for i, cell in enumerate(cells)
    }
    flat = {i: cell for i, cell in enumerate(cells) if cell.rows == 1 and texts[i]}
    placed: list[tuple[tuple[int, int], Line]] = []
    for i, cell in flat.items():
        placed += [((cell.column, cell.column + cell.columns - 1), line) for line in texts[i]]
    # The same judgement as for tables without rules: a drawn grid only adds where rows are certain to end.
    rows = banded(table_rows(_by_baseline(placed), ys[1:-1]), ys[1:-1], boxed=True)
    return list(_between_rows(rows, list(flat.values()), xs, ys)), list(_between_columns(cells, texts, xs, ys))


def _box(cell: GridCell, xs: Sequence[float], ys: Sequence[float]) -> Rect:
    return Rect(xs[cell.column], ys[cell.row], xs[cell.column + cell.columns], ys[cell.row + cell.rows])


def _by_baseline(placed: Sequence[Placed]) -> list[PlacedRow]:
    rows: list[PlacedRow] = []
    for span, line in sorted(placed, key=lambda one: one[1].box.y1):
        if not rows or line.box.y1 - rows[-1][0][1].box.y1 > 0.35 * min(line.size, rows[-1][0][1].size):
            rows.append([])
        rows[-1].append((span, line))
    return rows


def _between_rows(
    rows: Sequence[PlacedRow], flat: Sequence[GridCell], xs: Sequence[float], ys: Sequence[float]
) -> Iterator[Rule]:
    """Rules between two rows of one band, over all cells that begin and end with it."""
    for above, below in pairwise(rows):
        top, bottom = max(p.box.y1 for _, p in above), min(p.box.y0 for _, p in below)
        middle = (top + bottom) / 2
        if any(top - 2 < y < bottom + 2 for y in ys):
            continue
        for cell in flat:
            if ys[cell.row] < middle < ys[cell.row + 1]:
                yield Rule(middle, xs[cell.column], xs[cell.column + cell.columns])


def _between_columns(
    cells: Sequence[GridCell], texts: dict[int, tuple[Line, ...]], xs: Sequence[float], ys: Sequence[float]
) -> Iterator[Rule]:
    """Rules in the gutters that run through most cells of one ruled column."""
    columns: list[list[int]] = [[] for _ in xs]
    for i, cell in enumerate(cells):
        if cell.columns == 1 and texts[i]:
            columns[cell.column].append(i)
    for inside in columns:
        rows = [row for i in inside for row in text_rows(texts[i])]
        parted = [row for row in rows if len(row) > 1]
        if len(parted) < _FEWEST or len(parted) < _SHARE * len(rows):
            continue
        size = parted[0][0].size
        for edge in edges_of(rows, gap_of(size, parted[0][0].mono)):
            for i in inside:
                # A word that stands across the gutter keeps its cell whole: a rule is implied only where nothing
                # contradicts it.
                if not any(word.box.x0 < edge < word.box.x1 for line in texts[i] for word in line.words):
                    box = _box(cells[i], xs, ys)
                    yield Rule(edge, box.y0, box.y1)


def grids(boxes: Sequence[Rect]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Horizontal and vertical rules of each grid of at least two rows and two columns of boxes."""
    rows: list[list[Rect]] = []
    for box in sorted({b for b in boxes if b.height > _LEAST}, key=lambda b: (round(b.y0), round(b.y1), b.x0)):
        same = rows and abs(rows[-1][0].y0 - box.y0) < _SAME and abs(rows[-1][0].y1 - box.y1) < _SAME
        if same and -_SAME < box.x0 - rows[-1][-1].x1 < _WHITE:
            rows[-1].append(box)
        else:
            rows.append([box])
    rows = [row for row in rows if len(row) > 1]
    while rows:
        grid = [rows.pop(0)]
        for row in list(rows):
            if _continues(grid[-1], row):
                grid.append(row)
                rows.remove(row)
        if len(grid) > 1 and _is_apart(grid):
            yield _rules_between(grid)


def _continues(above: Sequence[Rect], below: Sequence[Rect]) -> bool:
    if len(above) != len(below) or not -_SAME < below[0].y0 - above[0].y1 < _WHITE:
        return False
    return all(abs(a.x0 - b.x0) < _SAME and abs(a.x1 - b.x1) < _SAME for a, b in zip(above, below, strict=True))


def _is_apart(grid: Sequence[Sequence[Rect]]) -> bool:
    """Whether there is white between the boxes; where they touch, their sides are rules already."""
    return grid[1][0].y0 - grid[0][0].y1 > _SAME or grid[0][1].x0 - grid[0][0].x1 > _SAME


def _rules_between(grid: Sequence[Sequence[Rect]]) -> tuple[list[Rule], list[Rule]]:
    first, last = grid[0], grid[-1]
    left, top, right, bottom = first[0].x0, first[0].y0, first[-1].x1, last[0].y1
    ys = [top, *((a[0].y1 + b[0].y0) / 2 for a, b in pairwise(grid)), bottom]
    xs = [left, *((a.x1 + b.x0) / 2 for a, b in pairwise(first)), right]
    return [Rule(y, left, right) for y in ys], [Rule(x, top, bottom) for x in xs]


def labels_beside(box: Rect, lines: Sequence[Line]) -> list[Line]:
    """The rows' labels at the left of a grid; none where what stands there is something else."""
    beside = [line for line in lines if line.box.x1 <= box.x0 + 1 and box.y0 < line.box.middle[1] < box.y1]
    inside = [line for line in lines if box.holds(line.box.middle)]
    if len(beside) < _FEWEST_LABELS or not inside:
        return []
    short = fmean(len(line.words) for line in beside) <= _WORDS
    if not short or all(is_value(line.text) for line in beside):
        return []
    if _level(beside, inside) < _LEVEL or _level(inside, beside) < _LABELLED or _goes_on(beside, lines):
        return []
    return beside


def _level(lines: Sequence[Line], others: Sequence[Line]) -> float:
    """The share of baselines that the others have, too."""
    at = [line.box.y1 for line in others]
    rows = text_rows(lines)
    level = sum(any(abs(y - row[0].box.y1) < _LEVEL_BY * row[0].size for y in at) for row in rows)
    return level / len(rows)


def _goes_on(beside: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether the labels are lines of a longer column of text, which goes on at their pitch above and below."""
    box = bounds(line.box for line in beside)
    baselines = [row[0].box.y1 for row in text_rows(beside)]
    pitch = (baselines[-1] - baselines[0]) / max(len(baselines) - 1, 1)
    column = [line.box for line in lines if line.box.overlap_x(box) > 0.5 * box.width and line.box.x1 <= box.x1 + 2]
    steps = (baselines[0] - pitch, baselines[-1] + pitch)
    return all(any(abs(one.y1 - step) < _PITCH * pitch for one in column) for step in steps)
