"""A form as it reads: boxes as signs before their labels, and what is filled in behind the words it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.documents import mupdf
from pipeline.documents.stated.boxes import Tick, inside, ticks
from pipeline.documents.stated.fields import Field, FieldKind, buttons, page_fields
from pipeline.text_layer.characters.glyph import Box, Glyph, GlyphLine

EMPTY, CHECKED = "☐", "☒"

_REACH = 2.5  # em between a box and its label
_FIELD_REACH = 4.0  # em between the words of a field and what is filled in
_APART = 0.35  # em: what is put before or behind a line's letters stands off by so much, as a word does
_ADVANCE = 0.5  # em of a letter of a value that the file does not draw


_FRAME = 4.0  # points between a field and the frame that is drawn around it
_Wall = tuple[float, float, float]
"""An upright line: its x, its top, its bottom."""


@dataclass(frozen=True)
class _Span:
    """From where to where something reaches along a line, and where its middle lies across."""

    start: float
    end: float
    middle: float


def with_forms(page: mupdf.Page, lines: Sequence[GlyphLine]) -> list[GlyphLine]:
    """Lines with a sign for each box, without the marks in the boxes, and with values joined to the words before.

    Captions of push buttons are no larger than the page's text, so that none is taken for a heading.
    """
    fields = page_fields(page)
    pressed = buttons(page)
    found = ticks(page, ((g.text, g.box) for line in lines for g in line.glyphs), fields)
    filled = [field for field in fields if not field.is_box and field.value]
    if not found and not filled and not pressed:
        return list(lines)
    usual = Counter(round(g.size, 1) for line in lines for g in line.glyphs).most_common(1)
    size = usual[0][0] if usual else 10.0
    lines = [_sized(line, size) if _is_in(line, pressed) else line for line in lines]
    rest = _without(lines, [tick.box for tick in found])
    walls = [
        *_walls(page, [field.box for field in fields]),
        *((box[0], box[1], box[3]) for box in _boxes(fields, found)),
    ]
    for field in filled:
        rest = _with_value(rest, field, size, walls)
    for tick in found:
        rest = _with_tick(rest, tick, size, walls)
    return rest


def _boxes(fields: Sequence[Field], found: Sequence[Tick]) -> list[Box]:
    return [*(field.box for field in fields), *(tick.box for tick in found)]


def _walls(page: mupdf.Page, fields: Sequence[Box]) -> Iterator[_Wall]:
    """The upright lines of a page and the sides of its boxes, but for those that only frame a field."""
    for path in mupdf.drawings(page):
        for kind, *points in path["items"]:
            if kind == "re":
                x0, y0, x1, y1 = points[0][:4]
                if not any(
                    max(abs(a - b) for a, b in zip((x0, y0, x1, y1), box, strict=True)) < _FRAME for box in fields
                ):
                    yield from ((x, min(y0, y1), max(y0, y1)) for x in (x0, x1))
            elif kind == "l" and abs(points[0][0] - points[1][0]) < 1:
                yield points[0][0], min(points[0][1], points[1][1]), max(points[0][1], points[1][1])


def _behind(lines: Sequence[GlyphLine], box: Box, walls: Sequence[_Wall]) -> int | None:
    """The line right before a box, however far, in a form whose words and fields stand in columns of their own.

    Only where nothing stands between the two: no words, no other box, no side of a cell.
    """
    before: tuple[float, int] | None = None
    middle = (box[1] + box[3]) / 2
    for i, line in enumerate(lines):
        span = _across(line, box)
        last = _last(line)
        end = line.extent(last)[1]
        if _is_level(line, span) and line.direction == (1.0, 0.0) and end <= span.start + 1:
            before = max(before or (end, i), (end, i))
    if (
        before is None
        or not _says(lines[before[1]])
        or any(before[0] - 1 < x < box[0] - 1 and y0 <= middle <= y1 for x, y0, y1 in walls)
    ):
        return None
    return before[1]


def _is_in(line: GlyphLine, boxes: Sequence[Box]) -> bool:
    """Whether all of a line is in one of the boxes."""
    return any(all(inside(g.box, box) for g in line.glyphs) for box in boxes)


def _without(lines: Iterable[GlyphLine], boxes: Sequence[Box]) -> list[GlyphLine]:
    kept = []
    for line in lines:
        glyphs = tuple(g for g in line.glyphs if not any(inside(g.box, box) for box in boxes))
        if any(not g.is_space for g in glyphs):
            kept.append(GlyphLine(line.direction, glyphs))
    return kept


def _last(line: GlyphLine) -> Glyph:
    return next(glyph for glyph in reversed(line.glyphs) if not glyph.is_space)


def _says(line: GlyphLine) -> bool:
    return any(glyph.text.isalpha() for glyph in line.glyphs)


def _with_value(lines: list[GlyphLine], field: Field, size: float, walls: Sequence[_Wall]) -> list[GlyphLine]:
    """The lines with what is filled in: its own glyphs, or such as stand for them where the file draws none."""
    lines = [part for line in lines for part in _cut(line, field)]
    own = [line for line in lines if all(inside(g.box, field.box) for g in line.glyphs)]
    rest = [line for line in lines if not any(line is one for one in own)]
    if not own:
        own = [_line_of(text, field.box, size) for text in field.value.split("\n")[:1] if text.strip()]
    own = [_sized(line, size) for line in own]
    if len(own) == 1 and field.kind in (FieldKind.TEXT, FieldKind.CHOICE):
        for i, line in enumerate(rest):
            span = _across(line, field.box)
            last = _last(line)
            end = line.extent(last)[1]
            if _is_level(line, span) and -0.5 * last.size < span.start - end < _FIELD_REACH * last.size:
                rest[i] = _joined(line, own[0], end)
                return rest
        if (at := _behind(rest, field.box, walls)) is not None:
            last = _last(rest[at])
            rest[at] = _joined(rest[at], own[0], rest[at].extent(last)[1])
            return rest
    return [*rest, *own]


def _cut(line: GlyphLine, field: Field) -> Iterator[GlyphLine]:
    """A line; what is filled in parted from the words right beside the field, which are one line with it for MuPDF."""
    runs = [(held, tuple(run)) for held, run in groupby(line.glyphs, lambda glyph: inside(glyph.box, field.box))]
    said = "".join(glyph.text for held, run in runs if held for glyph in run if not glyph.is_space)
    if len(runs) == 1 or not said or said not in "".join(field.value.split()):
        yield line
        return
    for _, run in runs:
        if not all(glyph.is_space for glyph in run):
            yield GlyphLine(line.direction, run)


def _with_tick(lines: list[GlyphLine], tick: Tick, size: float, walls: Sequence[_Wall]) -> list[GlyphLine]:
    """The lines with the sign of a box before its label, else behind it, else alone."""
    sign = CHECKED if tick.checked else EMPTY
    for i, line in enumerate(lines):
        span = _across(line, tick.box)
        if _is_level(line, span) and (at := _label(line, span)) is not None:
            lines[i] = GlyphLine(line.direction, (*line.glyphs[:at], *_signed(line, at, sign), *line.glyphs[at:]))
            return lines
    for i, line in enumerate(lines):
        span, last = _across(line, tick.box), _last(line)
        end = line.extent(last)[1]
        if _is_level(line, span) and -1 < span.start - end < _REACH * last.size:
            mark = _placed(line, last, sign, end + 1.2 * last.size)
            lines[i] = GlyphLine(line.direction, (*line.glyphs, _blank(mark), mark))
            return lines
    if (far := _behind(lines, tick.box, walls)) is not None:
        last = _last(lines[far])
        mark = _placed(lines[far], last, sign, lines[far].extent(last)[1] + 1.2 * last.size)
        lines[far] = GlyphLine(lines[far].direction, (*lines[far].glyphs, _blank(mark), mark))
        return lines
    return [*lines, _line_of(sign, tick.box, size)]


def _label(line: GlyphLine, box: _Span) -> int | None:
    """The place in a line of the first glyph behind a box, where it is near."""
    for at, glyph in enumerate(line.glyphs):
        gap = line.extent(glyph)[0] - box.end
        if not glyph.is_space and gap > -1:
            return at if gap < _REACH * glyph.size else None
    return None


def _signed(line: GlyphLine, at: int, sign: str) -> list[Glyph]:
    """The sign of a box that stands before glyph `at`, parted from what is on either side."""
    label = line.glyphs[at]
    mark = _placed(line, label, sign, line.extent(label)[0] - _APART * label.size)
    needs_blank = at > 0 and not line.glyphs[at - 1].is_space
    return [*[_blank(mark)] * needs_blank, mark, _blank(mark)]


def _blank(beside: Glyph) -> Glyph:
    return beside._replace(text=" ", synthetic=True)


def _across(line: GlyphLine, box: Box) -> _Span:
    along = sorted((line.along(box[0], box[1]), line.along(box[2], box[3])))
    across = (line.across(box[0], box[1]) + line.across(box[2], box[3])) / 2
    return _Span(along[0], along[1], across)


def _is_level(line: GlyphLine, span: _Span) -> bool:
    """Whether the middle of a box is at the height of a line's letters."""
    first = line.glyphs[0]
    baseline = line.across(*first.origin)
    return baseline - 1.1 * first.size < span.middle < baseline + 0.35 * first.size


