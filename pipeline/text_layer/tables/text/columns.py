"""Text of a table in pieces, and the white gutters that its rows leave free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tables.text.places import Row, place
from pipeline.text_layer.tables.text.values import is_bullet, is_sign, is_value

# Em: no space of a proportional face is so wide unless a line is set to fill its column. The narrowest gap of the drawn
# tables is .9. Smaller, and justified prose falls into columns; larger, and tight tables have two columns in one.
_GAP = 0.6
# Em between two values: thousands are parted by a thin space or a space, up to 0.3. Smaller cuts 12 345 in two.
_VALUES_GAP = 0.4
# Em: a typewriter's space is .6 em, and two of them part columns. Half-way: a column's text may end within a space.
_MONO_GAP = 0.9
# Of the smaller size: raised signs stand further off (.33 and more, of the larger size), rounding errors do not. Larger
# joins lines of tables that are set solid; smaller cuts rows whose cells are set in two sizes.
_BASELINE = 0.35
# Of the other rows: those with a label and a value at the places where one text has both. Fewer, and numbers within
# texts are cut off; more, and tables of which many cells are empty keep a value in a label.
_ALIKE = 0.4
# Of all rows: labels that run into the next column. More of them, and that is where the column of labels ends.
_LONG = 0.2
# Share of rows that may run across a gutter (they become spanning cells): one heading among ten rows. More, and chance
# gaps in prose count as gutters; with none, a single long label would join two columns.
_CROSSING = 0.1


def gap_of(size: float, mono: bool) -> float:
    """The least white space in points that parts two pieces."""
    return (_MONO_GAP if mono else _GAP) * size


def text_rows(lines: Sequence[Line]) -> list[Row]:
    """Lines grouped by baseline, from top to bottom, and cut into pieces at wide gaps."""
    rows: list[Row] = []
    for line in sorted(lines, key=lambda one: one.box.y1):
        if not rows or line.box.y1 - rows[-1][0].box.y1 > _BASELINE * min(line.size, rows[-1][0].size):
            rows.append([])
        rows[-1] += pieces(line)
    return [sorted(row, key=lambda piece: piece.box.x0) for row in rows]


def pieces(line: Line) -> list[Line]:
    """The line cut at its wide gaps."""
    runs: list[list[Word]] = [[line.words[0]]]
    for word in line.words[1:]:
        if _apart(runs[-1][-1], word):
            runs.append([])
        runs[-1].append(word)
    return [line_of(run) for run in runs]


def _apart(before: Word, word: Word) -> bool:
    gap = -word.box.overlap_x(before.box)
    if gap > gap_of(word.size, word.mono):
        return True
    return gap > _VALUES_GAP * word.size and not word.mono and is_value(before.text) and is_value(word.text)


def values_apart(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows, with a value cut off the long label that reaches up to it, where other rows have one at that place;
    and the same rows without the labels that run into the column of values beside them: these say nothing of where
    columns are."""
    values = _Values(rows)
    whole = [[part for piece in row for part in _value_apart(piece, k, values)] for k, row in enumerate(rows)]
    values = _Values(whole)
    bare = [
        [p for at, p in enumerate(row) if not _runs_over(p, row[at + 1 : at + 2], k, values)]
        for k, row in enumerate(whole)
    ]
    long = sum(len(a) > len(b) for a, b in zip(whole, bare, strict=True))
    return whole, bare if long <= max(1, _LONG * len(rows)) else whole


