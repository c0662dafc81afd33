"""What stands between two blanks in MuPDF's lines, over the ends of spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
# Em by which a power or an index in the size of its text is moved; less are accents, and letters that dance.
_MOVED = 0.25
_LEVEL_LINE = 0.01  # sine of half a degree
_EM = 1.4  # of the size: no face's letters reach higher and lower together, and most have 1.2
_ACCENTS = frozenset("´`¨ˆ^˜~ˇ˚°¸˘˙˝˛¯ˉ")  # what TeX and old drivers paint over a letter, and above a capital higher up


@dataclass(frozen=True, slots=True)
class Unit:
    """A word or a part of one: its box in the page's own frame, its type size, and whether anything paints it."""

    text: str
    box: Box
    size: float
    painted: bool


def spans_of(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The spans of a line. `backwards`: whether their first letter is the last one from the left, or from above;
    `across`: whether it runs across the page."""
    is_back, is_across = sum(line["dir"]) < 0, abs(line["dir"][1]) < _LEVEL_LINE
    return [{**span, "backwards": is_back, "across": is_across} for span in line["spans"]]


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
    raised, level = 0, None
    for span in spans:
        # An accent over a capital is raised, too, and part of its letter's word.
        is_accent = _ACCENTS.issuperset(span["text"].strip())
        now, at = (raised, level) if is_accent else (span["flags"] & _RAISED, _level(span))
        moved = level is not None and at is not None and abs(at - level) > _MOVED * span["size"]
        level = at
        for unit, apart in _parts(span):
            step = last is not None and (raised != now or moved or _differ(last.size, unit.size))
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


def stepped(spans: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The spans of a line of letters, parted where a letter stands higher or lower than the one before it."""
    for span in spans:
        chars = span["chars"]
        cuts = [at for at, (a, b) in enumerate(pairwise(chars), 1) if _steps(a, b, span["size"])]
        for start, end in pairwise([0, *cuts, len(chars)] if cuts else [0, len(chars)]):
            part = chars[start:end]
            box = (*(min(char["bbox"][side] for char in part) for side in (0, 1)),
                   *(max(char["bbox"][side] for char in part) for side in (2, 3)))  # fmt: skip
            yield {**span, "chars": part, "origin": part[0]["origin"], "bbox": box} if cuts else span


def is_high(span: Mapping[str, Any]) -> bool:
    """Whether the letters of a span that runs across the page stand on more than one baseline."""
    x0, y0, x1, y1 = span["bbox"]
    return _level(span) is not None and bool(x1 > x0 and y1 - y0 > (_EM + _MOVED) * span["size"])


def _steps(a: Mapping[str, Any], b: Mapping[str, Any], size: float) -> bool:
    both = a["c"].isalnum() and b["c"].isalnum()
    return bool(both and abs(a["origin"][1] - b["origin"][1]) > _MOVED * size)


def _level(span: Mapping[str, Any]) -> float | None:
    """The height of a span's baseline, where it runs across the page."""
    origin = span.get("origin")
    return None if origin is None or not span["across"] else float(origin[1])


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
