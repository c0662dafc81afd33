"""The crop planner: which tiles a page is cut into, and the uint8 views that the network sees of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipeline.transcript import PageViews, Pixels
from pipeline.views.letter_height import letter_height
from pipeline.views.line_pitch import line_pitch
from pipeline.views.rules import OCR2_VIEWS, ViewRules, grids_of

# Side of a local view of DeepSeek-OCR 2, pixels; with six of them its released rule.
TILE: Final = OCR2_VIEWS.tile
MAX_TILES: Final = OCR2_VIEWS.most_tiles
PADDING: Final = (127, 127, 127)
NARROW: Final = 44.0
"""Line pitch, in pixels of the page stretched over its released grid, under which lines are narrow. On 240 drawn pages
that the nano checkpoint read both ways, twelve tiles were the better choice below and no better above."""
SMALL: Final = 14.0
"""Height of small letters, in the same pixels, under which print is small however far its lines stand apart. Of 33
drawn pages of wider lines, which nano read in six tiles and in twelve, 13 are below: .352 and .131 of their characters
are wrong. Of the 20 from here to 18 it is .027 and .029."""
# Line pitch and height of small letters, in pixels of the tiles, that a part of a page is shown with: as pages of usual
# type are. A column of newsprint at its own page's 25 is unsure (.63), at 40 and more it is not (.95).
_PITCH: Final = 44.0
_LETTERS: Final = 18.0
_LESS: Final = 0.7
"""Times as large for another try."""
# Grids whose aspect ratios differ by less, as a logarithm, stretch a page about alike: by an eighth. More, and letters
# are squeezed to gain tiles; less, and a sheet of 8.5 x 14 inches gets six tiles, as .118 lies between those and
# twelve: of seven such drawn pages .204 of the characters are wrong in six, .075 in twelve.
_NEARLY: Final = 0.12


def grid(width: int, height: int, rules: ViewRules = OCR2_VIEWS) -> tuple[int, int]:
    """Columns and rows of local views for a raster of `width` x `height` pixels; (0, 0) where it fits into one tile.

    The released rule (`dynamic_preprocess` of the DeepSeek-OCR scripts): the grid of 2 to `most_tiles` tiles whose
    aspect ratio is nearest to the page's, by absolute difference; on a tie the later candidate, if the page has over
    half of its pixels. Plain float arithmetic, as released, because it decides what is a tie. The difference of ratios
    is not symmetric: turning a page does not always turn its grid (5:4 is a tie of 2x2 and 3x2, but 4:5 is always 2x3).
    Raises ValueError for a side below one pixel.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a raster has at least one pixel, not {width} x {height}")
    if not rules.grids or max(width, height) <= rules.tile:
        return 0, 0
    aspect, area = width / height, width * height
    best, best_distance = rules.grids[0], float("inf")
    for columns, rows in rules.grids:
        distance = abs(aspect - columns / rows)
        fills_half = area > 0.5 * rules.tile * rules.tile * columns * rows
        if distance < best_distance or (distance == best_distance and fills_half):
            best, best_distance = (columns, rows), distance
    return best


def a4_grid(rules: ViewRules, dpi: float) -> tuple[int, int]:
    """The grid of an A4 page at this resolution: what estimates of time and room go by."""
    return grid(round(595 * dpi / 72), round(842 * dpi / 72), rules)


def fine_grid(width: int, height: int, most: int) -> tuple[int, int]:
    """Columns and rows of up to `most` local views of a page of narrow lines; (0, 0) where it fits into one tile.

    Not a released rule: of the grids that stretch the page about as little as the nearest one, that of the most tiles.
    """
    if max(width, height) <= TILE:
        return 0, 0
    off = {(c, r): abs(math.log(width * r / (height * c))) for c, r in grids_of(most)}
    nearest = min(off.values())
    return max((g for g in off if off[g] <= nearest + _NEARLY), key=lambda g: (g[0] * g[1], -off[g]))


def narrow_lines(grey: NDArray[np.uint8]) -> bool:
    """Whether the lines of a page, shape (height, width), are so near to each other, or its letters so small, that more
    tiles should show it."""
    height, width = grey.shape
    rows = grid(width, height)[1]
    if not rows:
        return False
    stretch = TILE * rows / height
    pitch = line_pitch(grey)
    if pitch is not None and pitch * stretch < NARROW:
        return True
    letters = letter_height(grey)  # takes ten times as long
    return letters is not None and letters * stretch < SMALL


def other_grid(width: int, height: int, rules: ViewRules = OCR2_VIEWS) -> tuple[int, int]:
    """The grid whose aspect ratio is nearest to the page's among those that `grid` did not choose; (0, 0) where there
    is no other."""
    aspect, chosen = width / height, grid(width, height, rules)
    others = (shape for shape in rules.grids if shape != chosen)
    return min(others, key=lambda shape: abs(aspect - shape[0] / shape[1]), default=(0, 0))


