"""Figures: embedded images and clusters of drawn paths that are neither table nor frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from pipeline.documents import mupdf
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Frame, Middles, Rect, bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.tables.parts.rules import Drawings

# The page is searched on a grid with so many cells along its longer side, 5 points of A4: paths nearer than that belong
# together. More cells, and dashed plots fall apart; fewer, and neighbouring pictures run together.
_CELLS = 160
# Points, two lines: smaller images are icons and bullets. Chosen; lower fills the output with crops of decoration.
_MIN_SIDE = 24.0
# A plot has two axes and their ticks at least. Lower, and a framed paragraph over a caption is a picture; higher, and
# plain diagrams are taken apart. Chosen.
MIN_PATHS = 8
"""Drawn paths that make a picture: fewer are frames, underlines and separators."""
# Share of the page from which on an image or a path is background: a scan below its text layer, a slide's ground.
# Lower, and full-page photographs are lost; higher, and a scan with margins is a picture beside its own text. Chosen.
_PAGE = 0.7
# Curves or slanting lines that make a picture of fewer than `MIN_PATHS` paths: a plotted line is one path with many.
# Fewer, and an ornament of a few strokes is a picture. Chosen, not measured.
_MIN_CURVES = 5
# Words: more inside than this is text on a ground, not labels in a figure. Lower, and labelled maps become text in
# pieces; higher, and a shaded box of text becomes a picture, though its words are kept. Chosen, not measured.
_MAX_WORDS = 60
# Mean words of a line inside a drawing up to which the lines are its labels: labels have one to three, prose six or
# more. The drawn pictures of tests/pipeline/text_layer/pictures hold it from below.
_LABEL_WORDS = 3.5
# Share of a drawing of straight rules alone that its text may take up. Of the drawn families in
# tests/pipeline/text_layer/pictures, bar charts have up to .12, ruled tables .2 and more; in between lies the bound.
_RULED_TEXT = 0.15
# Lines of body type behind each other that make text of what is printed on a drawing. Two may be a label of two lines;
# with more, short chapters on a decorated ground become a picture's labels.
_COLUMN = 3
# Points, by which left edges of lines of one column differ: rounding, and the side bearings of capitals.
_SAME_EDGE = 2.0
# Of the usual size of the page's lines: labels are set smaller, and sizes of one face are rounded to half a point.
_BODY = 0.95


@dataclass(frozen=True)
class Figure:
    """A figure's box in the reading frame, and whether it was drawn, so that its labels belong to the picture."""

    box: Rect
    drawn: bool


def read_images(page: mupdf.Page, frame: Frame) -> list[Rect]:
    """Boxes of the images on a page, without those that fill most of it (scans, backgrounds)."""
    width, height = frame.size
    return [box for box in image_boxes(page, frame) if 0 < box.area < _PAGE * width * height]


def image_boxes(page: mupdf.Page, frame: Frame) -> list[Rect]:
    """Boxes of all images on a page, as far as they lie on it."""
    whole = Rect(0, 0, *frame.size)
    return [_clipped(frame.rect(box), whole) for box in mupdf.images(page)]


def find_figures(
    frame: Frame, images: Sequence[Rect], drawings: Drawings, tables: Sequence[Rect], lines: Sequence[Line]
) -> list[Figure]:
    """Figures of a page, none of them inside another or over a table. `lines` are those outside the tables."""
    width, height = frame.size
    whole = Rect(0, 0, width, height)
    paths = [_clipped(box, whole) for box in drawings.paths]
    paths = [box for box in paths if box.width < _PAGE * width or box.height < _PAGE * height]
    paths = [box for box in paths if not any(table.holds(box.middle, 4.0) for table in tables)]
    texts = Middles(line.box for line in lines)
    written = [texts.any_within(box) for box in paths]
    grounds = [box for box, is_ground in zip(paths, written, strict=True) if is_ground]
    paths = [box for box, is_ground in zip(paths, written, strict=True) if not is_ground]
    figures = [Figure(box, False) for box, _ in _clusters(images, whole) if min(box.width, box.height) >= _MIN_SIDE]
    figures = [figure for figure in figures if figure.box.area < _PAGE * whole.area]
    for box, count in _clusters(paths, whole):
        curves = sum(box.holds(curve.middle) for curve in drawings.curved)
        # Drawings must be half as large again as images: small clusters of paths are signs, logos in heads, boxes to
        # tick.
        if (count >= MIN_PATHS or curves >= _MIN_CURVES) and min(box.width, box.height) >= 1.5 * _MIN_SIDE:
            figures.append(Figure(_with_axes(_on_ground(box, grounds), lines), True))
    figures = [f for f in figures if not any(f.box.common_area(t) > 0.2 * f.box.area for t in tables)]
    return _outermost([f for f in figures if _is_picture(f, drawings, lines)])


