"""What stands between two blanks in MuPDF's lines, over the ends of spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents.stated.fonts import is_mono

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points, from the top left corner of the page as displayed."""

_PAINTED = 16 | 32  # MuPDF's bits of a character: filled, stroked
_CLIPS = 64  # used as a clipping path, through which something may be seen
_RAISED = 1  # MuPDF's bit of a span: a superscript
# Of the larger one; below it digits side by side are a number and its power or note mark. The value of `_SMALL` in the
# text layer's `lines.py`, of which this module may know nothing: lower joins 10² to 102 on the witness's side, higher
# parts words whose letters differ in rounding.
_SAME_SIZE = 0.85
_ACCENTS = frozenset("´`¨ˆ^˜~ˇ˚°¸˘˙˝˛¯ˉ")  # what TeX and old drivers paint over a letter, and above a capital higher up


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a part of one: its box in the page's own frame, its type size, and whether anything paints it."""

    text: str
    box: Box
    size: float
    painted: bool


def spans_of(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The spans of a line. `backwards`: whether their first letter is the last one from the left, or from above."""
    is_back = sum(line["dir"]) < 0
    return [{**span, "backwards": is_back} for span in line["spans"]]


def without_bullets(lines: Sequence[Sequence[Mapping[str, Any]]]) -> list[Sequence[Mapping[str, Any]]]:
    """The lines' spans without the typewriter's o that word processors set as a bullet, which is no word; on a
    typewritten page it is one."""
    long = [spans for spans in lines if sum(len(span["text"].strip()) for span in spans) > 1]
    if 2 * sum(all(map(is_mono, spans)) for spans in long) > len(long):
        return list(lines)
    return [spans[1:] if _opens_with_bullet(spans) else spans for spans in lines]


def _opens_with_bullet(spans: Sequence[Mapping[str, Any]]) -> bool:
    if not spans or spans[0]["text"].strip() != "o" or not is_mono(spans[0]):
        return False
    return not any(is_mono(span) and span["text"].strip() for span in spans[1:])


def units_of(spans: Sequence[Mapping[str, Any]]) -> Iterator[Unit]:
    """What stands between blanks, over the ends of spans, except where a power or note mark follows a number."""
    last: Unit | None = None
    raised = 0
    for span in spans:
        # An accent over a capital is raised, too, and part of its letter's word.
        now = raised if _ACCENTS.issuperset(span["text"].strip()) else span["flags"] & _RAISED
        for unit, apart in _parts(span):
            step = last is not None and (raised != now or _differ(last.size, unit.size))
            if last is not None and (apart or step):
                yield last
                last = None
            last = unit if last is None else _joined(last, unit)
            raised = now
        if last is not None and span["text"][-1:].isspace():
            yield last
            last = None
    if last is not None:
        yield last


def _parts(span: Mapping[str, Any]) -> Iterator[tuple[Unit, bool]]:
    """The words of a span, and whether a blank is before them. Their boxes are shares of the span's by its letters."""
    from pipeline.documents import letters

    text = span["text"]
    is_back = span["backwards"] != (not text.isascii() and letters.is_right_to_left(text))
    x0, y0, x1, y1 = span["bbox"]
    dx, dy = (
        ((x1 - x0) / len(text), 0.0) if x1 - x0 >= y1 - y0 else (0.0, (y1 - y0) / len(text)) if text else (0.0, 0.0)
    )
    painted = bool(span["char_flags"] & _CLIPS or (span["char_flags"] & _PAINTED and span["alpha"]))
    at = 0
    for word in text.split():
        start = text.index(word, at)
        end = start + len(word)
        first, last = (len(text) - end, len(text) - start) if is_back else (start, end)
        box = (x0 + first * dx, y0 + first * dy, x0 + last * dx if dx else x1, y0 + last * dy if dy else y1)
        yield Unit(word, box, span["size"], painted), start > 0
        at = end


def _joined(a: Unit, b: Unit) -> Unit:
    box = min(a.box[0], b.box[0]), min(a.box[1], b.box[1]), max(a.box[2], b.box[2]), max(a.box[3], b.box[3])
    return Unit(a.text + b.text, box, b.size, a.painted or b.painted)


def _differ(before: float, after: float) -> bool:
    return min(before, after) < _SAME_SIZE * max(before, after)
