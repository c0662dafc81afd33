"""A sheet of paper on a darker table, photographed askew: its four edges, and the picture with the sheet laid flat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float64]

# Pixels of the longer side of the picture that is searched: an edge is then placed to a pixel in 400, and a line to
# less, as hundreds of places tell it.
_SIDE = 400
# Pixels there: stems, and the gaps between lines, are narrower, so that a sheet without its print is left.
_PRINT = 9
# Share of a picture's side in which its edge is looked for: a sheet that fills less than a quarter is no page.
_DEEP = 0.3
# Log of brightness, paper over table: a fifth brighter. Shadows have soft edges, and rise by less within six pixels.
_RISE = 0.18
_STEP = 3
"""Pixels on each side of an edge whose brightness is compared."""
_NEAR = 2.0
"""Pixels from a line within which a place lies on it."""
_AGREE = 0.7
"""Share of places that have to lie on an edge's line. A hand on the sheet, or a page's own picture, takes some away."""
# Of 255; see `pipeline.views.blank`.
_CONTRAST = 40
"""How much darker than what is around it print is at least."""
_BARE = 0.5
"""Share of a sheet that may be print; of white print on a dark page most is darker than its letters."""
_SPECKS = 0.01
"""Share of the table that may look so: a line of ten words beside a sheet is more."""
# Tangent. Scanners lay paper askew by less, and the network has learned such pages.
_ASKEW = 0.01
"""How far one edge at least has to lean before anything is done."""
_STEEPEST = 0.35  # a sheet turned by a fifth of a right angle; more is another matter


@dataclass(frozen=True)
class Line:
    """`at` + `lean` * place: where an edge crosses a row (of the left and right edge) or a column, pixels."""

    at: float
    lean: float


def laid_flat(picture: Image.Image) -> Image.Image:
    """A picture of the same size with its sheet upright and as large as fits, paper around it; the picture itself where
    no sheet lies askew in it. Modes L and RGB."""
    corners = find_sheet(picture)
    return picture if corners is None else _flattened(picture, corners)


def find_sheet(picture: Image.Image) -> Floats | None:
    """Corners [4, 2] of the sheet in pixels (x, y), clockwise from the upper left; None where there is none, a side
    is not seen, or it lies straight already."""
    scale = _SIDE / max(picture.size)
    if scale >= 1:
        return None
    small = picture.convert("L").resize([max(1, round(side * scale)) for side in picture.size], Image.Resampling.BOX)
    paper = small.filter(ImageFilter.MaxFilter(_PRINT))
    bright = np.log1p(np.asarray(paper, np.float64))
    edges = [_edge(seen) for seen in (bright, bright[:, ::-1], bright.T, bright.T[:, ::-1])]
    if any(edge is None for edge in edges):
        return None
    left, right, top, bottom = (edge for edge in edges if edge is not None)
    height, width = bright.shape
    right, bottom = Line(width - right.at, -right.lean), Line(height - bottom.at, -bottom.lean)
    if max(abs(edge.lean) for edge in (left, right, top, bottom)) < _ASKEW:
        return None
    written = np.asarray(paper, np.int16) - np.asarray(small) > _CONTRAST
    if not _alone(written, left, right, top, bottom):
        return None
    corners = np.array([_meeting(x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))])
    return corners / scale


def _edge(bright: Floats) -> Line | None:
    """The left edge of a sheet in the logarithm of brightness [height, width]: where each row first rises most."""
    height, width = bright.shape
    reach = int(_DEEP * width)
    if reach <= 2 * _STEP:
        return None
    # Means of some pixels on either side, so that noise and the grain of wood are no edges.
    sums = np.cumsum(np.pad(bright[:, : reach + _STEP], ((0, 0), (1, 0))), 1)
    before = (sums[:, _STEP:-_STEP] - sums[:, : -2 * _STEP]) / _STEP
    behind = (sums[:, 2 * _STEP :] - sums[:, _STEP:-_STEP]) / _STEP
    rise = behind - before
    rows = np.flatnonzero(rise.max(1) > _RISE)
    if len(rows) < height / 2:
        return None
    # The rows above and below the sheet have no edge, or the table's own.
    return _fitted(rows.astype(np.float64), rise[rows].argmax(1) + float(_STEP))


def _fitted(rows: Floats, places: Floats) -> Line | None:
    """The line that most places lie on; None where too few agree."""
    best, most = Line(0, 0), 0
    third = max(1, len(rows) // 3)
    # Pairs at a distance, in a fixed order: the same picture is always read alike.
    for first in range(0, third, max(1, third // 24)):
        for second in range(len(rows) - third, len(rows), max(1, third // 24)):
            lean = (places[second] - places[first]) / (rows[second] - rows[first])
            at = places[first] - lean * rows[first]
            on = int((np.abs(at + lean * rows - places) < _NEAR).sum())
            if on > most and abs(lean) < _STEEPEST:
                best, most = Line(at, lean), on
    if most < _AGREE * len(rows):
        return None
    near = np.abs(best.at + best.lean * rows - places) < _NEAR
    lean, at = np.polyfit(rows[near], places[near], 1)
    # What takes the print away makes the sheet as much larger, and its edge is a pixel wide.
    return Line(float(at) + _PRINT // 2 + 1, float(lean))


def _alone(written: NDArray[np.bool_], left: Line, right: Line, top: Line, bottom: Line) -> bool:
    """Whether the sheet is paper, most of which is bare, and nothing is written beside it, which would be lost."""
    y, x = np.indices(written.shape)
    depth = np.minimum.reduce([
        x - left.at - left.lean * y, right.at + right.lean * y - x,
        y - top.at - top.lean * x, bottom.at + bottom.lean * x - y,
    ])  # fmt: skip
    inside, beside = written[depth > 0], written[depth < -_PRINT - 2]
    return bool(inside.size and inside.mean() < _BARE and (not beside.size or beside.mean() < _SPECKS))


def _meeting(upright: Line, level: Line) -> tuple[float, float]:
    """Where x = at + lean * y crosses y = at + lean * x."""
    x = (upright.at + upright.lean * level.at) / (1 - upright.lean * level.lean)
    return x, level.at + level.lean * x


def _flattened(picture: Image.Image, corners: Floats) -> Image.Image:
    """The sheet between those corners as an upright rectangle in the middle of a picture of the same size."""
    across, right, below, left = (np.linalg.norm(corners[i] - corners[(i + 1) % 4]) for i in range(4))
    width, height = (across + below) / 2, (right + left) / 2
    scale = min(picture.width / width, picture.height / height)
    half = width * scale / 2, height * scale / 2
    middle = picture.width / 2, picture.height / 2
    upright = np.array([[middle[0] + x * half[0], middle[1] + y * half[1]] for x, y in _UNIT])
    back = _projection(upright, corners)
    flat = picture.transform(picture.size, Image.Transform.PERSPECTIVE, tuple(back), Image.Resampling.BICUBIC)
    box = [round(side) for side in (*upright[0], *upright[2])]
    sheet = flat.crop((box[0], box[1], box[2], box[3]))
    ground = Image.new(picture.mode, picture.size, _paper(sheet))
    ground.paste(sheet, (box[0], box[1]))
    return ground


_UNIT = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def _paper(sheet: Image.Image) -> tuple[int, ...] | int:
    """The colour of most of a sheet."""
    median = np.median(np.asarray(sheet.reduce(8)), axis=(0, 1))
    return int(median) if median.ndim == 0 else tuple(int(part) for part in median)


def _projection(seen: Floats, of: Floats) -> Floats:
    """The eight numbers by which Pillow takes places where four are `seen` [4, 2] to where they are `of` [4, 2]."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(seen, of, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    found: Floats = np.linalg.solve(np.array(rows), np.array(wanted))
    return found