def trimmed(figure: Figure, blocks: Sequence[Rect]) -> Figure:
    """The figure without the side that reaches into text: the box of a clipped image is larger than what it shows."""
    box = figure.box
    for block in blocks:
        # Only text that stands beside the picture for most of its own height: a caption that touches it from below is
        # none.
        if block.overlap_y(box) <= 0.3 * block.height or block.overlap_x(box) <= 0:
            continue
        if block.middle[0] < box.x0 + 0.25 * box.width:
            box = Rect(min(block.x1, box.x1), box.y0, box.x1, box.y1)
        elif block.middle[0] > box.x1 - 0.25 * box.width:
            box = Rect(box.x0, box.y0, max(block.x0, box.x0), box.y1)
    return Figure(box, figure.drawn) if box.width > 0.5 * figure.box.width else figure


def labels_of(figure: Figure, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that are part of a drawn figure (axis numbers, legends); none of an image, or where they are prose.

    They leave the page's text and become the words of the picture.
    """
    if not figure.drawn:
        return []
    inside = [
        block for block in blocks if figure.box.holds(block.box.middle) and not CAPTION.match(block.lines[0].text)
    ]
    lines = [line for block in inside for line in block.lines]
    return inside if sum(len(line.words) for line in lines) <= _LABEL_WORDS * len(lines) else []


def _is_picture(figure: Figure, drawings: Drawings, lines: Sequence[Line]) -> bool:
    """Little text inside, or short labels among curves. What is ruled, or on a decorated ground, is text."""
    inside = [line for line in lines if figure.box.holds(line.box.middle)]
    words = sum(len(line.words) for line in inside)
    curves = sum(figure.box.holds(box.middle) for box in drawings.curved)
    if figure.drawn and (_is_column(inside, lines) or (not curves and _text_share(figure, inside) > _RULED_TEXT)):
        return False
    return words <= _MAX_WORDS or (curves >= _MIN_CURVES and words <= _LABEL_WORDS * len(inside))


def _text_share(figure: Figure, inside: Sequence[Line]) -> float:
    return sum(line.box.area for line in inside) / max(figure.box.area, 1.0)


def _is_column(inside: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether lines of several words, in the page's usual type, begin under each other: labels stand here and there."""
    usual = median(line.size for line in lines) if lines else 0.0
    edges = [line.box.x0 for line in inside if len(line.words) > 1 and line.size >= _BODY * usual]
    return any(sum(abs(edge - other) < _SAME_EDGE for other in edges) >= _COLUMN for edge in edges)


def _on_ground(box: Rect, grounds: Sequence[Rect]) -> Rect:
    """The smallest coloured or framed area around a drawing, where it is not much larger."""
    around = [g for g in grounds if g.common_area(box) > 0.95 * box.area and g.area < 3 * box.area]
    return min(around, key=lambda g: g.area, default=box)


def _with_axes(box: Rect, lines: Sequence[Line]) -> Rect:
    """The drawing and the numbers right beside it, but not the name under it."""
    near = [
        line.box
        for line in lines
        if len(line.words) <= 2
        and any(c.isdigit() for c in line.text)
        and not CAPTION.match(line.text)
        and min(line.box.overlap_x(box), line.box.overlap_y(box)) > -1.2 * line.size
    ]
    return bounds([box, *near])


def _clipped(box: Rect, whole: Rect) -> Rect:
    x0, y0 = min(max(box.x0, 0.0), whole.x1), min(max(box.y0, 0.0), whole.y1)
    return Rect(x0, y0, max(min(box.x1, whole.x1), x0), max(min(box.y1, whole.y1), y0))


def _clusters(boxes: Sequence[Rect], whole: Rect) -> Iterable[tuple[Rect, int]]:
    """Boxes that touch on a coarse grid, as the rectangle around them and their number."""
    step = max(whole.width, whole.height) / _CELLS
    if step <= 0:
        return
    owner: dict[tuple[int, int], int] = {}
    parent = list(range(len(boxes)))

    # Union-find over shared grid cells: linear in the cells that paths touch, where comparing all paths is quadratic.
    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, box in enumerate(boxes):
        for cell in _outline(box, step):
            parent[root(i)] = root(owner.setdefault(cell, i))
    groups: dict[int, list[Rect]] = {}
    for i, box in enumerate(boxes):
        groups.setdefault(root(i), []).append(box)
    for group in groups.values():
        yield bounds(group), len(group)


def _outline(box: Rect, step: float) -> Iterable[tuple[int, int]]:
    """Grid cells of a box and of the ring around it."""
    columns = range(int(box.x0 / step), int(box.x1 / step) + 2)
    rows = range(int(box.y0 / step), int(box.y1 / step) + 2)
    return ((c, r) for c in columns for r in rows)


def _outermost(figures: Sequence[Figure]) -> list[Figure]:
    """Without those that lie (mostly) inside a larger one; a larger one that takes them in counts as drawn."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda f: f.box.area, reverse=True):
        if not any(figure.box.common_area(other.box) > 0.5 * figure.box.area for other in kept):
            kept.append(figure)
    return kept