def part_grid(grey: NDArray[np.uint8], most: int, other: bool = False) -> tuple[int, int]:
    """Columns and rows of up to `most` local views of print that is a part of a page, shape (height, width): letters as
    large as on pages, however small the part is, and hardly stretched; (0, 0) where the global view shows them so.
    `other`: another one, where there is a choice rather with smaller letters, for another try."""
    pitch, letters = line_pitch(grey), letter_height(grey)
    wanted = max(_PITCH / pitch if pitch else 0.0, _LETTERS / letters if letters else 0.0) or 1.0
    first = _nearest(grey.shape, wanted, grids_of(most))
    if not other or first == (0, 0):
        return first
    return _nearest(grey.shape, _LESS * wanted, [shape for shape in grids_of(most) if shape != first])


def _nearest(size: tuple[int, ...], wanted: float, grids: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The grid that shows a raster of (height, width) about so many times as large, and stretches it little."""
    height, width = size
    if max(width, height) * wanted <= OCR2_VIEWS.base:
        return 0, 0

    def off(shape: tuple[int, int]) -> float:
        across, down = TILE * shape[0] / width, TILE * shape[1] / height
        return abs(math.log(across / down)) + abs(math.log(math.sqrt(across * down) / wanted)) / 2

    return min(grids, key=off)


def views(pixels: Pixels, other: bool = False, rules: ViewRules = OCR2_VIEWS, part: bool = False) -> PageViews:
    """The global view and the local views of a raster of shape (height, width, 3), uint8 RGB.

    Bit by bit the pixels of the released scripts (`process/image_process.py` of deepseek-ai/DeepSeek-OCR-2), before
    they are scaled to 2 * x / 255 - 1: the weights were made with them. `ImageOps.pad` rounds the page's size and
    offset half to even; the image processor of transformers rounds down, so for a quarter of all sizes its global view
    is shifted or stretched by a pixel (B5, A5 at 144 dpi; not A4, Letter or A3). Tiles are the same in both.
    Where the rules have `dense_tiles`, a page of narrow lines is cut by `fine_grid`. With `other` a page is cut in
    another way, for another try; `part`: it is print from a page, see `part_grid`.
    Raises ValueError for anything but a uint8 RGB raster.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"a raster is uint8 of shape (height, width, 3), not {pixels.dtype} of {pixels.shape}")
    image = _image(pixels)
    if part and rules.dense_tiles:
        columns, rows = part_grid(np.asarray(image.convert("L")), rules.dense_tiles, other)
    else:
        columns, rows = _shape(image, other, rules)
    return PageViews(_global_view(image, rules), _local_views(image, columns, rows, rules.tile), columns, rows)


def planned(pixels: Pixels, rules: ViewRules = OCR2_VIEWS) -> tuple[int, int]:
    """Columns and rows of the local views that `views` would cut at the first try."""
    return _shape(_image(pixels), False, rules)


def _image(pixels: Pixels) -> Image.Image:
    """Of one channel where all three are the same, as of most scans: scaled to the same pixels, in half the time."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return Image.fromarray(np.ascontiguousarray(red if grey else pixels))


def _shape(image: Image.Image, other: bool, rules: ViewRules) -> tuple[int, int]:
    released = grid(*image.size, rules)
    if rules.dense_tiles and narrow_lines(np.asarray(image.convert("L"))):
        fine = fine_grid(*image.size, rules.dense_tiles)
        if fine != released:
            return released if other else fine
    return other_grid(*image.size, rules) if other else released


def _global_view(image: Image.Image, rules: ViewRules) -> Pixels:
    """The whole page in a square of `base` pixels: stretched, or with its longer side at it, centred on grey."""
    side = rules.base
    if rules.squashed:
        return _resize(image, side, side)
    shorter, longer = sorted(image.size)
    if round(side * shorter / longer) < 1:
        # The released call fails on a page thinner than 1/2048 of its length: no page may be lost, so it is a line.
        image = image.resize((1, side) if image.width < image.height else (side, 1), Image.Resampling.BICUBIC)
    padding = PADDING if image.mode == "RGB" else PADDING[0]
    return _rgb(ImageOps.pad(image, (side, side), Image.Resampling.BICUBIC, padding))


def _local_views(image: Image.Image, columns: int, rows: int, tile: int) -> Pixels:
    """The page stretched over the grid and cut row by row: (columns * rows, tile, tile, 3)."""
    if columns * rows == 0:
        return np.empty((0, tile, tile, 3), np.uint8)
    stretched = _resize(image, tile * columns, tile * rows).reshape(rows, tile, columns, tile, 3)
    return np.ascontiguousarray(stretched.swapaxes(1, 2)).reshape(columns * rows, tile, tile, 3)


def _resize(image: Image.Image, width: int, height: int) -> Pixels:
    """Bicubic with antialiasing, as Pillow has it: (height, width, 3)."""
    return _rgb(image.resize((width, height), Image.Resampling.BICUBIC))


def _rgb(image: Image.Image) -> Pixels:
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
