"""A grey page built from three planes: paper (with rules, shades, pictures), ink, and ink coverage."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from train_nano.alphabet import SPACE, Codes, decode
from train_nano.fonts import Atlas, Atlases, Face, Floats, Grey

PAD = 160  # pixels around the page into which a large glyph at the edge may reach


@dataclass
class Span:
    """Characters of one line in one face. Arrays have one entry per character; positions in pixels."""

    face: Face
    size: float
    codes: Codes  # the characters
    shown: Codes  # what is drawn: a ligature stands at its first character, -1 at the others
    source: Codes  # index into the block's content, -1 for a character that is not in it
    x: Floats  # pen position
    advance: Floats
    y: float  # baseline
    ink: int | None = None  # grey, where it is not the page's

    def ink_box(self) -> tuple[float, float, float, float] | None:
        """Tight box around the ink, None for an empty span."""
        kept = self.codes != SPACE
        if not kept.any():
            return None
        bounds, x = self.face.bounds[self.codes[kept]] * self.size, self.x[kept]
        left, right = (x + bounds[:, 0]).min(), (x + bounds[:, 2]).max()
        return float(left), self.y - float(bounds[:, 1].max()), float(right), self.y - float(bounds[:, 3].min())


@dataclass
class Fill:
    """A grey rectangle: a rule, a shade, a side of a box. `grey` None means the page's ink."""

    x0: float
    y0: float
    x1: float
    y1: float
    grey: int | None = None


@dataclass
class Picture:
    """A grey raster with its upper left corner at whole pixels. `mask` None covers fully; else (h, w) ink coverage."""

    x: float
    y: float
    raster: Grey
    is_ink: bool = False  # the raster is ink coverage (a formula), not grey


Mark = Fill | Picture


class Canvas:
    """Collects spans and marks; `pixels` gives the page."""

    def __init__(self, width: int, height: int, paper: int, ink: int, atlases: Atlases) -> None:
        self.width, self.height = width, height
        self.paper = np.full((height, width), paper, np.uint8)
        self.inks: NDArray[np.uint8] | None = None
        self.ink = ink
        self.cover = np.zeros((height + 2 * PAD, width + 2 * PAD), np.uint8)
        self.characters: list[str] = []
        self.boxes: list[Floats] = []
        self.count = 0
        self._atlases = atlases

    def span(self, span: Span) -> NDArray[np.int64]:
        """Draw a span; return the glyph index of each of its characters, -1 for spaces."""
        atlas = self._atlases.get(span.face, span.size)
        if span.ink is not None:
            self._colour(span)
        drawn = (span.shown > SPACE) & (span.x > -PAD / 2) & (span.x < self.width + PAD / 2)
        if -PAD / 2 < span.y < self.height + PAD / 2:
            self._paste(atlas, span.shown[drawn], span.x[drawn], span.y)
        return self._record(span)

    def _paste(self, atlas: Atlas, codes: Codes, x: Floats, y: float) -> None:
        atlas.render(codes)
        across, down = atlas.across, atlas.down
        xs, ys = x + 0.5 / across, y + 0.5 / down
        column, row = np.floor(xs), math.floor(ys)
        phase, py = ((xs - column) * across).astype(int).tolist(), int((ys - row) * down)
        tables = [atlas.table(px, py) for px in range(across)]
        cover, maximum = self.cover, np.maximum
        row += PAD
        for code, px, at in zip(codes.tolist(), phase, (column.astype(int) + PAD).tolist(), strict=True):
            bitmap, dx, dy = tables[px][code] or atlas.glyph(code, px, py)
            top, left = row + dy, at + dx
            height, width = bitmap.shape
            target = cover[top : top + height, left : left + width]
            maximum(target, bitmap, out=target)

    def _record(self, span: Span) -> NDArray[np.int64]:
        kept = span.codes != SPACE
        many = int(kept.sum())
        index = np.full(len(span.codes), -1, np.int64)
        index[kept] = np.arange(self.count, self.count + many)
        self.count += many
        box = np.empty((many, 4), np.float32)
        box[:, 0], box[:, 2] = span.x[kept], span.x[kept] + span.advance[kept]
        box[:, 1], box[:, 3] = span.y - span.face.ascent * span.size, span.y + span.face.descent * span.size
        self.boxes.append(box)
        self.characters.append(decode(span.codes[kept]))
        return index

    def pseudo_glyph(self, x0: float, y0: float, x1: float, y1: float) -> int:
        """Record "□" for something drawn that is no text, such as a formula; return its glyph index."""
        self.boxes.append(np.array([[x0, y0, x1, y1]], np.float32))
        self.characters.append("□")
        self.count += 1
        return self.count - 1

    def _colour(self, span: Span) -> None:
        box = span.ink_box()
        if box is not None and span.ink is not None:
            self.colour(box[0] - 2, box[1] - 2, box[2] + 3, box[3] + 3, span.ink)

    def colour(self, x0: float, y0: float, x1: float, y1: float, grey: int) -> None:
        """Ink inside this rectangle is `grey`."""
        if self.inks is None:
            self.inks = np.full((self.height, self.width), self.ink, np.uint8)
        self.inks[max(int(y0), 0) : max(int(y1), 0), max(int(x0), 0) : max(int(x1), 0)] = grey

    def mark(self, mark: Mark) -> None:
        """Draw a fill or a picture on the paper."""
        if isinstance(mark, Fill):
            self._fill(mark)
        elif mark.is_ink:
            height, width = mark.raster.shape
            top, left = round(mark.y) + PAD, round(mark.x) + PAD
            target = self.cover[top : top + height, left : left + width]
            np.maximum(target, mark.raster[: target.shape[0], : target.shape[1]], out=target)
        else:
            top, left = max(round(mark.y), 0), max(round(mark.x), 0)
            target = self.paper[top : top + mark.raster.shape[0], left : left + mark.raster.shape[1]]
            target[:] = mark.raster[: target.shape[0], : target.shape[1]]

    def _fill(self, fill: Fill) -> None:
        """An antialiased rectangle: the pixels of its edge are covered by what part of them lies inside."""
        rows, top = _coverage(fill.y0, fill.y1, self.height)
        columns, left = _coverage(fill.x0, fill.x1, self.width)
        if not (len(rows) and len(columns)):
            return
        grey = self.ink if fill.grey is None else fill.grey
        target = self.paper[top : top + len(rows), left : left + len(columns)]
        weight = rows[:, None] * columns[None, :]
        target[:] = np.rint(target + (grey - target.astype(np.float32)) * weight)

    def pixels(self) -> Grey:
        """The page, (H, W) uint8."""
        cover = np.ascontiguousarray(self.cover[PAD : PAD + self.height, PAD : PAD + self.width])
        ink = Image.new("L", (self.width, self.height), self.ink) if self.inks is None else Image.fromarray(self.inks)
        return np.asarray(Image.composite(ink, Image.fromarray(self.paper), Image.fromarray(cover)))


def _coverage(low: float, high: float, size: int) -> tuple[Floats, int]:
    low, high = max(low, 0.0), min(high, float(size))
    if high <= low:
        return np.zeros(0, np.float32), 0
    first, last = int(low), int(np.ceil(high))
    edges = np.arange(first, last, dtype=np.float32)
    return np.minimum(edges + 1, high) - np.maximum(edges, low), first
