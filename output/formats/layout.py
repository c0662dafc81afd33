"""What was found on the original pages: labelled boxes and the reading order, to be drawn on the PDF by its owner."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise

from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.grounding.parser import GRID
from output.grounding.roles import Role
from output.pictures.figures import CropError, Pixels, Raster, Region

Colour = tuple[float, float, float]
Point = tuple[float, float]

COLOURS: dict[Role, Colour] = {
    Role.TITLE: (0.70, 0.11, 0.11),
    Role.HEADING: (0.76, 0.25, 0.05),
    Role.TEXT: (0.11, 0.31, 0.85),
    Role.LIST: (0.05, 0.43, 0.47),
    Role.TABLE: (0.49, 0.13, 0.81),
    Role.FIGURE: (0.08, 0.40, 0.20),
    Role.CAPTION: (0.30, 0.40, 0.05),
    Role.FORMULA: (0.75, 0.09, 0.36),
    Role.CODE: (0.34, 0.33, 0.31),
    Role.RUNNING: (0.39, 0.45, 0.55),
}
"""Red, green, blue, each 0..1; white text on any of them has a contrast of at least 4.5."""

# A page with more is a repetition loop, and MuPDF's time grows with the square of annotations (it was 500 at
# first). Fewer, and dense newspaper pages would lose boxes.
_MOST_BLOCKS = 200
# Characters: what a viewer's pop-up shows without scrolling; chosen, not measured. Longer only makes the file larger.
_NOTE_LENGTH = 300
# Twice the points, so that a page of an image file is legible when it is enlarged to double size.
_IMAGE_DPI = 144.0


@dataclass(frozen=True)
class Rect:
    """Edges as shares of the page as displayed, 0..1 from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Frame:
    """A box to be outlined, or to stand under its title."""

    rect: Rect
    colour: Colour
    title: str
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """What is drawn on a page of `width` x `height` points; arrows run from point to point, in shares of the page."""

    number: int
    width: float
    height: float
    frames: tuple[Frame, ...]
    arrows: tuple[tuple[Point, Point], ...]
    labels: tuple[Frame, ...]


def sheets(document: Document) -> tuple[Sheet, ...]:
    """For each page all boxes, an arrow from each block to the next, and each block's place in the order and label."""
    return tuple(map(_sheet, document.pages))


def page_image(page: PageBlocks, raster: Raster) -> bytes | str:
    """The page as a JPEG file, or one line that says why there is none: for a source that is no PDF."""
    try:
        return _jpeg(raster(page.number, _IMAGE_DPI, Region(0, 0, page.width, page.height)))
    except (CropError, OSError, MemoryError) as error:
        return str(error)


def _sheet(page: PageBlocks) -> Sheet:
    blocks = [(order, block) for order, block in enumerate(page.blocks[:_MOST_BLOCKS], 1) if block.boxes]
    frames = tuple(_frame(box, order, block) for order, block in blocks for box in block.boxes)
    arrows = tuple((_middle(a.boxes[-1]), _middle(b.boxes[0])) for (_, a), (_, b) in pairwise(blocks))
    labels = tuple(_frame(block.boxes[0], order, block) for order, block in blocks)
    return Sheet(page.number, page.width, page.height, frames, arrows, labels)


def _frame(box: Box, order: int, block: Block) -> Frame:
    rect = Rect(box.x1 / GRID, box.y1 / GRID, box.x2 / GRID, box.y2 / GRID)
    return Frame(rect, COLOURS[block.role], f"{order} {block.label or 'text'}", block.text[:_NOTE_LENGTH])


def _middle(box: Box) -> Point:
    return (box.x1 + box.x2) / (2 * GRID), (box.y1 + box.y2) / (2 * GRID)


def _jpeg(pixels: Pixels) -> bytes:
    from PIL import Image

    encoded = io.BytesIO()
    # Lower than a crop's 92: the page is there to be looked at under boxes, not to be kept.
    Image.fromarray(pixels).save(encoded, "JPEG", quality=88)
    return encoded.getvalue()
