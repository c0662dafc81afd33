"""Straight lines of a page's drawings, as horizontal and vertical rules with the gaps of dashes closed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents import mupdf
from pipeline.text_layer.lines.geometry import Frame, Rect, connected

# Points: what lies nearer is one line. Double rules and the two sides of a thick one are 1 to 2 apart, rows of the
# smallest type 5. Larger joins rows; smaller makes empty rows between double rules.
SNAP = 3.0
# Two lines of type. Where tables and pictures were parted differently, a drawing could be both.
MARK = 20.0
"""Points: curved paths up to this size may be ticks and icons in cells."""
# Points: a rectangle no thicker is a line. Bars of charts are thicker, and so are cells.
_THIN = 3.0
# Points by which a corner may lie off its box: rounding of files that draw their rectangles side by side.
_CORNER = 0.5
# Paths: maps and plots beyond this are no tables, and reading them takes long.
_MAX_PATHS = 20_000
# Rules of each direction. All pairs are compared for crossings, so 3,000 of each are nine million comparisons.
_MAX_RULES = 3_000
# Grounds that are looked back at. Word processors paint the grounds of a cell's lines right behind the cell's own; more
# only costs time, as a table's other cells lie elsewhere.
_LATELY = 64
_ALL = 0.99  # of an area, less the rounding of files: what lies within another
# Curves of one path that are counted. More tell nothing new, and a coastline has thousands.
_MANY = 10


@dataclass(frozen=True)
class Rule:
    """A line at `at` across the axis, from `start` to `end` along it; all in points of the reading frame."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Drawings:
    """Rules of a page, its evenly coloured rectangles, those and its framed ones, and the boxes of all drawn paths.

    `curved` has a path once for each of its curves or slanting lines (up to ten): plots have them, tables do not.
    """

    horizontal: tuple[Rule, ...] = ()
    vertical: tuple[Rule, ...] = ()
    shades: tuple[Rect, ...] = ()
    boxes: tuple[Rect, ...] = ()
    paths: tuple[Rect, ...] = ()
    curved: tuple[Rect, ...] = ()


def read_drawings(page: mupdf.Page, frame: Frame) -> Drawings:
    """The rules and paths of a page; none where it has too many paths to be text and tables."""
    painted = sum("path" in kind for kind, *_ in mupdf.painted(page))
    if not 0 < painted <= _MAX_PATHS:
        return Drawings()
    edges: list[Rect] = []
    shades: list[Rect] = []
    boxes: list[Rect] = []
    drawn = mupdf.drawings(page)
    grounds: deque[tuple[Rect, object]] = deque(maxlen=_LATELY)
    for path in drawn:
        _sort_path(path, frame, grounds, edges, shades, boxes)
    paths = tuple(frame.rect(path["rect"]) for path in drawn)
    # Counted once for each curve, since a plotted line is one path: what tells a plot is how much bends, not how many
    # paths.
    slanting = [0 if _is_rounded(path) else min(sum(map(_slants, path["items"])), _MANY) for path in drawn]
    curved = tuple(box for box, count in zip(paths, slanting, strict=True) for _ in range(count))
    return Drawings(
        *rules_of(edges), shades=tuple(shades[:_MAX_RULES]), boxes=tuple(boxes[:_MAX_RULES]), paths=paths, curved=curved
    )


def _slants(item: Sequence[Any]) -> bool:
    if item[0] == "l":
        (x0, y0), (x1, y1) = item[1], item[2]
        return bool(abs(x0 - x1) > 1.0 and abs(y0 - y1) > 1.0)
    return bool(item[0] == "c")


def _is_rounded(path: Mapping[str, Any]) -> bool:
    """Whether a path is a rectangle with rounded corners: curves at four corners and straight sides between them."""
    kinds = Counter(item[0] for item in path["items"])
    straight = all(item[0] == "c" or (item[0] == "l" and not _slants(item)) for item in path["items"])
    return straight and kinds["c"] in (4, 8) and kinds["l"] >= 3


def _is_polygon(path: Mapping[str, Any]) -> bool:
    """Whether a filled path is a rectangle drawn line by line: all its points lie in the corners of its box."""
    if path["type"] != "f" or len(path["items"]) > 5 or any(item[0] != "l" for item in path["items"]):
        return False
    x0, y0, x1, y1 = path["rect"]
    points = [point for item in path["items"] for point in item[1:3]]
    return all(min(abs(x - x0), abs(x - x1)) < _CORNER and min(abs(y - y0), abs(y - y1)) < _CORNER for x, y in points)


