"""Tables between horizontal rules of one width, with what of their rows stands above the first or below the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from statistics import median

from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.tables.aligned import ACROSS, LINED, RULED, aligned_table
from pipeline.text_layer.tables.parts.grid import Table, outside
from pipeline.text_layer.tables.parts.rules import Rule
from pipeline.text_layer.tables.text.columns import edges_of, gap_of, gutters, text_rows, values_apart
from pipeline.text_layer.tables.text.groups import levelled
from pipeline.text_layer.tables.text.heads import count_head_rows
from pipeline.text_layer.tables.text.places import Extents, Row, extents_of, foot, in_order, is_lined, place, place_row
from pipeline.text_layer.tables.text.values import word_count

# Points: rules whose ends differ by less are as wide as each other. Word processors end some at the text of their
# column; smaller parts the rules of one table, larger makes one stack of two tables of nearly one width.
_ENDS = 8.0
# Rules of one width that are tried in all pairs: 91 pairs. Ruled paper has 30 and more, and each pair is read as a
# table, so beyond it only pairs are tried that leave out two rules at most.
_MAX_STACK = 14
# Of the page's width: shorter rules stand under words, and under notes.
_LEAST = 0.12
# Em between the last rule of a table and the first of the next. Double rules are 3 points apart at most.
_APART = 0.9
# Of the size of type: what differs by more is no row of the table.
_OTHER = 0.1
# Words of a cell beyond the rules: a head's has fewer, and a question of a form or a line of text more.
_MOST_WORDS = 8
# Of the usual pitch: a rule between two rows takes a third of a line. Further off is another table, or its caption.
_BEYOND = 1.6


def _to_write_on(rule: Rule, lines: Sequence[Line]) -> bool:
    """Whether a rule begins right behind a text, on its baseline: a form's line to write on."""
    return any(
        abs(line.box.y1 - rule.at) < 0.5 * line.size and -1 < rule.start - line.box.x1 < 2 * line.size
        for line in lines
    )  # fmt: skip


def stacks(rules: Sequence[Rule], lines: Sequence[Line], width: float) -> list[list[Rule]]:
    """Rules of equal extent on a page of this width, from top to bottom; no lines to write on."""
    found: list[list[Rule]] = []
    long = [rule for rule in rules if rule.length > _LEAST * width and not _to_write_on(rule, lines)]
    for rule in sorted(long, key=lambda r: r.at):
        for stack in found:
            if abs(stack[0].start - rule.start) < _ENDS and abs(stack[0].end - rule.end) < _ENDS:
                stack.append(rule)
                break
        else:
            found.append([rule])
    return [stack for stack in found if len(stack) > 1]


def between(stack: Sequence[Rule], rules: Sequence[Rule], lines: Sequence[Line]) -> list[Table]:
    """The largest tables that begin and end at rules of the stack."""
    pairs = list(combinations(range(len(stack)), 2))
    if len(stack) > _MAX_STACK:
        pairs = [(i, j) for i, j in pairs if j - i >= len(stack) - 3]
    found: list[tuple[int, int, Table]] = []
    for i, j in sorted(pairs, key=lambda pair: pair[0] - pair[1]):
        if any(i < b and a < j for a, b, _ in found):
            continue
        box = Rect(stack[i].start, stack[i].at, stack[i].end, stack[j].at)
        free = outside([table for _, _, table in found], lines)
        inside = [line for line in free if box.holds(line.box.middle)]
        wider = any(line.box.x0 < box.x0 - 12 or line.box.x1 > box.x1 + 12 for line in inside)
        if not inside or wider or _is_two(stack[i : j + 1], inside, j + 1 < len(stack)):
            continue
        ends = [rule.at for rule in (*stack[:i][-1:], *stack[j + 1 :][:1])]
        if table := _table(box, [line for line in free if not _is_behind(line, box, ends)], rules, j - i > 2):
            found.append((i, j, table))
    return [table for _, _, table in found]


def _is_behind(line: Line, box: Rect, ends: Sequence[float]) -> bool:
    """Whether another rule lies between a line and a table."""
    y = line.box.middle[1]
    return any(y < end < box.y0 or box.y1 < end < y for end in ends)


def _table(box: Rect, lines: Sequence[Line], rules: Sequence[Rule], is_lined: bool) -> Table | None:
    """The table in a box, with rows beyond it if that makes one."""
    strictness = LINED if is_lined else RULED
    inside = [line for line in lines if box.holds(line.box.middle)]
    more = _with_rows_beyond(inside, lines, box, _within(box, rules))
    grown = bounds([box, *(line.box for line in more)])
    table = aligned_table(more, _within(grown, rules), strictness, grown) if len(more) > len(inside) else None
    return table or aligned_table(inside, _within(box, rules), strictness, box)


