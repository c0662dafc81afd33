"""What lines up as a table does, and is drawn: diagrams of boxes, bars between lines."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.tables.parts.grid import Table
from pipeline.text_layer.tables.parts.rules import MARK, Drawings

# Share of a table that images may cover: logos and small pictures in cells. More, and a ruled poster is a table;
# chosen.
_PICTURE = 0.25
# Larger curves and slanting lines: a diagram, however many boxes it has. One may be a signature across a form. Set on
# the drawn diagrams of tests/support, whose arrows slant.
_CURVES = 2
# Bars of the smallest chart, and the share of coloured areas with text that may be beside them, as grounds of a table.
_BARS, _TOLD = 3, 0.4
# Points within which bars begin on their axis, and how much longer one is than another; fields of a form are alike.
_ON, _DIFFER = 1.5, 1.1


def is_picture(table: Table, drawings: Drawings, images: Sequence[Rect]) -> bool:
    """Whether images cover a quarter of a grid, or larger curves and slanting lines run through it: a diagram."""
    covered = sum(table.box.common_area(image) for image in images)
    curves = sum(table.box.holds(box.middle) and max(box.width, box.height) > MARK for box in drawings.curved)
    return covered > _PICTURE * table.box.area or curves > min(0.5 * len(table.cells), _CURVES)


def has_bars(table: Table, drawings: Drawings) -> bool:
    """Whether coloured areas without text stand on one line and are of different heights: the columns of a chart."""
    areas = [box for box in drawings.shades if box.common_area(table.box) > 0 and max(box.width, box.height) > MARK]
    texts = [line.box.middle for cell in table.cells for line in cell.lines]
    bars = [box for box in areas if not any(box.holds(text) for text in texts)]
    if len(bars) < _BARS or len(bars) < (1 - _TOLD) * len(areas):
        return False
    heights = [box.height for box in bars]
    return all(abs(box.y1 - bars[0].y1) < _ON for box in bars) and max(heights) > _DIFFER * min(heights)
