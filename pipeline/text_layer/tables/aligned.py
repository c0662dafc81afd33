"""Tables from aligned text: rows from baselines, columns from the white space that runs through the rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.joining import MARKER
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.parts.grid import GridCell, Table, completed
from pipeline.text_layer.tables.parts.rules import Rule
from pipeline.text_layer.tables.text.columns import edges_of, gap_of, text_rows, values_apart, whole_columns
from pipeline.text_layer.tables.text.groups import Group, groups, levelled, without
from pipeline.text_layer.tables.text.heads import count_head_rows, head_cells
from pipeline.text_layer.tables.text.levels import PlacedRow
from pipeline.text_layer.tables.text.places import Placed, Row, by_column, extents_of, place_alone, place_row
from pipeline.text_layer.tables.text.values import has_bullet, is_answer, is_value, word_count
from pipeline.text_layer.tables.text.wraps import banded, table_rows

# Text rows of a region: a page of five-point type has some 160. More are a raster of letters, for which judging pairs
# of rows would take minutes.
_MAX_ROWS = 400
# Of a region's width: a rule so long parts rows; shorter ones stand under heads that span columns. Rules are drawn a
# little short or long, by half of the gap between columns. Drawn tables trim theirs by .3 em.
ACROSS = 0.9
_AMOUNT = re.compile(r"[-–—]\s*\d|[A-Z]\.?$")  # what a marker looks like but is none
# Share of a column's cells that must begin with a list's marker. Below all, since an item may go on under its marker.
_MARKED = 0.8
# Share of all cells that begin with a bullet, from which columns are lists side by side. Lower, and tables that answer
# with dots are lists; higher, and lists of long items are tables. Set on the drawn lists of tests/support.
_BULLETED = 0.2
# Two columns of words are a glossary or an address beside another; three columns, four rows, nearly all cells filled
# with up to three words, and a pitch over that of text (1.2 to 1.25 em) are what letters, forms and prose do not have
# together. Set on the drawn tables and the six kinds that only look like one; looser, and prose becomes a table.
_COLUMNS, _ROWS, _EVERY, _SHORT, _WIDE_PITCH = 3, 4, 0.85, 3.0, 1.3  # of a table of words without rules


@dataclass(frozen=True)
class Strictness:
    """How much a region must look like a table. Rules around it are evidence; bare text must bring its own."""

    rows: int
    words: float  # the most words that the median cell may have
    paired: float  # the least share of rows that have text in two columns
    line_words: float  # the most words that a line has on average in any column: more are prose
    values: float  # the least share of cells right of the first column that are values


# The less the page says by rules, the more its text must: three or more rules of one width let cells of fourteen words
# pass, two let six, and bare alignment needs values in three of ten cells. LINED and MARKED were set on the development
# half of the drawn tables (tables/README.md); RULED and BARE are older, chosen without one, and have stood since.
LINED = Strictness(rows=2, words=14.0, paired=0.6, line_words=99.0, values=0.0)
RULED = Strictness(rows=2, words=6.0, paired=0.4, line_words=99.0, values=0.0)
MARKED = Strictness(rows=3, words=5.0, paired=0.6, line_words=6.0, values=0.0)
BARE = Strictness(rows=3, words=4.0, paired=0.6, line_words=6.0, values=0.3)


def aligned_table(
    lines: Sequence[Line],
    rules: Sequence[Rule],
    strictness: Strictness,
    box: Rect | None = None,
    grounds: Sequence[float] = (),
) -> Table | None:
    """The table that the lines of a region make, or None where they do not look like one.

    `rules` are the horizontal rules inside the region; those across its whole width part head, body and foot. `grounds`
    are heights at which coloured areas of its width begin and end: they part rows as well, but hold one row or many.
    """
    rows, columns = values_apart(text_rows(lines))
    if not strictness.rows <= len(rows) <= _MAX_ROWS:
        return None
    around = box or bounds(line.box for line in lines)
    full = sorted(rule.at for rule in rules if rule.length > ACROSS * around.width)
    parted = sorted([*full, *grounds])
    head = count_head_rows(rows, full, grounds)
    first = lines[0]
    edges = edges_of(levelled(columns[head:]), gap_of(median(line.size for line in lines), first.mono))
    edges = whole_columns(edges, rows[:head], rows[head:])
    if not edges or any(_is_sentence(row, around, edges[0]) for row in rows):
        return None
    grid = [place_row(row, edges) if len(row) > 1 else [place_alone(row[0], edges, around, rows)] for row in rows]
    found = groups(grid[head:], full)
    body = banded(table_rows(without(grid[head:], found), parted), full)
    if not _looks_like_table(_with_labels(body, found) or grid, len(edges) + 1, strictness):
        return None
    partial = [rule for rule in rules if rule.length <= ACROSS * around.width]
    extents = extents_of(grid[head:], len(edges) + 1, [line for group in found for line in group.label])
    cells = head_cells(rows[:head], extents, partial)
    top = max((cell.row + cell.rows for cell in cells), default=0)
    for i, row in enumerate(body):
        cells += [GridCell(top + i, a, 1, b - a + 1, lines) for (a, b), lines in by_column(row)]
    cells += [_spanning(group, body, top) for group in found]
    return Table(around, completed(cells, len(edges) + 1))


def _with_labels(body: Sequence[PlacedRow], found: Sequence[Group]) -> list[PlacedRow]:
    """The rows, with each label of several rows in the first of these."""
    rows = [list(row) for row in body]
    for group in found:
        rows[_spanning(group, body, 0).row].append(((0, 0), group.label[0]))
    return rows


def _spanning(group: Group, body: Sequence[PlacedRow], top: int) -> GridCell:
    """A label as a cell over its rows."""
    inside = [i for i, row in enumerate(body) if any(group.first - 1 < line.box.y1 < group.last + 1 for _, line in row)]
    return GridCell(top + inside[0], 0, len(inside), 1, group.label)


def _is_sentence(row: Row, around: Rect, edge: float) -> bool:
    """A row of one long text across the table: a note or a caption between two tables, or prose."""
    piece = row[0]
    across = piece.box.x1 > edge and piece.box.width > 0.75 * around.width
    return len(row) == 1 and across and word_count(piece) >= 10


def _looks_like_table(grid: Sequence[Sequence[Placed]], columns: int, strictness: Strictness) -> bool:
    cells = [(span, pieces) for row in grid for span, pieces in by_column(row)]
    lengths = [sum(map(word_count, pieces)) for _, pieces in cells]
    paired = sum(len(by_column(row)) > 1 for row in grid)
    if len(grid) < 1 or median(lengths) > strictness.words or paired < strictness.paired * len(grid):
        return False
    lines: dict[int, list[float]] = defaultdict(list)
    for (a, _), pieces in cells:
        lines[a] += map(word_count, pieces)
    if any(fmean(column) > strictness.line_words for column in lines.values()):
        return False
    if _is_list(grid, columns) or len(cells) < 0.35 * columns * len(grid):
        return False
    later = [pieces for (a, _), pieces in cells if a > 0]
    values = sum(any(is_answer(piece.text) for piece in pieces) for pieces in later)
    return bool(later) and (values >= strictness.values * len(later) or _is_regular(grid, columns))


def _is_list(grid: Sequence[Sequence[Placed]], columns: int) -> bool:
    """Whether two columns (of two: one) hold list markers or begin with them, or many cells begin with a bullet.

    A mark with neither text behind it nor beside it is an answer.
    """
    marked: dict[int, list[bool]] = defaultdict(list)
    bullets: list[bool] = []
    for row in grid:
        texts = {a: " ".join(piece.text for piece in pieces) for (a, _), pieces in by_column(row)}
        for a, text in texts.items():
            marks = len(text) > 1 or (len(texts.get(a + 1, "")) > 1 and not is_value(texts[a + 1]))
            marked[a].append(marks and bool(MARKER.match(text.split()[0])) and not _AMOUNT.match(text))
            bullets.append(marks and has_bullet(text))
    count = sum(sum(found) > _MARKED * len(found) for found in marked.values())
    return count >= min(2, columns - 1) or sum(bullets) > _BULLETED * len(bullets)


def _is_regular(grid: Sequence[Sequence[Placed]], columns: int) -> bool:
    """Whether words alone make a table: short cells in every place of several rows and columns, led wider than text."""
    pieces = [piece for row in grid for _, piece in row]
    full = sum(len(row) == columns for row in grid)
    pitches = [b[0][1].box.y1 - a[0][1].box.y1 for a, b in pairwise(grid)]
    short = sum(len(piece.words) for piece in pieces) <= _SHORT * len(pieces)
    enough = columns >= _COLUMNS and len(grid) >= _ROWS and full >= _EVERY * len(grid)
    return enough and short and median(pitches) > _WIDE_PITCH * median(piece.size for piece in pieces)
