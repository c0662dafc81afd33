"""A page under construction: pieces in reading order, then pixels, transcript and the map between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from train_nano.draw import Canvas, Fill, Picture, Span
from train_nano.fonts import Atlases
from train_nano.layout import Piece, Setter
from train_nano.theme import Theme

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Frame:
    """A column to fill, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Item:
    """A setter with the space around it. `need`: room below its top without which it goes to the next frame."""

    setter: Setter
    before: float = 0.0
    after: float = 0.0
    need: float = 0.0
    optional: bool = False  # dropped, rather than moved to the next frame, where it does not fit


class Sheet:
    """Pieces on a page of one size."""

    def __init__(self, width: int, height: int, theme: Theme) -> None:
        self.width, self.height, self.theme = width, height, theme
        self.placed: list[tuple[Piece, float, float]] = []

    def place(self, piece: Piece, x: float, y: float) -> float:
        """Put a piece with its upper left corner at (x, y); return the y below it."""
        self.placed.append((piece, x, y))
        for child, dx, dy in piece.children:
            self.place(child, x + dx, y + dy)
        return y + piece.height

    def set(self, setter: Setter, x: float, y: float, width: float, room: float | None = None) -> float:
        """Place what fits of a setter; return the y below it, or `y` when nothing fits."""
        piece, _ = setter(width, self.height - y if room is None else room)
        return y if piece is None else self.place(piece, x, y)

    def flow(
        self, frames: list[Frame], items: Iterable[Item], closers: dict[int, Callable[[], None]] | None = None
    ) -> float:
        """Fill the frames in order; return the y below the last piece. `closers` run when their frame is full."""
        waiting = iter(items)
        left: Setter | None = None
        item, misses = Item(lambda *_: (None, None)), 0
        y = frames[0].y
        for number, frame in enumerate(frames):
            y, gap = frame.y, 0.0
            while True:
                if left is None:
                    fresh = next(waiting, None)
                    if fresh is None:
                        break
                    item, left = fresh, fresh.setter
                top = y + (max(gap, item.before) if y > frame.y else 0.0)
                room = frame.y + frame.height - top
                piece, rest = left(frame.width, room) if room >= item.need else (None, left)
                if piece is None and item.optional:
                    left = None
                    continue
                if piece is None:
                    misses += 1
                    if misses > 3:
                        left, misses = None, 0
                    break
                y, misses = self.place(piece, frame.x, top), 0
                gap, left = item.after, rest
            if closers and number in closers:
                closers[number]()
        return y

    def finish(self, atlases: Atlases) -> Finished:
        """Draw everything."""
        canvas = Canvas(self.width, self.height, self.theme.paper, self.theme.ink, atlases)
        heads: list[str] = []
        maps: list[NDArray[np.int64]] = []
        for piece, x, y in self.placed:
            glyphs = _draw(canvas, piece, x, y)
            box = _box(piece, x, y)
            if piece.label is None or box is None:
                continue
            heads.append(
                _head(piece.label, box, self.width, self.height) + ("\n" + piece.content if piece.content else "")
            )
            joint = "\n\n" if maps else ""
            prefix = len(joint) + len(heads[-1]) - len(piece.content)
            maps.append(np.concatenate([np.full(prefix, -1, np.int64), glyphs]))
        text = "\n\n".join(heads)
        glyph_of_char = np.concatenate(maps).astype(np.int32) if maps else np.zeros(0, np.int32)
        boxes = np.concatenate(canvas.boxes) if canvas.boxes else np.zeros((0, 4), np.float32)
        return Finished(canvas.pixels(), text, glyph_of_char, "".join(canvas.characters), boxes)


@dataclass(frozen=True)
class Finished:
    """What `Sheet.finish` gives; see `pages.Sample`."""

    pixels: NDArray[np.uint8]
    text: str
    glyph_of_char: NDArray[np.int32]
    glyph_chars: str
    glyph_boxes: NDArray[np.float32]


def _draw(canvas: Canvas, piece: Piece, x: float, y: float) -> NDArray[np.int64]:
    """Draw a piece; return the glyph of each character of its content, -1 for none."""
    glyphs = np.full(len(piece.content), -1, np.int64)
    for mark in piece.marks:
        if isinstance(mark, Fill):
            canvas.mark(Fill(mark.x0 + x, mark.y0 + y, mark.x1 + x, mark.y1 + y, mark.grey))
        else:
            canvas.mark(Picture(mark.x + x, mark.y + y, mark.raster, mark.is_ink))
    for x0, y0, x1, y1, grey in piece.colours:
        canvas.colour(x0 + x, y0 + y, x1 + x, y1 + y, grey)
    for span in piece.spans:
        index = canvas.span(replace(span, x=span.x + np.float32(x), y=span.y + y))
        here = (span.source >= 0) & (index >= 0)
        glyphs[span.source[here]] = index[here]
    if piece.whole and piece.box is not None:
        x0, y0, x1, y1 = piece.box
        glyphs[:] = canvas.pseudo_glyph(x0 + x, y0 + y, x1 + x, y1 + y)
    return glyphs


def _box(piece: Piece, x: float, y: float) -> Box | None:
    """Tight box of a block's ink on the page."""
    boxes = [box for box in map(Span.ink_box, piece.spans) if box is not None]
    if piece.box is not None:
        boxes.append(piece.box)
    if not boxes:
        return None
    corners = np.array(boxes)
    low, high = corners[:, :2].min(0), corners[:, 2:].max(0)
    return float(low[0] + x), float(low[1] + y), float(high[0] + x), float(high[1] + y)


def _head(label: str, box: Box, width: int, height: int) -> str:
    scaled = [round(v / size * 999) for v, size in zip(box, (width, height, width, height), strict=True)]
    x1, y1, x2, y2 = (min(max(v, 0), 999) for v in scaled)
    return f"<|ref|>{label}<|/ref|><|det|>[[{x1}, {y1}, {x2}, {y2}]]<|/det|>"
