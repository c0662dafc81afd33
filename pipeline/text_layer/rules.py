"""Straight lines of a page's drawings, as horizontal and vertical rules with the gaps of dashes closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.text_layer.geometry import Frame, Rect

if TYPE_CHECKING:
    import pymupdf

SNAP = 3.0  # points: what lies nearer is one line
_THIN = 3.0  # points: a rectangle no thicker is a line
_MAX_PATHS = 20_000  # maps and plots beyond this are no tables, and reading them takes long
_MAX_RULES = 3_000


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
    """Rules of a page, and the boxes of all its drawn paths."""

    horizontal: tuple[Rule, ...] = ()
    vertical: tuple[Rule, ...] = ()
    paths: tuple[Rect, ...] = ()


def read_drawings(page: pymupdf.Page, frame: Frame) -> Drawings:
    """The rules and paths of a pymupdf page; none where it has too many paths to be text and tables."""
    painted = sum("path" in kind for kind, *_ in page.get_bboxlog())
    if not 0 < painted <= _MAX_PATHS:
        return Drawings()
    drawn = page.get_cdrawings()
    edges = [edge for path in drawn for edge in _edges(path, frame)]
    horizontal = _merged([Rule((b.y0 + b.y1) / 2, b.x0, b.x1) for b in edges if b.width >= b.height])
    vertical = _merged([Rule((b.x0 + b.x1) / 2, b.y0, b.y1) for b in edges if b.width < b.height])
    return Drawings(horizontal, vertical, tuple(frame.rect(path["rect"]) for path in drawn))


def _edges(path: Mapping[str, Any], frame: Frame) -> Iterator[Rect]:
    """Thin boxes of the straight, axis-parallel lines that a path draws."""
    fill, stroked = path.get("fill"), "s" in path["type"]
    white = fill is not None and min(fill, default=0.0) > 0.98
    for item in path["items"]:
        if item[0] == "l":
            box = frame.rect((*item[1], *item[2]))
            if stroked and min(box.width, box.height) <= 1.0:
                yield box
        elif item[0] in ("re", "qu"):
            box = frame.rect(item[1] if item[0] == "re" else _corners(item[1]))
            if min(box.width, box.height) <= _THIN:
                if stroked or not white:
                    yield box
            elif stroked or not white:
                yield from _sides(box)


def _corners(quad: Any) -> tuple[float, float, float, float]:
    (x0, y0), (x1, y1) = quad[0], quad[3]
    return x0, y0, x1, y1


def _sides(box: Rect) -> Iterator[Rect]:
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
