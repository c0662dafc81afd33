"""Words in the boxes of their blocks: lines as the ink of the page shows them, or as many as the box has room for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from output.document.flow import Piece
from output.document.joining.assemble import Assembly
from output.formats.block_markdown import Scene, markdown
from output.formats.plain_text import plain
from output.grounding.blocks import Block, PageBlocks
from output.grounding.blocks import Box as GridBox
from output.grounding.parser import GRID
from output.grounding.roles import Role
from output.options import RenderOptions, Running
from output.pictures.figures import CropError, Pixels, Raster, Region
from output.tables import table as tables
from output.tables.table import Table

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as displayed."""

_OPTIONS = RenderOptions(headers=Running.KEEP, emphasis=False)
# Of the em: letters are half as wide on average, and lines stand 1.2 apart. So a text of n letters fills a box of
# w x h points when its em is the root of w * h / (.6 * n).
_ADVANCE, _PITCH = 0.5, 1.2
_DPI = 72.0  # a line of small print is then six pixels high
_INK = 0.5  # of the way from a block's darkest to its lightest pixel: darker is ink
_FEWEST_INKED = 0.004  # share of a row's pixels from which it belongs to a line; specks have less
_MOST_OFF = 2.0  # times the lines that fit, or one over that: otherwise the ink shows no lines of text


@dataclass(frozen=True)
class Word:
    """A word in its box."""

    text: str
    box: Box


@dataclass(frozen=True)
class Line:
    """Words side by side."""

    words: tuple[Word, ...]
    box: Box

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Part:
    """A block's lines. `level`: of a heading, else 0. `confidence`: 0..1 where a model read it."""

    role: Role
    level: int
    lines: tuple[Line, ...]
    box: Box
    confidence: float | None = None


@dataclass(frozen=True)
class Sheet:
    """A page of `width` x `height` points and its parts in reading order. `is_own_text`: the PDF has its words.

    `turned`: how many quarter turns against the clock set the text upright; boxes are those of the page as it lies.
    """

    number: int
    width: float
    height: float
    parts: tuple[Part, ...]
    is_own_text: bool
    turned: int = 0


def sheets(assembly: Assembly, raster: Raster | None = None) -> Iterator[Sheet]:
    """The pages one after the other; with a `raster` the lines lie where the ink is."""
    scene = Scene(_OPTIONS, assembly.vocabulary, {})
    for page in assembly.document.pages:
        ink, upright = _ink(page, raster), _upright(page)
        found = (part for i in range(len(page.blocks)) if (part := _part(scene, upright, i, ink)))
        parts = tuple(_as_it_lies(part, page) for part in found)
        yield Sheet(
            page.number, max(page.width, 1.0), max(page.height, 1.0), parts, page.is_own_text, page.turned % 4
        )  # fmt: skip


def _upright(page: PageBlocks) -> PageBlocks:
    """The page with its text upright, and its boxes on that."""
    width, height = (page.height, page.width) if page.turned % 2 else (page.width, page.height)
    blocks = (replace(b, boxes=tuple(_turned(box, page.turned) for box in b.boxes)) for b in page.blocks)
    return replace(page, width=width, height=height, blocks=tuple(blocks))


def _turned(box: GridBox, turns: int) -> GridBox:
    for _ in range(turns % 4):
        box = GridBox(box.y1, GRID - box.x2, box.y2, GRID - box.x1)
    return box


def _as_it_lies(part: Part, page: PageBlocks) -> Part:
    """A part of the upright page on the page itself."""
    if not page.turned % 4:
        return part

    def back(box: Box) -> Box:
        width, height = (page.height, page.width) if page.turned % 2 else (page.width, page.height)
        for _ in range(page.turned % 4):
            box, width, height = (height - box[3], box[0], height - box[1], box[2]), height, width
        return box

    lines = (Line(tuple(Word(w.text, back(w.box)) for w in line.words), back(line.box)) for line in part.lines)
    return replace(part, lines=tuple(lines), box=back(part.box))


def _part(scene: Scene, page: PageBlocks, index: int, ink: Pixels | None) -> Part | None:
    block = page.blocks[index]
    if not block.boxes:
        return None
    box = _points(block, page)
    piece = Piece(page, index, _bare(block))
    table = piece.table
    if table is not None:
        lines = _cells(tables.fit(table), box)
    else:
        text = "\n".join(plain(chunk) for chunk in markdown(scene, piece))
        lines = _lines(text, box, _bands(ink, page, box) if ink is not None else [])
    return Part(block.role, block.level, tuple(lines), box, _sure(page, block)) if lines else None


def _sure(page: PageBlocks, block: Block) -> float | None:
    return page.confidence if block.confidence is None else block.confidence


