"""The crop planner: which tiles a page is cut into, and the uint8 views that the network sees of it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageOps

from pipeline.transcript import PageViews, Pixels

TILE: Final = 768  # side of a local view, pixels
GLOBAL: Final = 1024  # side of the global view, pixels
TILE_TOKENS: Final = 144
GLOBAL_TOKENS: Final = 256
SEPARATOR_TOKENS: Final = 1  # the learned `view_seperator`
MAX_TILES: Final = 6
PADDING: Final = (127, 127, 127)

# In order of area, then of columns: the order matters, because on a tie a later candidate may win.
CANDIDATES: Final = tuple(
    sorted(
        ((c, r) for c in range(1, MAX_TILES + 1) for r in range(1, MAX_TILES + 1) if 2 <= c * r <= MAX_TILES),
        key=lambda grid: grid[0] * grid[1],
    )
)


def grid(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of local views for a raster of `width` x `height` pixels; (0, 0) where it fits into one tile.

    The released rule (`dynamic_preprocess` of the DeepSeek-OCR-2 scripts): the grid of 2 to 6 tiles whose aspect ratio
    is nearest to the page's, by absolute difference; on a tie the later candidate, if the page has over half of its
    pixels. Plain float arithmetic, as released, because it decides what is a tie. The difference of ratios is not
    symmetric: turning a page does not always turn its grid (5:4 is a tie of 2x2 and 3x2, but 4:5 is always 2x3).
    Raises ValueError for a side below one pixel.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a raster has at least one pixel, not {width} x {height}")
    if max(width, height) <= TILE:
        return 0, 0
    aspect, area = width / height, width * height
    best, best_distance = CANDIDATES[0], float("inf")
    for columns, rows in CANDIDATES:
        distance = abs(aspect - columns / rows)
        fills_half = area > 0.5 * TILE * TILE * columns * rows
        if distance < best_distance or (distance == best_distance and fills_half):
            best, best_distance = (columns, rows), distance
    return best


def visual_tokens(width: int, height: int) -> int:
    """Visual tokens of a raster of `width` x `height` pixels: 256 + 144 per local view + 1, so 257 or 545 to 1121."""
    columns, rows = grid(width, height)
    return GLOBAL_TOKENS + TILE_TOKENS * columns * rows + SEPARATOR_TOKENS


def other_grid(width: int, height: int) -> tuple[int, int]:
    """The grid whose aspect ratio is nearest to the page's among those that `grid` did not choose."""
    aspect, chosen = width / height, grid(width, height)
    return min((shape for shape in CANDIDATES if shape != chosen), key=lambda shape: abs(aspect - shape[0] / shape[1]))


def views(pixels: Pixels, other: bool = False) -> PageViews:
    """The global view and the local views of a raster of shape (height, width, 3), uint8 RGB.

    Bit by bit the pixels of the released scripts (`process/image_process.py` of deepseek-ai/DeepSeek-OCR-2), before
    they are scaled to 2 * x / 255 - 1: the weights were made with them. `ImageOps.pad` rounds the page's size and
    offset half to even; the image processor of transformers rounds down, so for a quarter of all sizes its global view
    is shifted or stretched by a pixel (B5, A5 at 144 dpi; not A4, Letter or A3). Tiles are the same in both.
    With `other` it is cut by `other_grid`, for another try. Raises ValueError for anything but a uint8 RGB raster.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"a raster is uint8 of shape (height, width, 3), not {pixels.dtype} of {pixels.shape}")
    height, width = pixels.shape[:2]
    columns, rows = other_grid(width, height) if other else grid(width, height)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return PageViews(_global_view(image), _local_views(image, columns, rows), columns, rows)


def _global_view(image: Image.Image) -> Pixels:
    """The whole page with its longer side at 1024, centred on grey: (1024, 1024, 3)."""
    shorter, longer = sorted(image.size)
    if round(GLOBAL * shorter / longer) < 1:
        # The released call fails on a page thinner than 1/2048 of its length; no page may be lost, so it becomes a line.
        line = (1, GLOBAL) if image.width < image.height else (GLOBAL, 1)
        image = image.resize(line, Image.Resampling.BICUBIC)
    return np.asarray(ImageOps.pad(image, (GLOBAL, GLOBAL), Image.Resampling.BICUBIC, PADDING))


def _local_views(image: Image.Image, columns: int, rows: int) -> Pixels:
    """The page stretched over the grid and cut row by row: (columns * rows, 768, 768, 3)."""
    if columns * rows == 0:
        return np.empty((0, TILE, TILE, 3), np.uint8)
    stretched = _resize(image, TILE * columns, TILE * rows).reshape(rows, TILE, columns, TILE, 3)
    return np.ascontiguousarray(stretched.swapaxes(1, 2)).reshape(columns * rows, TILE, TILE, 3)


def _resize(image: Image.Image, width: int, height: int) -> Pixels:
    """Bicubic with antialiasing, as Pillow has it: (height, width, 3)."""
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
