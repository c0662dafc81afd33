"""From a rendered page to training targets: token ids, where each stands, and which character each patch shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.views.crops import MAX_TILES, fine_grid, grid
from train_nano.lie import FLAT, Lie
from train_nano.pages import Sample
from train_nano.tokens import BLOCK_HEAD, NanoTokenizer

TILE, GLOBAL, PATCH, CELL = 768, 1024, 16, 64  # pixels; 4 x 4 patches make one visual token
TILE_CELLS, GLOBAL_CELLS = TILE // CELL, GLOBAL // CELL
NOTHING, OTHER = 0, 1
CHARACTERS = "".join(map(chr, range(33, 127))) + "–—‘’“”•…éèáàíóúñçäöüßÉ°±×§©£€²³½µαβγδεθλμπρστφωΔΣΩ≤≥≠∈→∞∑∫√□"
MARKED = "âãæêëìîïòôõøùûÿœ¿¡ªº«»„‚‹›ÀÁÂÄÈÊÍÓÖÚÜÇÑąćęłńśźżĆŁŚŻŹčďěňřšťůýžČŘŠŽ"
CHARACTERS += MARKED  # those came later, so their classes are the last
CLASS = {c: i + 2 for i, c in enumerate(CHARACTERS)}
CLASSES = len(CHARACTERS) + 2
PLACES = 4, 8  # rows and columns of places in a cell whose character a visual token must know
TARGETS = 4  # cells that a token may stand on: those under the corners of its box
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One page for training: n = columns * rows tiles (0 for a page that fits one), T tokens with the end token."""

    pixels: NDArray[np.uint8]  # (H, W), before skew and degradation
    columns: int
    rows: int
    lie: Lie  # applied together with the degradation
    ids: NDArray[np.int64]  # (T,)
    cells: NDArray[np.int64]  # (T, TARGETS): image tokens under the token's text, -1 where there is none
    spots: NDArray[np.int64]  # (T,): place within its cell at which the token's text begins, -1 where there is none
    patches_local: NDArray[np.uint8]  # (n, 48, 48) character classes
    patches_global: NDArray[np.uint8]  # (64, 64)
    places: NDArray[np.uint8]  # (image tokens of the tiles, or of the view without tiles; 32): character classes


def example(sample: Sample, tokenizer: NanoTokenizer, lie: Lie = FLAT, most: int = MAX_TILES) -> Example:
    """Targets of one page that will be seen as it lies and cut into at most `most` tiles."""
    height, width = sample.pixels.shape
    columns, rows = fine_grid(width, height, most) if most > MAX_TILES else grid(width, height)
    boxes = lie.boxes(sample.glyph_boxes, width, height)
    text = sample.text if lie == FLAT else _move_heads(sample.text, lie, width, height)
    ids, spans = tokenizer.encode(text)
    views = Views(width, height, columns, rows)
    classes = np.array([CLASS.get(c, OTHER) for c in sample.glyph_chars], np.uint8)
    # a moved transcript has other digits in its heads but the same characters elsewhere, counted from its end
    glyph_of_char = sample.glyph_of_char if text is sample.text else _realign(sample, text)
    cells, spots = _token_cells(text, spans, glyph_of_char, boxes, views)
    return Example(
        pixels=sample.pixels,
        columns=columns,
        rows=rows,
        lie=lie,
        ids=np.array([*ids, tokenizer.eos], np.int64),
        cells=np.concatenate([cells, np.full((1, TARGETS), -1)]),
        spots=np.concatenate([spots, np.full(1, -1)]),
        patches_local=views.local_patches(boxes, classes),
        patches_global=views.global_patches(boxes, classes),
        places=views.places(boxes, classes),
    )


