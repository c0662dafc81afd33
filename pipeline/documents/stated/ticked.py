"""Boxes to be ticked, each with the words that it stands at: for pages that a network read, which has no fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from pipeline.documents import letters, mupdf
from pipeline.documents.stated.boxes import Tick, inside, ticks
from pipeline.documents.stated.fields import page_fields
from pipeline.documents.stated.links import CONTEXT

Box = tuple[float, float, float, float]

# Em between a box and its label, and how far above and under a baseline its middle may lie: those of the text layer's
# own forms (`text_layer/characters/forms.py`), so that both readers give a box to the same words.
_REACH, _OVER, _UNDER = 2.5, 1.1, 0.35
# Characters of a label: the words that a box is found by, a line of small print. Chosen, not measured.
_LONGEST = 60


@dataclass(frozen=True)
class Ticked:
    """A box of page `page`, from 1, and its label, `text`, which stands behind the box, or with `is_last` before it.

    `before` and `after` are what stands beside the label; `box` is that of the label, in points as displayed.
    """

    page: int
    checked: bool
    text: str
    before: str
    after: str
    box: Box
    is_last: bool = False


@dataclass(frozen=True)
class _Line:
    """Level text: its characters with their boxes in the page's own frame, its baseline, its size."""

    chars: Sequence[tuple[str, Box]]
    baseline: float
    size: float


def page_boxes(file: mupdf.Document, number: int) -> Iterator[Ticked]:
    """The boxes of a page that have a label, in the order in which they are found."""
    page = file[number - 1]
    lines = [line for one in letters.text_lines(page) if (line := _line(one))]
    found = ticks(page, [char for line in lines for char in line.chars], page_fields(page))
    marked = [_Line([c for c in line.chars if not _in_any(c[1], found)], line.baseline, line.size) for line in lines]
    text = [line for line in marked if any(c.strip() for c, _ in line.chars)]
    shown = mupdf.displayed(page)
    for tick in found:
        level = [line for line in text if _is_level(line, tick)]
        near = ((line, label) for side in (_behind, _before) for line in level if (label := side(line, tick, found)))
        line, (first, last, is_last) = next(near, (None, (0, 0, False)))
        if line:
            box = mupdf.turned(shown, mupdf.joined_bounds([line.chars[i][1] for i in range(first, last)]))
            said = "".join(c for c, _ in line.chars)
            before, after = said[max(first - CONTEXT, 0) : first], said[last : last + CONTEXT]
            yield Ticked(number, tick.checked, said[first:last], before, after, box, is_last)


def _line(found: dict[str, Any]) -> _Line | None:
    """A line of MuPDF's; None where it slants, or has nothing in it."""
    chars = [(char["c"], tuple(char["bbox"])) for span in found["spans"] for char in span["chars"]]
    if tuple(found["dir"]) != (1.0, 0.0) or not chars:
        return None
    return _Line(chars, found["spans"][0]["origin"][1], max(span["size"] for span in found["spans"]))


def _in_any(box: Box, found: Sequence[Tick]) -> bool:
    return any(inside(box, tick.box) for tick in found)


def _is_level(line: _Line, tick: Tick) -> bool:
    return -_OVER * line.size < (tick.box[1] + tick.box[3]) / 2 - line.baseline < _UNDER * line.size


_Label = tuple[int, int, bool]
"""From where to where it reaches in a line, and whether its box stands behind it."""


def _behind(line: _Line, tick: Tick, others: Sequence[Tick]) -> _Label | None:
    """The words right behind a box, up to the next one."""
    places = [i for i, (c, box) in enumerate(line.chars) if box[0] > tick.box[2] - 1 and not c.isspace()]
    if not places or line.chars[places[0]][1][0] - tick.box[2] > _REACH * line.size:
        return None
    first = line.chars[places[0]][1][0]
    stop = min((other.box[0] for other in others if other.box[0] > first and _is_level(line, other)), default=inf)
    last = max((i for i in places if line.chars[i][1][2] < stop), default=places[0])
    return places[0], min(last, places[0] + _LONGEST) + 1, False


def _before(line: _Line, tick: Tick, _: Sequence[Tick]) -> _Label | None:
    """The words that end right before a box."""
    places = [i for i, (c, box) in enumerate(line.chars) if box[2] < tick.box[0] + 1 and not c.isspace()]
    if not places or tick.box[0] - line.chars[places[-1]][1][2] > _REACH * line.size:
        return None
    return max(places[0], places[-1] - _LONGEST), places[-1] + 1, True