def _is_two(stack: Sequence[Rule], lines: Sequence[Line], goes_on: bool) -> bool:
    """Whether between two of the rules is nothing, and other columns below than above: another table begins there.

    Where rules go on, one row below the white is its head.
    """
    rows = [row for row in text_rows(lines) if len(row) > 1]
    gap = gap_of(lines[0].size, lines[0].mono)
    for a, b in pairwise(stack):
        above, below = [row for row in rows if foot(row) < b.at], [row for row in rows if foot(row) > b.at]
        empty = b.at - a.at > _APART * lines[0].size and not any(a.at < line.box.middle[1] < b.at for line in lines)
        enough = above and below and max(len(above), len(below)) > 2  # rows of forms are fewer, and often empty
        if empty and enough and ((goes_on and len(below) == 1) or _differ(above, below, gap)):
            return True
    return False


def _differ(above: Sequence[Row], below: Sequence[Row], gap: float) -> bool:
    """Whether rows have more columns than others, or text where the gutters of the others are."""
    upper, lower = gutters(above, gap), gutters(below, gap)
    return len(upper) != len(lower) or _covers(above, lower) or _covers(below, upper)


def _covers(rows: Sequence[Row], white: Sequence[tuple[float, float]]) -> bool:
    middles = [(a + b) / 2 for a, b in white]
    return any(piece.box.x0 < x < piece.box.x1 for x in middles for row in rows for piece in row)


def _within(box: Rect, rules: Sequence[Rule]) -> list[Rule]:
    return [r for r in rules if box.y0 < r.at < box.y1 and box.x0 - 5 <= r.start and r.end <= box.x1 + 5]


def _with_rows_beyond(inside: Sequence[Line], lines: Sequence[Line], box: Rect, rules: Sequence[Rule]) -> list[Line]:
    """The lines between two rules with the rows above and below whose cells stand in the same columns, as closely.

    Many a table has a rule under its head and another above its sums, and none around it. Above one with a head
    between its rules, nothing is its own.
    """
    within = text_rows(inside)
    _, bare = values_apart(within)
    edges = edges_of(levelled(bare), gap_of(median(line.size for line in inside), inside[0].mono))
    pitches = [foot(b) - foot(a) for a, b in pairwise(within)]
    if not edges or not pitches:
        return list(inside)
    held = set(map(id, inside))
    across = sorted(rule.at for rule in rules if rule.length > ACROSS * box.width)
    head = 0 if is_lined(within, across) else count_head_rows(within, across)
    headed = any(len(row) > 1 for row in within[:head])
    extents = extents_of([place_row(row, edges) for row in within], len(edges) + 1)
    others = [
        line for line in lines if id(line) not in held and box.x0 - 12 <= line.box.x0 and line.box.x1 <= box.x1 + 12
    ]
    rows = text_rows(others)
    upwards = reversed([row for row in rows if foot(row) < foot(within[0])])
    above = [] if headed else _next(upwards, within[0], edges, median(pitches), extents)
    below = _next((row for row in rows if foot(row) > foot(within[-1])), within[-1], edges, median(pitches))
    return [*inside, *(piece for row in (*above, *below) for piece in row)]


def _next(
    rows: Iterable[Row], last: Row, edges: Sequence[float], usual: float, headed: Extents | None = None
) -> list[Row]:
    """The rows that follow on one, downwards, or upwards where texts of these extents are headed, with cells in the
    same columns.

    A text alone is a heading between two rows, or stands over the columns that it heads.
    """
    found: list[Row] = []
    alone: list[Row] = []
    for row in rows:
        fits = all(first == end for (first, end), _ in (place(piece, edges) for piece in row))
        fits = fits or (headed is not None and in_order(row, headed))
        far = abs(foot(row) - foot(last)) > _BEYOND * usual
        # A heading, a note, or a text of its own.
        other = abs(row[0].size - last[0].size) > _OTHER * last[0].size or max(map(word_count, row)) > _MOST_WORDS
        if far or other or CAPTION.match(row[0].text) or (len(row) > 1 and not fits) or (alone and len(row) == 1):
            break
        alone.append(row)
        if len(row) > 1:
            found += alone
            alone = []
        last = row
    heads = [row for row in alone if found and headed is not None and row[0].box.x0 > edges[0]]
    return found + heads