def _bare(block: Block) -> Block:
    """The block as it was read, without pictures, links and notes of its document."""
    return Block(block.label, block.boxes, block.text, level=block.level)


def _points(block: Block, page: PageBlocks) -> Box:
    across, down = page.width / GRID, page.height / GRID
    left, top = min(box.x1 for box in block.boxes), min(box.y1 for box in block.boxes)
    right, bottom = max(box.x2 for box in block.boxes), max(box.y2 for box in block.boxes)
    return left * across, top * down, max(right * across, left * across + 1), max(bottom * down, top * down + 1)


def _lines(text: str, box: Box, bands: Sequence[Box]) -> list[Line]:
    """A text as lines in a box: each band of ink takes the share of the letters that its width is of all."""
    words = text.split()
    if not words:
        return []
    width, height = box[2] - box[0], box[3] - box[1]
    letters = sum(map(len, words)) + len(words) - 1
    em = math.sqrt(width * height / (_ADVANCE * _PITCH * letters))
    count = max(round(height / (_PITCH * em)), 1)
    if not count / _MOST_OFF <= len(bands) <= count * _MOST_OFF:
        step = height / count
        bands = [(box[0], box[1] + i * step, box[2], box[1] + (i + 1) * step) for i in range(count)]
    return [_line(some, band) for some, band in zip(_shared(words, bands), bands, strict=True) if some]


def _shared(words: Sequence[str], bands: Sequence[Box]) -> Iterator[list[str]]:
    whole = sum(band[2] - band[0] for band in bands)
    letters = sum(len(word) + 1 for word in words)
    at, given, wanted = 0, 0, 0.0
    for i, band in enumerate(bands):
        wanted += letters * (band[2] - band[0]) / whole
        some: list[str] = []
        while at < len(words) and (i == len(bands) - 1 or given + (len(words[at]) + 1) / 2 < wanted):
            some.append(words[at])
            given += len(words[at]) + 1
            at += 1
        yield some


def _line(words: Sequence[str], box: Box) -> Line:
    """Words across a box, each as wide as its share of the letters."""
    step = (box[2] - box[0]) / (sum(map(len, words)) + len(words) - 1)
    placed, x = [], box[0]
    for word in words:
        placed.append(Word(word, (x, box[1], x + step * len(word), box[3])))
        x += step * (len(word) + 1)
    return Line(tuple(placed), box)


def _cells(table: Table, box: Box) -> list[Line]:
    """Each cell a line of its own: columns by their longest text, rows of one height."""
    rows = [[plain("".join(p.text for p in cell.pieces)) if cell else "" for cell in row] for row in tables.grid(table)]
    shares = [max(len(row[i]) for row in rows) + 1 for i in range(tables.width(table))] if rows else []
    lefts = [box[0] + (box[2] - box[0]) * sum(shares[:i]) / sum(shares) for i in range(len(shares) + 1)]
    height = (box[3] - box[1]) / max(len(rows), 1)
    lines = []
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            if words := text.split():
                place = lefts[x], box[1] + y * height, lefts[x + 1], box[1] + (y + 1) * height
                lines.append(_line(words, place))
    return lines


def _ink(page: PageBlocks, raster: Raster | None) -> Pixels | None:
    if raster is None or page.width <= 0 or page.height <= 0:
        return None
    try:
        return np.rot90(raster(page.number, _DPI, Region(0, 0, page.width, page.height)), page.turned)
    except (CropError, OSError, MemoryError, ValueError):
        return None


def _bands(pixels: Pixels, page: PageBlocks, box: Box) -> list[Box]:
    """Where the rows of a block have ink, from top to bottom, each as wide as its ink."""
    down, across = pixels.shape[0] / page.height, pixels.shape[1] / page.width
    x0, y0, x1, y1 = (round(value * scale) for value, scale in zip(box, (across, down) * 2, strict=True))
    part: NDArray[np.float64] = pixels[y0:y1, x0:x1].mean(axis=2)
    if part.size == 0:
        return []
    low, high = float(part.min()), float(part.max())
    inked = part < low + _INK * (high - low)
    rows = inked.mean(axis=1) > _FEWEST_INKED
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])).astype(np.int8)))
    bands = []
    for top, bottom in zip(edges[::2], edges[1::2], strict=True):
        columns = np.flatnonzero(inked[top:bottom].any(axis=0))
        if bottom - top > 1 and columns.size:
            left, right = x0 + int(columns[0]), x0 + int(columns[-1]) + 1
            bands.append((left / across, (y0 + int(top)) / down, right / across, (y0 + int(bottom)) / down))
    return bands