def _placed(line: GlyphLine, beside: Glyph, sign: str, end: float) -> Glyph:
    """A sign on a line's baseline that ends at `end`, as large as the glyph beside it."""
    width = 0.8 * beside.size
    shift = end - width - line.along(*beside.origin)
    dx, dy = line.direction[0] * shift, line.direction[1] * shift
    x, y = beside.origin[0] + dx, beside.origin[1] + dy
    x2, y2 = x + line.direction[0] * width, y + line.direction[1] * width
    up = (line.direction[1] * beside.size, -line.direction[0] * beside.size)
    xs, ys = (x, x2, x + up[0]), (y, y2, y + up[1])
    box = min(xs), min(ys), max(xs), max(ys)
    return beside._replace(text=sign, origin=(x, y), box=box, bold=False, mono=False)


def _joined(line: GlyphLine, value: GlyphLine, end: float) -> GlyphLine:
    """A line with what is filled in a word's space behind it."""
    label = _last(line)
    start = value.extent(value.glyphs[0])[0]
    shift = end + _APART * label.size - start
    rise = line.across(*label.origin) - line.across(*value.glyphs[0].origin)
    dx = line.direction[0] * shift - line.direction[1] * rise
    dy = line.direction[1] * shift + line.direction[0] * rise
    moved = [_moved(g, dx, dy)._replace(size=label.size, bold=False, mono=label.mono) for g in value.glyphs]
    return GlyphLine(line.direction, (*line.glyphs, _blank(moved[0]), *moved))


def _moved(glyph: Glyph, dx: float, dy: float) -> Glyph:
    x0, y0, x1, y1 = glyph.box
    origin = glyph.origin[0] + dx, glyph.origin[1] + dy
    return glyph._replace(origin=origin, box=(x0 + dx, y0 + dy, x1 + dx, y1 + dy))


def _sized(line: GlyphLine, size: float) -> GlyphLine:
    """A value no larger than the page's text: fields fill their height."""
    return GlyphLine(line.direction, tuple(g._replace(size=min(g.size, size), bold=False) for g in line.glyphs))


def _line_of(text: str, box: Box, size: float) -> GlyphLine:
    """A line of glyphs that the file does not draw, in a box."""
    baseline = (box[1] + box[3]) / 2 + 0.35 * size
    step = min(_ADVANCE * size, (box[2] - box[0]) / max(len(text), 1))
    glyphs = (
        Glyph(c, (x, baseline), (x, baseline - size, x + step, baseline), size, "", False, False, 0, True, -1)
        for c, x in ((c, box[0] + i * step) for i, c in enumerate(text))
    )  # fmt: skip
    return GlyphLine((1.0, 0.0), tuple(glyphs))
