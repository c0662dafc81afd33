"""Figures by their caption: what is drawn between a caption and the text above it is one picture with its labels."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.pictures.figures import MIN_PATHS, Figure
from pipeline.text_layer.tables.parts.grid import Table
from pipeline.text_layer.tables.parts.rules import MARK, Drawings

# Points, half an inch: lower drawings over a caption are rules and ornaments. Chosen, not measured.
_MIN_HEIGHT = 36.0
# Points: a path so thin that runs over most of a column parts text. Bars of charts are thicker, hairlines are at most
# 1.
_RULE = 2.0
# Points: the white space between a picture and its caption, five lines. Larger, and a caption of a picture below takes
# the drawing above; smaller, and a picture with its axis title under it loses the caption. Chosen.
_NEAR = 60.0
# Larger curves through a table's cells that make its rules those of a plot: one may be an arrow or a signature.
_MIN_CURVES = 2
# Points of white that part a picture from what decorates the page: more than a gutter of two columns (12 to 18) keeps
# sub-figures together, less takes in a coloured bar at the margin. Chosen, not measured.
_APART = 18.0
# Shapes, no lines, that are a picture over a caption where nothing but labels is among them, as a chart of three bars.
# Fewer, and a framed note with a ground is one. Held by tests/pipeline/text_layer/pictures.
_MIN_SHAPES = 3
# Words of a line that may be a label: "Wheel turns per hour". Longer lines near a drawing are text. Chosen.
_LABEL_WORDS = 4
# Mean words of a line from which two lines are text and end the band in which a picture may stand. Lower, and wordy
# labels cut the picture; higher, and it takes in narrow columns of text. Chosen, not measured.
_PROSE_WORDS = 6


def captioned_figures(
    blocks: Sequence[Block], images: Sequence[Rect], drawings: Drawings, tables: Sequence[Table], width: float
) -> list[Figure]:
    """One figure for each caption that has a picture right above it. `width` is the page's, in points.

    What lies in a table does not make a picture, unless curves run through it: then its rules are those of a plot.
    """
    curves = {box for box in drawings.curved if max(box.width, box.height) > MARK}
    tables = [table for table in tables if sum(table.box.holds(box.middle) for box in curves) < _MIN_CURVES]
    # Frames and rules across the page are its own, and would make a picture of everything between them.
    free = [box for box in drawings.paths if box.width < 0.95 * width]
    free = [box for box in free if not any(table.box.holds(box.middle, 4.0) for table in tables)]
    images = [box for box in images if box.width < 0.95 * width]
    found = []
    for caption in blocks:
        if (match := CAPTION.match(caption.lines[0].text)) and match["figure"]:
            band = _band(caption, blocks, [*free, *images], width)
            if box := _picture(band, caption, blocks, images, free):
                found.append(Figure(box, True))
    return found


def without(tables: Sequence[Table], figures: Sequence[Figure]) -> list[Table]:
    """The tables that are not part of a picture."""
    return [t for t in tables if not any(f.box.common_area(t.box) > 0.7 * t.box.area for f in figures)]


def _band(caption: Block, blocks: Sequence[Block], drawn: Sequence[Rect], width: float) -> Rect:
    """The part of the page above a caption that has no running text, up to the text or the picture beside it."""
    prose = [block.box for block in blocks if block is not caption and _is_prose(block)]
    over = [box for box in prose if box.y1 <= caption.box.y0 and box.overlap_x(caption.box) > 0]
    top = max((box.y1 for box in over), default=0.0)
    rows = Rect(0, top, width, caption.box.y1)
    beside = [box for box in prose if box.overlap_y(rows) > 0]
    drawn = [box for box in drawn if box.overlap_y(rows) > 0]
    left = max((_side(box, caption.box, drawn) for box in beside if box.x1 <= caption.box.x0), default=0.0)
    right = min((_side(box, caption.box, drawn) for box in beside if box.x0 >= caption.box.x1), default=width)
    return Rect(left, top, right, caption.box.y0)


def _side(beside: Rect, caption: Rect, drawn: Sequence[Rect]) -> float:
    """Where text beside a picture begins; next to another caption, the middle of the widest gap between the two."""
    before = beside.x1 <= caption.x0
    if beside.y0 <= caption.y0 - caption.height:
        return beside.x1 if before else beside.x0
    start, end = sorted((beside.middle[0], caption.middle[0]))
    gaps, edge = [(-_RULE, (start + end) / 2)], start
    for box in sorted(drawn):
        if start < box.x1 and box.x0 < end and box.overlap_x(Rect(start, 0, end, 0)) < 0.9 * (end - start):
            gaps.append((box.x0 - edge, (edge + box.x0) / 2))
            edge = max(edge, box.x1)
    return max(gaps)[1]


def _is_prose(block: Block) -> bool:
    words = sum(len(line.words) for line in block.lines)
    return words >= _PROSE_WORDS * max(len(block.lines), 2) or bool(CAPTION.match(block.lines[0].text))


def _picture(
    band: Rect, caption: Block, blocks: Sequence[Block], images: Sequence[Rect], paths: Sequence[Rect]
) -> Rect | None:
    """The box around all that is drawn in the band, and the labels on it or between it and the caption."""
    area = bounds([caption.box, *(block.box for block in blocks if _is_prose(block))])
    drawn = [box for box in paths if _within(box, band) and not (box.height < _RULE and box.width > 0.8 * band.width)]
    shown = [box for box in images if _within(box, band)]
    near = [group for group in _groups([*drawn, *shown]) if _belongs(bounds(group), caption.box, area)]
    kept = {box for group in near for box in group}
    drawn, shown = [box for box in drawn if box in kept], [box for box in shown if box in kept]
    if len(drawn) < MIN_PATHS and not (shown and len(drawn) + len(shown) > 1) and not _is_plain(drawn, blocks):
        return None
    box = bounds([*drawn, *shown])
    short = [line.box for block in blocks for line in block.lines if len(line.words) <= _LABEL_WORDS]
    box = bounds([box, *(b for b in short if _within(b, band) and (_touches(b, box) or b.y0 >= box.y1 - 1))])
    return box if box.height >= _MIN_HEIGHT and caption.box.y0 - box.y1 < _NEAR else None


def _is_plain(drawn: Sequence[Rect], blocks: Sequence[Block]) -> bool:
    """Whether some shapes with nothing but labels around them are a plain chart, a scheme of boxes, a sketch."""
    shapes = [box for box in drawn if min(box.width, box.height) > _RULE]
    if len(shapes) < _MIN_SHAPES:
        return False
    area = bounds(drawn)
    inside = [line for block in blocks for line in block.lines if area.holds(line.box.middle)]
    return all(len(line.words) <= _LABEL_WORDS for line in inside)


def _groups(boxes: Sequence[Rect]) -> list[list[Rect]]:
    """Boxes with no white between them that is wide enough to part a picture from what decorates the page."""
    groups: list[list[Rect]] = []
    edge = 0.0
    for box in sorted(boxes):
        if not groups or box.x0 - edge > _APART:
            groups.append([])
        groups[-1].append(box)
        edge = max(edge, box.x1)
    return groups


def _belongs(group: Rect, caption: Rect, area: Rect) -> bool:
    return group.overlap_x(caption) > 0 or (area.x0 - _APART < group.x0 and group.x1 < area.x1 + _APART)


def _within(box: Rect, band: Rect) -> bool:
    return band.x0 - 1 <= box.x0 and box.x1 <= band.x1 + 1 and band.y0 - 1 <= box.y0 and box.y1 <= band.y1 + 1


def _touches(box: Rect, other: Rect) -> bool:
    return box.overlap_x(other) > -2 and box.overlap_y(other) > 0