@dataclass(frozen=True)
class Views:
    """Where a page's points lie in its views; mirrors `pipeline.views.crops`."""

    width: int
    height: int
    columns: int
    rows: int

    @property
    def scale(self) -> tuple[float, float]:
        """Page pixels to pixels of the tiled page."""
        return self.columns * TILE / self.width, self.rows * TILE / self.height

    @property
    def fit(self) -> tuple[float, float, float]:
        """Scale and left and top margin of the global view."""
        scale = GLOBAL / max(self.width, self.height)
        return scale, (GLOBAL - round(self.width * scale)) // 2, (GLOBAL - round(self.height * scale)) // 2

    def image_token(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Index of the visual token that shows page point (x, y): in its tile, or in the global view without tiles."""
        across, down = self._shown(x, y)
        if not self.columns:
            return _cell(down, GLOBAL) * GLOBAL_CELLS + _cell(across, GLOBAL)
        u, v = _cell(across, self.columns * TILE), _cell(down, self.rows * TILE)
        tile = (v // TILE_CELLS) * self.columns + u // TILE_CELLS
        return (tile * TILE_CELLS + v % TILE_CELLS) * TILE_CELLS + u % TILE_CELLS

    def spot(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Place within its cell of page point (x, y), row-major; see PLACES."""
        rows, columns = PLACES
        across, down = self._shown(x, y)
        return (down % CELL // (CELL / rows) * columns + across % CELL // (CELL / columns)).astype(np.int64)

    def places(self, boxes: Floats, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Class at the places of each cell that is read, shape (image tokens, 32): see PLACES."""
        rows, columns = PLACES
        across, down = CELL / columns, CELL / rows
        moved, cells = (self._tiled(boxes), TILE_CELLS) if self.columns else (self._fitted(boxes), GLOBAL_CELLS)
        high, wide = max(self.rows, 1), max(self.columns, 1)
        pitch = np.array([across, down, across, down], np.float32)
        whole = paint(moved / pitch * PATCH, classes, high * cells * rows, wide * cells * columns, reach=10)
        tiles = whole.reshape(high, cells, rows, wide, cells, columns).transpose(0, 3, 1, 4, 2, 5)
        return np.ascontiguousarray(tiles.reshape(-1, rows * columns))

    def local_patches(self, boxes: Floats, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Class at the centre of each patch of each tile, shape (columns * rows, 48, 48)."""
        side = TILE // PATCH
        if not self.columns:
            return np.zeros((0, side, side), np.uint8)
        whole = paint(self._tiled(boxes), classes, self.rows * side, self.columns * side)
        tiles = whole.reshape(self.rows, side, self.columns, side).transpose(0, 2, 1, 3)
        return np.ascontiguousarray(tiles.reshape(-1, side, side))

    def global_patches(self, boxes: Floats, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Class at the centre of each patch of the global view, shape (64, 64)."""
        return paint(self._fitted(boxes), classes, GLOBAL // PATCH, GLOBAL // PATCH)

    def _shown(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Page points in pixels of the tiled page, or of the global view without tiles."""
        if self.columns:
            return x * self.scale[0], y * self.scale[1]
        scale, left, top = self.fit
        return x * scale + left, y * scale + top

    def _tiled(self, boxes: Floats) -> Floats:
        """Boxes in pixels of the tiled page."""
        return boxes * np.array(self.scale * 2, np.float32)

    def _fitted(self, boxes: Floats) -> Floats:
        """Boxes in pixels of the global view."""
        scale, left, top = self.fit
        return boxes * scale + np.array([left, top, left, top], np.float32)


def _cell(value: Floats, size: int) -> NDArray[np.int64]:
    return np.clip(value // CELL, 0, size // CELL - 1).astype(np.int64)


def paint(boxes: Floats, classes: NDArray[np.uint8], rows: int, columns: int, reach: int = 6) -> NDArray[np.uint8]:
    """Class of the glyph box over each patch centre; boxes in view pixels, those over `reach` patches are cut."""
    out = np.zeros((rows, columns), np.uint8)
    first = np.ceil(boxes[:, :2] / PATCH - 0.5).astype(np.int64)  # first patch whose centre is inside
    last = np.ceil(boxes[:, 2:] / PATCH - 0.5).astype(np.int64)  # first patch whose centre is behind
    for dy in range(reach):
        for dx in range(reach):
            x, y = first[:, 0] + dx, first[:, 1] + dy
            inside = (x < last[:, 0]) & (y < last[:, 1]) & (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
            out[y[inside], x[inside]] = classes[inside]
    return out


def _token_cells(
    text: str, spans: list[tuple[int, int]], glyph_of_char: NDArray[np.int32], boxes: Floats, views: Views
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The visual tokens under each text token, shape (T, TARGETS), and the place in its cell where it begins, (T,)."""
    token_boxes = np.full((len(spans), 4), np.nan, np.float32)
    starts = np.full((len(spans), 2), np.nan, np.float32)
    for row, (start, end) in enumerate(spans):
        glyphs = [g for g in glyph_of_char[start:end] if g >= 0]
        if glyphs:
            first, last = boxes[glyphs[0]], boxes[glyphs[-1]]
            starts[row] = (first[0] + 0.25 * (first[2] - first[0]), (first[1] + first[3]) / 2)
            same_line = last[1] < first[3] and last[2] > first[0]
            token_boxes[row] = (*first[:2], *(last if same_line else first)[2:])
    _head_boxes(text, spans, token_boxes, views)
    known = ~np.isnan(token_boxes[:, 0])
    x0, y0, x1, y1 = token_boxes[known].T
    corners = np.stack([views.image_token(x, y) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))], 1)
    for k in range(1, TARGETS):  # each cell once, so that its probability counts once
        repeated = (corners[:, k : k + 1] == corners[:, :k]).any(1)
        corners[repeated, k] = -1
    out = np.full((len(spans), TARGETS), -1, np.int64)
    out[known] = corners
    shown = ~np.isnan(starts[:, 0])
    spots = np.full(len(spans), -1, np.int64)
    spots[shown] = views.spot(*starts[shown].T)
    return out, spots


def _head_boxes(text: str, spans: list[tuple[int, int]], token_boxes: Floats, views: Views) -> None:
    """A block's head and its first corner stand at that corner; the second corner at the opposite end."""
    row_of = {start: row for row, (start, _) in enumerate(spans)}
    for head in BLOCK_HEAD.finditer(text):
        x1, y1, x2, y2 = (
            int(head[g]) / 999 * s for g, s in zip(range(2, 6), (views.width, views.height) * 2, strict=True)
        )
        for group in range(1, 6):
            x, y = (x1, y1) if group <= 3 else (x2 - 1, y2 - 1)
            token_boxes[row_of[head.start(group)]] = (x, y, x, y)


def _move_heads(text: str, lie: Lie, width: int, height: int) -> str:
    """The transcript with each block's box replaced by the box around the block as it is seen."""

    def moved(head: re.Match[str]) -> str:
        x1, y1, x2, y2 = (int(head[g]) / 999 * v for g, v in zip(range(2, 6), (width, height) * 2, strict=True))
        corners = lie.points(np.array([(x, y) for x in (x1, x2) for y in (y1, y2)]), width, height)
        box = (*corners.min(0).tolist(), *corners.max(0).tolist())
        grid_values = (
            min(max(round(v / size * 999), 0), 999) for v, size in zip(box, (width, height) * 2, strict=True)
        )
        return head[1] + ", ".join(map(str, grid_values)) + head[6]

    return BLOCK_HEAD.sub(moved, text)


def _realign(sample: Sample, text: str) -> NDArray[np.int32]:
    """Glyph of each character of `text`, which differs from the sample's only in the numbers of its block heads."""
    out = np.full(len(text), -1, np.int32)
    old_at = new_at = 0
    for old, new in zip(BLOCK_HEAD.finditer(sample.text), BLOCK_HEAD.finditer(text), strict=True):
        out[new_at : new.start()] = sample.glyph_of_char[old_at : old.start()]
        old_at, new_at = old.end(), new.end()
    out[new_at:] = sample.glyph_of_char[old_at:]
    return out
