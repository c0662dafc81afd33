"""Boxes to be ticked, of a form's fields or drawn: where they are, and whether they are ticked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.nearby import Near
from pipeline.documents.stated.fields import Field

Box = tuple[float, float, float, float]
Letter = tuple[str, Box]
"""A character with its box in the page's own frame."""

# Points: boxes of printed forms are 6 to 14; smaller ones are bullets, larger ones frames. Chosen, not measured.
_SMALLEST, _LARGEST = 5.0, 18.0
_SQUARE = 0.2  # share by which the sides may differ
_CLOSE = 1.45  # points, between tenths, to which sides are rounded: squares that touch are cells of a grid or comb
_MARKS = frozenset("xX×✓✔✕✖✗✘☓•●■◆❖★☑☒")  # no digit: a number in a frame is one
# Of a page: forms have some dozens, and more than this are a pattern. Chosen.
_MOST = 1000
_CONTENTS = 1_000_000  # bytes of a page's description: in longer ones are maps and plots, and they are slow to read


@dataclass(frozen=True)
class Tick:
    """A box to be ticked, in the page's own frame."""

    box: Box
    checked: bool


def ticks(page: mupdf.Page, letters: Iterable[Letter], fields: Sequence[Field]) -> list[Tick]:
    """The boxes of a page: those of its form, and empty or marked squares that are drawn beside text.

    The letters are asked for only where squares are drawn.
    """
    found = [Tick(field.box, bool(field.checked)) for field in fields if field.is_box]
    if mupdf.length_of_contents(page) > _CONTENTS:
        return found
    for tick in _drawn(mupdf.drawings(page), letters):
        if not any(inside(tick.box, other.box) or inside(other.box, tick.box) for other in found):
            found.append(tick)
    return found


def inside(box: Box, outer: Box) -> bool:
    """Whether the middle of a box is in another one."""
    x, y = _middle(box)
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _spot(box: Box) -> Box:
    """The middle of a box, as a box."""
    return _middle(box) * 2


def _drawn(drawings: Sequence[dict[str, Any]], letters: Iterable[Letter]) -> Iterator[Tick]:
    outlined = [box for drawing in drawings for box in _squares(drawing)]
    sides = {round(box[2] - box[0]) for box in outlined}
    filled = {box for drawing in drawings for box in _filled(drawing) if round(box[2] - box[0]) in sides}
    squares = _alone(list(dict.fromkeys((*outlined, *filled))))
    if not 0 < len(squares) <= _MOST:
        return
    signs = Near([(_spot(place), text) for text, place in letters if not text.isspace()])
    paths = Near([(_spot(drawing["rect"]), drawing) for drawing in drawings])
    for box in squares:
        held = list(signs.touching(box))
        if held and (len(held) > 1 or held[0] not in _MARKS):
            continue  # a number in a frame
        yield Tick(box, bool(held) or box in filled or any(_crosses(path, box) for path in paths.touching(box)))


def _alone(squares: Sequence[Box]) -> list[Box]:
    """The squares that no other one touches or lies in."""
    near = Near([(box, box) for box in squares])
    return [box for box in squares if all(other == box for other in near.touching(_wider(box)))]


def _squares(drawing: dict[str, Any]) -> Iterator[Box]:
    """Outlined squares of a drawing; what is filled with a colour is a legend or a bullet."""
    fill = drawing.get("fill")
    if "s" not in drawing["type"] or (fill is not None and min(fill) < 0.9):
        return
    yield from _square(drawing)


def _filled(drawing: dict[str, Any]) -> Iterator[Box]:
    """Squares that are filled in black, which are ticked boxes where others of their size are empty."""
    fill = drawing.get("fill")
    if fill is not None and max(fill) < 0.3:
        yield from _square(drawing)


def _square(drawing: dict[str, Any]) -> Iterator[Box]:
    rects = [tuple(item[1]) for item in drawing["items"] if item[0] == "re"]
    if not rects and len(drawing["items"]) in (3, 4) and all(item[0] == "l" for item in drawing["items"]):
        rects = [tuple(drawing["rect"])]
    for x0, y0, x1, y1 in rects:
        width, height = x1 - x0, y1 - y0
        shorter, longer = sorted((width, height))
        if shorter >= _SMALLEST and longer <= min(_LARGEST, (1 + _SQUARE) * shorter):
            yield round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1)


def _wider(box: Box) -> Box:
    """A square with what is too close to it for a box of its own."""
    return box[0] - _CLOSE, box[1] - _CLOSE, box[2] + _CLOSE, box[3] + _CLOSE


def _crosses(drawing: dict[str, Any], box: Box) -> bool:
    """Whether a drawing whose middle is in a box is a cross, a tick or a blot."""
    x0, y0, x1, y1 = drawing["rect"]
    side = box[2] - box[0]
    if x1 - x0 > 1.6 * side or y1 - y0 > 1.6 * side:
        return False
    slanting = any(
        item[0] == "l" and min(abs(item[1][0] - item[2][0]), abs(item[1][1] - item[2][1])) > 0.2 * side
        for item in drawing["items"]
    )
    fill = drawing.get("fill")
    blot = fill is not None and max(fill) < 0.6 and min(x1 - x0, y1 - y0) > 0.3 * side
    curved = any(item[0] == "c" for item in drawing["items"]) and x1 - x0 > 0.3 * side
    return slanting or blot or curved
