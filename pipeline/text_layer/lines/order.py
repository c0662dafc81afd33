"""Reading order: a recursive XY-cut that prefers columns and cuts across them only where something spans them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pipeline.text_layer.lines.geometry import Rect, bounds

_Interval = tuple[float, float]
GUTTER = 0.7
"""Em of the body: the least white between columns. Less, and the spaces of a line set wide part columns; chosen."""
# Points, beyond any page: the white at the sides of a strip has no end. No threshold.
_FAR = 1e9


def reading_order(boxes: Sequence[Rect], gutter: float, numbers: Mapping[int, int] | None = None) -> list[int]:
    """Indices of the boxes in reading order. `gutter` is the least width of white space between columns, in points.

    `numbers` are those that boxes begin with, by their indices: where they count from one column to the next in rows,
    as the cards of a poster do, rows are read before columns.
    """
    return _order(list(range(len(boxes))), boxes, gutter, numbers or {}, 0)


def _order(items: list[int], boxes: Sequence[Rect], gutter: float, numbers: Mapping[int, int], depth: int) -> list[int]:
    if len(items) < 2:
        return items
    bands = _column_bands(_strips(items, boxes), boxes, gutter)
    ordered: list[int] = []
    for band, cuts in bands:
        # Twenty levels of columns within columns are no page that a person reads; Python's own limit is not far beyond.
        if not cuts or depth > 20:
            ordered += sorted(band, key=lambda i: (round(boxes[i].y0), boxes[i].x0))
            continue
        for part in _rows_of_cards(band, boxes, numbers, gutter) or _split(band, boxes, cuts):
            ordered += _order(part, boxes, gutter, numbers, depth + 1)
    return ordered


def _rows_of_cards(band: list[int], boxes: Sequence[Rect], numbers: Mapping[int, int], slack: float) -> list[list[int]]:
    """The rows of a band whose numbers count on in rows of one height, two in each but the last; else none.

    `slack`: points by which the heads of one row may begin apart, less than a line.
    """
    counted = sorted((i for i in band if i in numbers), key=lambda i: numbers[i])
    rows: list[list[int]] = []
    for i in counted:
        if not rows or boxes[i].y0 - boxes[rows[-1][0]].y0 > slack:
            rows.append([])
        rows[-1].append(i)
    values = [numbers[i] for i in counted]
    across = all(boxes[a].x0 < boxes[b].x0 for row in rows for a, b in pairwise(row))
    level = all(abs(boxes[i].y0 - boxes[row[0]].y0) <= slack for row in rows for i in row)
    consecutive = values == list(range(values[0], values[0] + len(values))) if values else False
    if len(rows) < 2 or not (across and level and consecutive) or min(map(len, rows[:-1])) < 2:
        return []
    tops = [min(boxes[i].y0 for i in row) for row in rows[1:]]
    return _cut(band, boxes, tops)


def _cut(band: list[int], boxes: Sequence[Rect], tops: Sequence[float]) -> list[list[int]]:
    """The boxes of a band, parted at heights where some of them begin."""
    parts: list[list[int]] = [[] for _ in range(len(tops) + 1)]
    for i in band:
        parts[sum(boxes[i].middle[1] > top for top in tops)].append(i)
    return parts


def _strips(items: list[int], boxes: Sequence[Rect]) -> list[list[int]]:
    """Groups from top to bottom that no horizontal white line divides. Boxes may overlap a little."""
    strips: list[list[int]] = []
    bottom = -_FAR
    for i in sorted(items, key=lambda k: boxes[k].y0):
        # Em boxes of lines set solid overlap by rounding and by their descenders: a fifth of a line, two points at
        # most, is no text that stands side by side.
        slack = min(2.0, 0.2 * boxes[i].height)
        if boxes[i].y0 + slack >= bottom:
            strips.append([])
        strips[-1].append(i)
        bottom = max(bottom, boxes[i].y1 - slack)
    return strips


def _free(strip: list[int], boxes: Sequence[Rect]) -> list[_Interval]:
    """White x-intervals of a strip, the unbounded ones at its sides included."""
    free, edge = [], -_FAR
    for i in sorted(strip, key=lambda k: boxes[k].x0):
        if boxes[i].x0 > edge:
            free.append((edge, boxes[i].x0))
        edge = max(edge, boxes[i].x1)
    return [*free, (edge, _FAR)]


def _column_bands(strips: list[list[int]], boxes: Sequence[Rect], gutter: float) -> list[tuple[list[int], list[float]]]:
    """Join neighbouring strips as long as one white column runs through all of them; give each band its cuts."""
    bands: list[tuple[list[int], list[float]]] = []
    k = 0
    while k < len(strips):
        count, cuts = _band(strips, k, boxes, gutter)
        # A heading over two columns may fit into the white behind a short line of one: it then crosses the columns
        # that all below it has.
        if count > 1 and len(strips[k]) == 1:
            box, (_, below) = boxes[strips[k][0]], _band(strips, k + 1, boxes, gutter)
            if any(box.x0 < cut < box.x1 for cut in below):
                count, cuts = 1, []
        bands.append(([i for strip in strips[k : k + count] for i in strip], cuts))
        k += count
    return bands


def _band(strips: list[list[int]], k: int, boxes: Sequence[Rect], gutter: float) -> tuple[int, list[float]]:
    """How many strips from the k-th on share a white column, and the middles of these columns."""
    around, free = bounds(boxes[i] for i in strips[k]), _free(strips[k], boxes)
    cuts = _cuts(around, free)
    count = 1
    for strip in strips[k + 1 :]:
        common = _common(free, _free(strip, boxes), gutter)
        # A white column through both strips is not enough: one of them must have text on both sides of it, or a
        # centred heading over a left-aligned line would count as two columns.
        here = bounds(boxes[i] for i in strip)
        both = bounds((around, here))
        wider = _cuts(both, common)
        if not wider or not (_side_by_side(around, wider) or _side_by_side(here, wider)):
            break
        around, free, cuts = both, common, wider
        count += 1
    return count, cuts


def _common(a: list[_Interval], b: list[_Interval], gutter: float) -> list[_Interval]:
    both = [(max(p[0], q[0]), min(p[1], q[1])) for p in a for q in b]
    return [(x0, x1) for x0, x1 in both if x1 - x0 >= gutter]


def _cuts(around: Rect, free: list[_Interval]) -> list[float]:
    """Middles of the white intervals that have boxes on both sides, where the boxes reach over `around`."""
    return [(x0 + x1) / 2 for x0, x1 in free if x0 >= around.x0 and x1 <= around.x1]


def _side_by_side(around: Rect, cuts: list[float]) -> bool:
    """Whether boxes stand on both sides of a cut, so that columns are there and not only stagger."""
    return any(around.x0 < cut < around.x1 for cut in cuts)


def _split(band: list[int], boxes: Sequence[Rect], cuts: list[float]) -> list[list[int]]:
    edges = [-_FAR, *sorted(cuts), _FAR]
    columns = [[i for i in band if a <= boxes[i].middle[0] < b] for a, b in pairwise(edges)]
    return [column for column in columns if column]
