"""Text that is set to the middle of something higher: cells beside wrapped ones, and labels of several rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.levels import SAME_ROW, PlacedRow, is_parted
from pipeline.text_layer.tables.text.places import Row, foot

# Of the pitch of rows: how far the middle of a label may lie off the middle of its rows. Half a pitch is where the next
# number of rows has its middle.
_OFF = 0.25
# Of the pitch: how far two rows around a label may be nearer or further than others. A heading between them makes it 2.
_USUAL = 0.15
# Em by which steps of half a line differ.
_EVEN = 0.1
# Em between the lines of one label, as text is led. More are two labels.
_LED = 1.4


@dataclass(frozen=True)
class Group:
    """A label in the middle of its rows, and the baselines of the first and the last of these."""

    label: tuple[Line, ...]
    first: float
    last: float


def levelled(rows: Sequence[Row]) -> list[Row]:
    """The rows, those joined that are one for the eye: only so does a label in the middle of others show its column."""
    pitches = [foot(b) - foot(a) for a, b in pairwise(rows) if len(a) > 1 and len(b) > 1]
    usual = median(pitches) if pitches else 0.0
    joined: list[Row] = []
    close = {i for first, last in _runs(rows) for i in range(first + 1, last + 1)}
    for i, row in enumerate(rows):
        if i in close or (0 < i < len(rows) - 1 and _is_between(rows[i - 1], row, rows[i + 1], usual)):
            joined[-1] = joined[-1] + row
        else:
            joined.append(row)
    return joined


def _runs(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """First and last of three and more lines at half a line from each other: of cells with one line and with two."""
    first = 0
    for i in range(1, len(rows) + 1):
        step = foot(rows[i]) - foot(rows[i - 1]) if i < len(rows) else 0.0
        even = first == i - 1 or abs(step - (foot(rows[first + 1]) - foot(rows[first]))) < _EVEN * rows[first][0].size
        if not 0 < step < SAME_ROW * rows[first][0].size or not even:
            if i - first > 2:
                yield first, i - 1
            first = i


def _is_between(above: Row, row: Row, below: Row, usual: float) -> bool:
    """Whether a lone text stands half-way between two rows that are as far apart as others."""
    pitch = foot(below) - foot(above)
    lone = len(row) == 1 and len(above) > 1 and len(below) > 1
    middle = (foot(above) + foot(below)) / 2
    return lone and abs(pitch - usual) < _USUAL * usual and abs(foot(row) - middle) < _USUAL * pitch


def groups(grid: Sequence[PlacedRow], parted: Sequence[float]) -> list[Group]:
    """The labels of the first column that stand in the middle of their rows.

    Between two rules that is seen of each by itself. Where no rule parts groups, all must fit, one behind the other,
    and one must stand between two rows: else a label belongs to the row that it is in.
    """
    bands = list(_bands(grid, parted))
    if len(bands) > 1:
        return [found for band in bands if (found := _one(band))]
    return _chain(grid)


def without(grid: Sequence[PlacedRow], found: Sequence[Group]) -> list[PlacedRow]:
    """The rows without these labels."""
    gone = {id(line) for group in found for line in group.label}
    rows = [[placed for placed in row if id(placed[1]) not in gone] for row in grid]
    return [row for row in rows if row]


def _bands(grid: Sequence[PlacedRow], parted: Sequence[float]) -> Iterator[list[PlacedRow]]:
    band: list[PlacedRow] = []
    for row in grid:
        if band and is_parted(band[-1], row, parted):
            yield band
            band = []
        band.append(row)
    yield band


def _one(band: Sequence[PlacedRow]) -> Group | None:
    """The only label of rows between two rules, in their middle."""
    labels, at = _labels(band), _baselines(band)
    led = all(b.box.y1 - a.box.y1 < _LED * a.size for a, b in pairwise(labels))
    if not 0 < len(labels) < len(at) or not led:
        return None
    pitch = (at[-1] - at[0]) / (len(at) - 1)
    if abs(fmean(line.box.y1 for line in labels) - (at[0] + at[-1]) / 2) > _OFF * pitch:
        return None
    return Group(tuple(labels), at[0], at[-1])


def _chain(rows: Sequence[PlacedRow]) -> list[Group]:
    """Labels each in the middle of as many rows as it takes, from the first row to the last; none if one is not."""
    labels, at = _labels(rows), _baselines(rows)
    if len(at) < 2 or not any(_is_off(line.box.y1, at, _OFF * (at[1] - at[0])) for line in labels):
        return []
    found, start = [], 0
    for label in labels:
        ends = range(start, len(at))
        slack = _OFF * (at[-1] - at[0]) / (len(at) - 1)
        end = next((k for k in ends if abs((at[start] + at[k]) / 2 - label.box.y1) < slack), None)
        if end is None:
            return []
        found.append(Group((label,), at[start], at[end]))
        start = end + 1
    return [group for group in found if group.last > group.first] if start == len(at) else []


def _is_off(y: float, at: Sequence[float], slack: float) -> bool:
    """Whether none of the baselines, from top to bottom, is near a height."""
    below = bisect_left(at, y)
    return all(abs(y - near) > slack for near in at[max(below - 1, 0) : below + 1])


def _labels(rows: Sequence[PlacedRow]) -> list[Line]:
    return [line for row in rows for span, line in row if span == (0, 0)]


def _baselines(rows: Sequence[PlacedRow]) -> list[float]:
    """Where rows have text in other columns."""
    found: list[float] = []
    for y in sorted(line.box.y1 for row in rows for span, line in row if span[0] > 0):
        if not found or y - found[-1] > 1.0:
            found.append(y)
    return found