class _Values:
    """The values of some rows that stand behind a text, from left to right."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._least = max(2, _ALIKE * (len(rows) - 1))
        found = [
            (piece, k, before)
            for k, row in enumerate(rows)
            for before, piece in pairwise(row)
            if is_value(piece.text) and not is_value(before.text)
        ]
        # Numbers in arrays: each label asks all values of its column.
        self._rows = np.array([k for _, k, _ in found], int)
        self._starts, self._ends = np.array([piece.box[::2] for piece, _, _ in found], float).reshape(-1, 2).T
        self._labels = np.array([before.box[::2] for _, _, before in found], float).reshape(-1, 2).T

    def starts(self, label: Line, value: Rect, row: int) -> NDArray[np.float64]:
        """Where the values begin that other rows than number `row` have at this place behind a label; none where too
        few have."""
        common = np.minimum(self._ends, value.x1) - np.maximum(self._starts, value.x0)
        is_there = common > 0.5 * np.minimum(self._ends - self._starts, value.width)
        is_behind = np.minimum(self._labels[1], label.box.x1) - np.maximum(self._labels[0], label.box.x0) > 0
        found: NDArray[np.float64] = self._starts[is_there & is_behind & (self._rows != row)]
        return found if found.size >= self._least else found[:0]


def _value_apart(piece: Line, row: int, values: _Values) -> list[Line]:
    label, value = piece.words[:-1], piece.words[-1]
    if not label or not is_value(value.text) or is_value(piece.text) or is_value(label[-1].text):
        return [piece]
    return [line_of(label), line_of([value])] if values.starts(line_of(label), value.box, row).size else [piece]


def _runs_over(label: Line, beside: Sequence[Line], row: int, values: _Values) -> bool:
    """Whether a label ends right of where the values of the next column begin."""
    if not beside or is_value(label.text) or not is_value(beside[0].text):
        return False
    first = values.starts(label, beside[0].box, row).min(initial=math.inf)
    return bool(label.box.x1 > first - gap_of(label.size, label.words[0].mono))


def gutters(rows: Sequence[Row], gap: float) -> list[tuple[float, float]]:
    """White intervals at least `gap` points wide that (nearly) all rows leave free and that have text on both sides."""
    rows = [row for row in rows if len(row) > 1]  # a row of one piece is a heading inside the table, or one label
    allowed = int(_CROSSING * len(rows))
    filled = [interval for row in rows for interval in _filled(row)]
    events = sorted([(x0, 1) for x0, _ in filled] + [(x1, -1) for _, x1 in filled])
    found: list[tuple[float, float]] = []
    # A sweep from left to right: where at most `allowed` rows have text is white, and only white between text is a
    # gutter.
    depth, since, seen = 0, 0.0, False
    for x, step in events:
        if depth <= allowed and depth + step > allowed:
            if seen and x - since >= gap:
                found.append((since, x))
            seen = True
        elif depth > allowed and depth + step <= allowed:
            since = x
        depth += step
    return found


def _filled(row: Row) -> list[tuple[float, float]]:
    """Where a row has text; pieces above each other count once."""
    found: list[tuple[float, float]] = []
    for x0, x1 in sorted((piece.box.x0, piece.box.x1) for piece in row):
        if found and x0 < found[-1][1]:
            found[-1] = found[-1][0], max(x1, found[-1][1])
        else:
            found.append((x0, x1))
    return found


def edges_of(rows: Sequence[Row], gap: float) -> list[float]:
    """One place in each gutter; signs that stand apart from their numbers, and bullets, make no column."""
    edges = [_clearest(white, rows) for white in gutters(rows, gap)]
    texts: list[list[str]] = [[] for _ in range(len(edges) + 1)]
    for row in rows:
        for (first, last), piece in (place(piece, edges) for piece in row):
            if first == last:
                texts[first].append(piece.text)
    bullets = [bool(column) and all(map(is_bullet, column)) for column in texts]
    # A bullet belongs to the text behind it; with none, or with another bullet there, it is an answer.
    listed = [bullet and not (bullets[i + 1 : i + 2] or [True])[0] for i, bullet in enumerate(bullets)]
    signs = [bool(column) and (all(map(is_sign, column)) or listed[i]) for i, column in enumerate(texts)]
    gone = set()
    for i, sign in enumerate(signs):
        if sign:  # "$" belongs to what follows, "%" and ")" to what stands before
            before = all(text.strip() in ("%", "‰", ")", "%)") for text in texts[i])
            gone.add(i - 1 if (before and i > 0) or i == len(edges) else i)
    return [edge for k, edge in enumerate(edges) if k not in gone]


def _clearest(white: tuple[float, float], rows: Sequence[Row]) -> float:
    """The middle of the widest part of a gutter that the most rows leave free: the longest labels reach into it."""
    filled = [(x0, x1) for row in rows if len(row) > 1 for x0, x1 in _filled(row) if x0 < white[1] and x1 > white[0]]
    cuts = sorted({*white, *(x for ends in filled for x in ends if white[0] < x < white[1])})
    parts = [(sum(x0 < b and x1 > a for x0, x1 in filled), a - b, a, b) for a, b in pairwise(cuts)]
    _, _, start, end = min(parts)
    return (start + end) / 2


def whole_columns(edges: Sequence[float], head: Sequence[Row], body: Sequence[Row]) -> list[float]:
    """The edges without those inside one column: numbers at its right edge and dashes at its middle, never both in a
    row, under one text of the head."""
    kept = list(edges)
    for edge in edges if head else ():
        k = kept.index(edge)
        filled = [{first for (first, last), _ in (place(p, kept) for p in row) if first == last} for row in body]
        below = [{k, k + 1} & columns for columns in filled]
        above = {first for row in head for (first, _), _ in (place(p, kept) for p in row)}
        if k > 0 and not any(len(columns) > 1 for columns in below) and len(above & {k, k + 1}) < 2:
            kept.remove(edge)
    return kept
