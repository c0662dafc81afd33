"""The head of a table: which rows it has, which columns its cells span, and which of its lines are one cell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.parts.grid import GridCell
from pipeline.text_layer.tables.parts.rules import Rule
from pipeline.text_layer.tables.text.places import Extents, Placed, Row, by_column, in_order, is_lined
from pipeline.text_layer.tables.text.values import is_answer, is_value

# Text rows of a head: three levels, two of them of two lines. More, and the body's first rows of words are its head.
_MOST = 5
# Edges of grounds: what begins with none on the page's own ground, and has so many below its first values, has stripes
# from its second row on. A body on one ground has two.
_STRIPED = 2
_YEAR = re.compile(r"(?:1[6-9]|20|21)\d\d(?:[/–-]\d{2,4})?[a-z*]?")
_NUMBER = re.compile(r"[(\[]?(\d{1,2})[)\]]?")
# Em from the middle of a text: a rule further below belongs to something else. Under a head it stands .6 to .9 below;
# larger, and the rule of the next level of heads is taken for that of this one.
_UNDER = 1.5
# Em by which a text may stand off the middle of what it heads: rounding of column widths. Larger spans a head over a
# neighbour that is nearly as centred; smaller loses heads over columns whose numbers are set to the decimal point.
_CENTRED = 0.5

Span = tuple[int, int]
"""First and last column."""


def count_head_rows(rows: Sequence[Row], full: Sequence[float], grounds: Sequence[float] = ()) -> int:
    """How many text rows make the head: those above the first rule across, else those on grounds above the first
    values, else those above the first values."""
    for at in full:
        above = sum(row[0].box.middle[1] < at for row in rows)
        if 0 < above < len(rows):
            # One row with values may be years, or units; with two the rule stands under a first group of rows.
            valued = sum(_values(row) > 0 for row in rows[:above])
            if valued == 1 and above > 1 and is_lined(rows[above - 1 :], full) and _values(rows[above - 1]) > 0:
                return above - 1 if not _years(rows[above - 1]) else above  # no rule between the head and the first row
            return above if above <= _MOST and valued <= 1 else 0
    first = next((i for i, row in enumerate(rows) if _values(row) > 0 and not _years(row) and not _counts(row)), 0)
    ends = [sum(row[0].box.middle[1] < at for row in rows) for at in grounds]
    is_striped = 0 not in ends and 0 < first < min(ends, default=0) and len(ends) > _STRIPED
    if ends := [end for end in ends if 0 < end <= min(_MOST, len(rows) - 1) and not is_striped]:
        return max((end for end in ends if end <= first), default=min(ends))
    valued = sum(_values(row) > 0 for row in rows[first:])
    # A lone text may go on from the row above it, and says nothing of how many rows have values.
    paired = sum(len(row) > 1 for row in rows[first:])
    if not 0 < first <= _MOST or first > len(rows) // 2 or valued < 0.6 * paired:
        bold = [all(piece.bold for piece in row) for row in rows]
        top = next((i for i, one in enumerate(bold) if not one), 0)
        return top if len(rows) > 2 and max(map(len, rows[:top]), default=0) > 1 and not any(bold[top:]) else 0
    while first and len(rows[first - 1]) == 1:  # a heading of the first group of rows, or a wrapped label
        first -= 1
    return first


def _values(row: Row) -> int:
    return sum(is_answer(piece.text) for piece in row[1:])


def _years(row: Row) -> bool:
    return all(_YEAR.fullmatch(piece.text) for piece in row if is_value(piece.text))


def _counts(row: Row) -> bool:
    """Whether a row numbers the columns: (1), (2), (3)."""
    numbers = [int(found[1]) for piece in row if (found := _NUMBER.fullmatch(piece.text))]
    return len(numbers) > 1 and len(row) - len(numbers) < 2 and numbers == list(range(1, len(numbers) + 1))


def with_head(cells: Sequence[GridCell]) -> tuple[GridCell, ...]:
    """The cells of a ruled table, those above its first values, or in bold above all others, marked as its head."""
    texts: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rows):
            text = " ".join(line.text for line in cell.lines)
            if text:
                texts[row].append((cell.column, text, all(line.bold for line in cell.lines)))
    count = max(texts, default=-1) + 1
    valued = [r for r in range(count) if any(c and is_answer(t) and not _YEAR.fullmatch(t) for c, t, _ in texts[r])]
    first = valued[0] if valued and valued[0] <= _MOST and len(valued) >= 0.6 * (count - valued[0]) else 0
    bold = [bool(texts[r]) and all(b for _, _, b in texts[r]) for r in range(count)]
    head = first or int(count > 1 and bold[0] and not all(bold))
    inside = all(cell.row + cell.rows <= head for cell in cells if cell.row < head)
    return tuple(replace(cell, head=cell.row < head) for cell in cells) if head and inside else tuple(cells)


def head_cells(rows: Sequence[Row], extents: Extents, partial: Sequence[Rule]) -> list[GridCell]:
    """Cells of the head: text over a rule or over several columns spans them, lines of one column are one cell."""
    levels: list[list[Placed]] = []
    closed = True
    for row in rows:
        under = _rules_under(row, partial)
        parts = [] if under or row is rows[-1] else _shared_out(row, extents)
        if not under and in_order(row, extents):
            parts = [(k, k) for k in range(len(extents) - len(row), len(extents))]
        placed = list(zip(parts, row, strict=True)) if parts else _spanning(row, extents, under)
        if closed or _counts(row):
            levels.append([])
        levels[-1] += placed
        closed = bool(under) or _counts(row) or any(b > a for (a, b), _ in placed)
    cells = []
    for i, level in enumerate(levels):
        cells += [GridCell(i, a, 1, b - a + 1, lines, head=True) for (a, b), lines in by_column(level)]
    return cells


def _rules_under(row: Row, partial: Sequence[Rule]) -> list[Rule]:
    """Rules right below the row, each under one of its pieces."""
    y, size = row[0].box.middle[1], row[0].size
    near = [rule for rule in partial if 0 < rule.at - y < _UNDER * size]
    return [rule for rule in near if sum(_over(piece, rule) for piece in row) == 1]


def _over(piece: Line, rule: Rule) -> bool:
    return rule.start - 2 <= piece.box.middle[0] <= rule.end + 2


def _spanning(row: Row, extents: Extents, under: Sequence[Rule]) -> list[Placed]:
    """The pieces of one row with the columns that each stands over."""
    spans: list[Span] = []
    for piece in row:
        rule = next((rule for rule in under if _over(piece, rule)), None)
        spans.append(_under_rule(rule, extents) if rule else _columns_under(piece.box, extents))
    if not under and any(b > a or _is_between(p, a, extents) for p, (a, b) in zip(row, spans, strict=True)):
        spans = _widened(row, spans, extents)
    return list(zip(spans, row, strict=True))


def _shared_out(row: Row, extents: Extents, first: int = 1) -> list[Span]:
    """The columns from one on, shared out among texts each in the middle of two or more; none if that cannot be."""
    piece, rest = row[0], row[1:]
    if first == 1 and not rest:
        return []  # in the middle of all columns, it may head the one there
    for last in range(first + 1, len(extents)):
        if _off_centre(piece.box, first, last, extents) < _CENTRED * piece.size:
            if not rest and last == len(extents) - 1:
                return [(first, last)]
            if rest and (others := _shared_out(rest, extents, last + 1)):
                return [(first, last), *others]
    return []


def _is_between(piece: Line, column: int, extents: Extents) -> bool:
    """Whether a text lines up with its column neither at a side nor in the middle, but with it and a neighbour."""
    start, end = extents[column]
    box, slack = piece.box, _CENTRED * piece.size
    if min(abs(box.x0 - start), abs(box.x1 - end), abs(box.middle[0] - (start + end) / 2)) < slack:
        return False
    around = [(a, b) for a, b in ((column - 1, column), (column, column + 1)) if a > 0 and b < len(extents)]
    return any(_off_centre(box, a, b, extents) < slack for a, b in around)


def _under_rule(rule: Rule, extents: Extents) -> Span:
    inside = [k for k, (a, b) in enumerate(extents) if rule.start <= (a + b) / 2 <= rule.end]
    return (inside[0], inside[-1]) if inside else _columns_under(Rect(rule.start, 0, rule.end, 0), extents)


def _columns_under(box: Rect, extents: Extents) -> Span:
    """Columns that lie for the most part below a box, or touch it on both sides; the nearest where there is none."""
    shares = [min(box.x1, b) - max(box.x0, a) for a, b in extents]
    most = [k for k, (share, (a, b)) in enumerate(zip(shares, extents, strict=True)) if share > 0.5 * (b - a)]
    if len(most) > 1:
        return most[0], most[-1]
    crossed = [k for k, share in enumerate(shares) if share > 0]
    if len(crossed) > 1 and _off_centre(box, crossed[0], crossed[-1], extents) < _CENTRED * box.height:
        return crossed[0], crossed[-1]
    nearest = max(range(len(extents)), key=lambda k: (shares[k], -abs(sum(extents[k]) / 2 - box.middle[0])))
    return nearest, nearest


def _off_centre(box: Rect, first: int, last: int, extents: Extents) -> float:
    return abs(box.middle[0] - (extents[first][0] + extents[last][1]) / 2)


def _widened(row: Row, spans: Sequence[Span], extents: Extents) -> list[Span]:
    """In a row of headings over several columns each: every piece over all free columns that it is centred on."""
    out: list[Span] = []
    for i, (piece, (a, b)) in enumerate(zip(row, spans, strict=True)):
        low = out[-1][1] + 1 if out else min(a, 1)
        high = spans[i + 1][0] - 1 if i + 1 < len(spans) else len(extents) - 1
        ranges = [(x, y) for x in range(min(low, a), a + 1) for y in range(b, max(high, b) + 1)]
        least = min(_off_centre(piece.box, x, y, extents) for x, y in ranges)
        near = [r for r in ranges if _off_centre(piece.box, *r, extents) <= least + _CENTRED * piece.size]
        out.append(max(near, key=lambda r: r[1] - r[0]))
    return out
