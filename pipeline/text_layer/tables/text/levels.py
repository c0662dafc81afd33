"""Text rows that are one for the eye: their baselines lie too close, or one stands half-way between two others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pipeline.text_layer.tables.text.places import Placed
from pipeline.text_layer.tables.text.values import is_answer

# Em between baselines: nearer lines cannot be two lines of one text, since even type that is set solid is led by 1 em
# (the drawn tables by 1.05 and more). They are cells of one row whose text stands in its middle.
SAME_ROW = 0.75
# Em by which the two steps differ from what stands in the middle to the lines beside it: rounding. And of the pitch of
# rows, the longer one that it may be: labels are led as wide as rows at most, which makes it .5.
_EVEN, _HALF = 0.1, 0.6

PlacedRow = list[Placed]


def level(grid: Sequence[Sequence[Placed]], parted: Sequence[float]) -> list[PlacedRow]:
    """Text rows, those joined whose baselines lie too close: cells set to the middle of their row."""
    rows: list[PlacedRow] = []
    last = 0.0
    halves = _halves(grid)
    for i, placed in enumerate(grid):
        at = max(p.box.y1 for _, p in placed)
        close = bool(rows) and (at - last < SAME_ROW * min(p.size for _, p in placed) or i in halves)
        if close and not is_parted(rows[-1], placed, parted):
            rows[-1] = rows[-1] + list(placed)
        else:
            rows.append(list(placed))
        last = at
    return rows


def _halves(grid: Sequence[Sequence[Placed]]) -> set[int]:
    """Numbers of text rows half-way between two lines of what is beside them, and of the second of these lines.

    The steps are shorter than those between rows that have both: a label on each line with its values below is none.
    """
    filled = [{span for span, _ in placed} for placed in grid]
    both = [len(spans) > 1 and (0, 0) in spans for spans in filled]
    pitches = [pitch_of(a, b) for (a, b), two in zip(pairwise(grid), pairwise(both), strict=True) if all(two)]
    usual = median(pitches) if pitches else 0.0
    found = set[int]()
    for i in range(1, len(grid) - 1):
        down, up = pitch_of(grid[i - 1], grid[i]), pitch_of(grid[i], grid[i + 1])
        apart = filled[i].isdisjoint(filled[i - 1]) and filled[i + 1] <= filled[i - 1]
        even = abs(down - up) < _EVEN * grid[i][0][1].size
        if apart and even and down < _HALF * usual and has_value(grid[i]):
            found |= {i, i + 1}
    return found


def is_parted(above: Sequence[Placed], below: Sequence[Placed], parted: Sequence[float]) -> bool:
    """Whether one of the rules lies between two rows."""
    top, bottom = max(p.box.middle[1] for _, p in above), min(p.box.middle[1] for _, p in below)
    return any(top < at < bottom for at in parted)


def has_value(row: Sequence[Placed]) -> bool:
    """Whether a number or another answer stands in a row."""
    return any(is_answer(piece.text) for _, piece in row)


def pitch_of(above: Sequence[Placed], below: Sequence[Placed]) -> float:
    """Points from the lowest baseline of a row to that of the next."""
    return max(p.box.y1 for _, p in below) - max(p.box.y1 for _, p in above)
