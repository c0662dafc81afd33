"""Ruled tables: crossing rules → grid → cells, merged where the rule between two is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.text_layer.lines.geometry import Rect, connected
from pipeline.text_layer.lines.lines import Line, Word
from pipeline.text_layer.tables.implied import implied_rules, labels_beside
from pipeline.text_layer.tables.parts.grid import GridCell, Table, lines_of_words, without_empty
from pipeline.text_layer.tables.parts.rules import SNAP, Rule, components
from pipeline.text_layer.tables.text.heads import with_head

# Cells of a grid. A page of five-point type has 160 rows; millimetre paper has more cells than this, and each costs
# time.
_MAX_CELLS = 20_000
# Share of a cell's side that a rule must cover. Rules of cells that touch only in part, or are drawn as stubs of .8 of
# a side, still part; half a side, as where a rule ends under a merged cell's middle, does not.
_COVER = 0.6

_Place = tuple[int, int]  # row and column


@dataclass(frozen=True)
class _Grid:
    """Positions of the grid's lines, and the rules that draw them."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]

    @property
    def box(self) -> Rect:
        return Rect(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def with_rules(self, horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> _Grid:
        """The grid with further lines."""
        xs = tuple(sorted({*self.xs, *(rule.at for rule in vertical)}))
        ys = tuple(sorted({*self.ys, *(rule.at for rule in horizontal)}))
        return _Grid(xs, ys, (*self.horizontal, *horizontal), (*self.vertical, *vertical))

    @property
    def ruled(self) -> Rect:
        """The grid without a first column that has no rule at its left."""
        top, bottom = self.ys[0], self.ys[-1]
        open_side = len(self.xs) > 2 and not _drawn(self.vertical, self.xs[0], top, bottom)
        return Rect(self.xs[int(open_side)], top, self.xs[-1], bottom)

    def with_stub(self, left: float) -> _Grid:
        """The grid with a column from `left` to its first upright rule; its rows go on there."""
        x0 = self.ruled.x0
        start = min(left - SNAP, self.xs[0])
        horizontal = tuple(Rule(y, start, x0) for y in self.ys)
        sides = (Rule(start, self.ys[0], self.ys[-1]), Rule(x0, self.ys[0], self.ys[-1]))
        inner = tuple(x for x in self.xs if x >= x0)
        return _Grid((start, *inner), self.ys, (*self.horizontal, *horizontal), (*self.vertical, *sides))


def ruled_tables(
    horizontal: Sequence[Rule],
    vertical: Sequence[Rule],
    lines: Sequence[Line],
    grounds: Sequence[Rule] = (),
    turned: Sequence[Line] = (),
) -> list[Table]:
    """Tables whose rules make at least two rows and two columns that hold text.

    `grounds` are horizontal edges of coloured areas: across a table's whole width they part rows as a rule does.
    `turned` are lines of other directions: heads are set upright above narrow columns.
    """
    grids = list(_grids(horizontal, vertical, grounds))
    tables = []
    for grid in grids:
        if labels := labels_beside(grid.ruled, _free(grid, grids, lines)):
            grid = grid.with_stub(min(label.box.x0 for label in labels))
        inside = [line for line in lines if grid.box.holds(line.box.middle)]
        table = _table(grid, inside, [line for line in turned if grid.box.holds(line.box.middle)])
        if table is not None:
            tables.append(table)
    return tables


def _grids(horizontal: Sequence[Rule], vertical: Sequence[Rule], grounds: Sequence[Rule]) -> Iterator[_Grid]:
    for hs, vs in components(horizontal, vertical):
        left, right = min(r.start for r in hs), max(r.end for r in hs)
        top, bottom = hs[0].at, hs[-1].at
        grounded = [r for r in grounds if top < r.at < bottom and r.start < left + SNAP and r.end > right - SNAP]
        across = [Rule(ground.at, left, right) for ground in grounded]  # a ground may be wider than the rules
        grid = _grid([*hs, *across], vs)
        if grid is not None and (len(grid.xs) - 1) * (len(grid.ys) - 1) <= _MAX_CELLS:
            yield grid


def _free(grid: _Grid, grids: Sequence[_Grid], lines: Sequence[Line]) -> list[Line]:
    """The lines that no other grid holds, nor one between them and this grid parts from it."""
    others = [other.box for other in grids if other is not grid and other.box.overlap_y(grid.box) > 0]
    beyond = max((box.x1 for box in others if box.x0 < grid.box.x0), default=0.0)
    return [line for line in lines if line.box.x0 >= beyond - 1]


def _grid(horizontal: list[Rule], vertical: list[Rule]) -> _Grid | None:
    """Grid lines at the rules, and at the rules' ends where a side of the table is left open."""
    xs = _distinct([rule.at for rule in vertical], min(r.start for r in horizontal), max(r.end for r in horizontal))
    ys = _distinct([rule.at for rule in horizontal], min(r.start for r in vertical), max(r.end for r in vertical))
    if len(xs) < 3 or len(ys) < 3:
        return None
    return _Grid(xs, ys, tuple(horizontal), tuple(vertical))


def _distinct(places: list[float], first: float, last: float) -> tuple[float, ...]:
    kept: list[float] = []
    for place in sorted([*places, first, last]):
        if not kept or place - kept[-1] > SNAP:
            kept.append(place)
    return tuple(kept)


def _table(grid: _Grid, lines: Sequence[Line], turned: Sequence[Line]) -> Table | None:
    words = [word for line in lines for word in line.words]
    cells = _cells(grid)
    horizontal, vertical = implied_rules(grid.xs, grid.ys, cells, lines)
    if horizontal or vertical:
        grid = grid.with_rules(horizontal, vertical)
        cells = _cells(grid)
    # Rules first, then what rows and gutters imply, then what a cell's own text keeps clear of: each knows more of the
    # grid than the one before.
    cells = [part for cell in cells for part in _parts(grid, cell, words)]
    texts = _fill(grid, cells, [*words, *(Word(line.text, line.box, line.size, line.bold) for line in turned)])
    filled = without_empty(
        [GridCell(c.row, c.column, c.rows, c.columns, lines_of_words(texts.get(i, []))) for i, c in enumerate(cells)]
    )
    table = Table(grid.box, with_head(filled))
    with_text = sum(bool(cell.lines) for cell in filled)
    if table.row_count < 2 or table.column_count < 2 or with_text < max(3, 0.25 * len(filled)):
        return None
    return None if _boxed_prose(filled) else table


# Chosen, not measured: forty words are four lines, and below them any one long cell would undo a small table.
def _boxed_prose(cells: Sequence[GridCell]) -> bool:
    """Whether one cell holds most of the text, and much of it: a frame around text, no table."""
    counts = [sum(len(line.words) for line in cell.lines) for cell in cells]
    return max(counts) > max(40, 0.5 * sum(counts))


def _cells(grid: _Grid) -> list[GridCell]:
    """Grid places, joined over missing rules where the joined places make a rectangle."""
    rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
    places = [(r, c) for r in range(rows) for c in range(columns)]
    groups = connected(places, _open_sides(grid, places))
    return [cell for group in groups for cell in _rectangles(grid, group)]


def _open_sides(grid: _Grid, places: Sequence[_Place]) -> Iterator[tuple[_Place, _Place]]:
    """Places beside and below each other that no rule parts."""
    sides = [[rule for rule in grid.vertical if abs(rule.at - x) <= SNAP] for x in grid.xs]
    floors = [[rule for rule in grid.horizontal if abs(rule.at - y) <= SNAP] for y in grid.ys]
    for r, c in places:
        if c + 2 < len(grid.xs) and not _drawn(sides[c + 1], grid.xs[c + 1], grid.ys[r], grid.ys[r + 1]):
            yield (r, c), (r, c + 1)
        if r + 2 < len(grid.ys) and not _drawn(floors[r + 1], grid.ys[r + 1], grid.xs[c], grid.xs[c + 1]):
            yield (r, c), (r + 1, c)


def _drawn(rules: Sequence[Rule], at: float, start: float, end: float) -> bool:
    covered = sum(max(min(r.end, end) - max(r.start, start), 0.0) for r in rules if abs(r.at - at) <= SNAP)
    return covered >= _COVER * (end - start)


def _rectangles(grid: _Grid, places: list[_Place]) -> list[GridCell]:
    """A group of places as cells: one if it is a rectangle, else one for each run of a row.

    In other shapes a rule is missing somewhere, as in the open parts of forms: a row is what is sure to be read as one,
    and its text tells where it is to be parted.
    """
    rows, columns = sorted({r for r, _ in places}), sorted({c for _, c in places})
    if len(rows) * len(columns) == len(places):
        return [GridCell(rows[0], columns[0], len(rows), len(columns))]
    cells: list[GridCell] = []
    for row, column in sorted(places):
        last = cells[-1] if cells else None
        is_next = last is not None and last.row == row and last.column + last.columns == column
        if last and is_next and not _drawn(grid.vertical, grid.xs[column], grid.ys[row], grid.ys[row + 1]):
            cells[-1] = replace(last, columns=last.columns + 1)
        else:
            cells.append(GridCell(row, column))
    return cells


def _parts(grid: _Grid, cell: GridCell, words: Sequence[Word]) -> list[GridCell]:
    """A cell over several columns, taken apart at the columns' edges that its text keeps clear of.

    Heads and rows often stand without vertical rules above or below ruled ones.
    """
    if cell.columns < 2 or cell.rows > 1:
        return [cell]
    xs = grid.xs[cell.column : cell.column + cell.columns + 1]
    box = Rect(xs[0], grid.ys[cell.row], xs[-1], grid.ys[cell.row + 1])
    inside = [word for word in words if box.holds(word.box.middle)]
    cuts = [k for k in range(1, cell.columns) if _keeps_clear(xs[k], inside)]
    if not any(_parts_text(xs[k], inside) for k in cuts):
        return [cell]
    leading = [k for k in cuts if all(word.box.x0 > xs[k] for word in inside)]
    cuts = sorted({k for k in cuts if _parts_text(xs[k], inside)} | set(leading[-1:]))
    return [GridCell(cell.row, cell.column + a, 1, b - a) for a, b in pairwise([0, *cuts, cell.columns])]


def _keeps_clear(x: float, words: Sequence[Word]) -> bool:
    return not any(word.box.x0 + 1 < x < word.box.x1 - 1 for word in words)


def _parts_text(x: float, words: Sequence[Word]) -> bool:
    """Whether words stand on both sides of an edge, and further apart than the words of one text."""
    left = [word for word in words if word.box.x1 <= x + 1]
    right = [word for word in words if word.box.x0 >= x - 1]
    if not left or not right:
        return False
    return not any(0 <= b.box.x0 - a.box.x1 < a.size and a.box.is_level_with(b.box) for a in left for b in right)


def _fill(grid: _Grid, cells: Sequence[GridCell], words: Sequence[Word]) -> dict[int, list[Word]]:
    """Each word goes into the cell that holds its middle."""
    owner = {
        (r, c): i
        for i, cell in enumerate(cells)
        for r in range(cell.row, cell.row + cell.rows)
        for c in range(cell.column, cell.column + cell.columns)
    }
    texts: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        x, y = word.box.middle
        place = (_slot(grid.ys, y), _slot(grid.xs, x))
        if place in owner:
            texts[owner[place]].append(word)
    return texts


def _slot(edges: Sequence[float], value: float) -> int:
    return next((k for k, (a, b) in enumerate(pairwise(edges)) if a <= value < b), -1)
