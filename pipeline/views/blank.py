"""Whether anything is on a page at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.transcript import Pixels

# Of 255. Below it lie the grain of clean scans and JPEG's noise; above, pencil and the palest stamps. Lower, and dusty
# pages are shown to a model, which invents text for them; higher, and faint pages are lost. Chosen, not measured.
FAINT = 12
"""The contrast of the faintest print: a page without any of it is not shown to a model."""
# Of 255, for what is said of a page in the end: print, even worn, has more against its paper. Chosen, not measured.
_CONTRAST = 40
# Fewer, and a speck of dust is a page; more, and a page with a lone page number counts as blank.
_SHARE = 1e-5


# Of 150 drawn worn sheets with nothing on them .23 have pixels of the first contrast, .15 pieces of this one as well.
# Of 350 with a lone digit of 8 to 13 points, black to middle grey, .98 and more have both; of 100 in light grey .92
# have the first, .91 both. With 30 it is .12 of the bare ones, and .89 of the light ones.
_CONTRAST_OF_PIECES = 25
# Share of differing pixels from which there is more than grain, and pieces need not be looked at.
_MUCH = 0.02


def is_blank(pixels: Pixels, contrast: int | None = None) -> bool:
    """Whether nothing is on a raster (height, width, 3): fewer than 1 in 100,000 pixels differ from its median by over
    `contrast`. Without one, by over 40, or if there are, they are a scanner's grain: as few pieces of 3 by 3 do, by 25.

    That is 20 pixels of an A4 page at 144 dpi; a lone digit of 8 points has 29 of them.
    """
    grey = pixels[..., 1]
    share = _share(grey, _CONTRAST if contrast is None else contrast)
    if share < _SHARE:
        return True
    return contrast is None and share < _MUCH and _share(_pieces(grey), _CONTRAST_OF_PIECES) < _SHARE


def _share(grey: NDArray[np.uint8], contrast: int) -> float:
    differing = np.count_nonzero(np.abs(grey.astype(np.int16) - int(np.median(grey))) > contrast)
    return differing / grey.size


def _pieces(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 3 by 3 pixels, of a raster that is at least so large; a smaller one as it is."""
    if min(grey.shape) < 3:
        return grey
    down = grey[:-2].astype(np.uint16) + grey[1:-1] + grey[2:]
    return np.asarray((down[:, :-2] + down[:, 1:-1] + down[:, 2:]) // 9, np.uint8)