def rules_of(edges: Iterable[Rect]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Horizontal and vertical rules from thin boxes."""
    edges = list(edges)
    horizontal = _merged([Rule((b.y0 + b.y1) / 2, b.x0, b.x1) for b in edges if b.width >= b.height])
    vertical = _merged([Rule((b.x0 + b.x1) / 2, b.y0, b.y1) for b in edges if b.width < b.height])
    return horizontal, vertical


def components(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that hang together by crossing or touching."""
    crossings = (
        (i, j)
        for j, v in enumerate(vertical, len(horizontal))
        for i, h in enumerate(horizontal)
        if h.start - SNAP <= v.at <= h.end + SNAP and v.start - SNAP <= h.at <= v.end + SNAP
    )
    found = []
    for group in connected(range(len(horizontal) + len(vertical)), crossings):
        across = [horizontal[i] for i in group if i < len(horizontal)]
        found.append((across, [vertical[i - len(horizontal)] for i in group if i >= len(horizontal)]))
    return [(h, v) for h, v in found if len(h) > 1 and v]


def _sort_path(
    path: Mapping[str, Any],
    frame: Frame,
    grounds: deque[tuple[Rect, object]],
    edges: list[Rect],
    shades: list[Rect],
    boxes: list[Rect],
) -> None:
    """Put a path's straight, axis-parallel lines among the edges, its coloured areas among shades and boxes.

    `grounds` are the areas painted last, with their colours.
    """
    stroked = "s" in path["type"]
    whole = _is_rounded(path) or _is_polygon(path)
    items: Sequence[Sequence[Any]] = [("re", path["rect"])] if whole else path["items"]
    for item in items:
        if item[0] == "l":
            box = frame.rect((*item[1], *item[2]))
            if stroked and min(box.width, box.height) <= 1.0:
                edges.append(box)
        elif item[0] in ("re", "qu"):
            box = frame.rect(item[1] if item[0] == "re" else _corners(item[1]))
            unseen = not stroked and _is_unseen(box, _colour(path), grounds)
            if not stroked and not unseen and min(box.width, box.height) > _THIN:
                grounds.append((box, _colour(path)))
            if unseen or (not stroked and min(path.get("fill") or (0.0,)) > 0.98):
                continue  # white on white: a background
            if min(box.width, box.height) <= _THIN:
                edges.append(box)
                continue
            boxes.append(box)
            if stroked:
                edges += sides(box)
            else:
                shades.append(box)


def _colour(path: Mapping[str, Any]) -> object:
    """What an area is filled with; None where something below shows through, or nothing is known of it."""
    return path.get("fill") if path.get("fill_opacity") in (None, 1.0) else None


def _is_unseen(box: Rect, colour: object, grounds: Iterable[tuple[Rect, object]]) -> bool:
    """Whether an area is painted in the colour that is there: the ground of a paragraph in its coloured cell."""
    rest = (1 - _ALL) * box.area
    below = next((ground for ground in reversed([*grounds]) if ground[0].common_area(box) > rest), None)
    return below is not None and below[1] == colour is not None and below[0].common_area(box) > _ALL * box.area


def _corners(quad: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = quad[0], quad[3]
    return x0, y0, x1, y1


def sides(box: Rect) -> Iterator[Rect]:
    """The four sides of a box, as boxes without thickness."""
    yield Rect(box.x0, box.y0, box.x1, box.y0)
    yield Rect(box.x0, box.y1, box.x1, box.y1)
    yield Rect(box.x0, box.y0, box.x0, box.y1)
    yield Rect(box.x1, box.y0, box.x1, box.y1)


def _merged(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Snap rules that lie side by side onto one line, and join those that touch or leave a dash's gap."""
    merged: list[Rule] = []
    line: list[Rule] = []
    for rule in sorted(rules, key=lambda r: r.at):
        if line and rule.at - line[0].at > SNAP:
            merged += _joined(line)
            line = []
        line.append(rule)
    merged += _joined(line)
    return tuple(rule for rule in merged if rule.length > 2 * SNAP)[:_MAX_RULES]


def _joined(line: list[Rule]) -> list[Rule]:
    if not line:
        return []
    at = sum(rule.at for rule in line) / len(line)
    joined: list[Rule] = []
    for rule in sorted(line, key=lambda r: r.start):
        if joined and rule.start <= joined[-1].end + SNAP:
            joined[-1] = Rule(at, joined[-1].start, max(joined[-1].end, rule.end))
        else:
            joined.append(Rule(at, rule.start, rule.end))
    return joined
