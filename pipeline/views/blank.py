"""Whether anything is on a page at all."""

from __future__ import annotations

import numpy as np

from pipeline.transcript import Pixels

# Of 255. Below it lie the grain of clean scans and JPEG's noise; above, pencil and the palest stamps. Lower, and dusty
# pages are shown to a model, which invents text for them; higher, and faint pages are lost. Chosen, not measured.
FAINT = 12
"""The contrast of the faintest print: a page without any of it is not shown to a model."""
# Of 255, for what is said of a page in the end: print, even worn, has more against its paper. Chosen, not measured.
_CONTRAST = 40
# Fewer, and a speck of dust is a page; more, and a page with a lone page number counts as blank.
_SHARE = 1e-5


def is_blank(pixels: Pixels, contrast: int = _CONTRAST) -> bool:
    """Whether fewer than 1 in 100,000 pixels of a raster (height, width, 3) differ from its median by over `contrast`.

    That is 20 pixels of an A4 page at 144 dpi; a lone digit of 8 points has 29 of them.
    """
    grey = pixels[..., 1]
    differing = np.count_nonzero(np.abs(grey.astype(np.int16) - int(np.median(grey))) > contrast)
    return bool(differing < _SHARE * grey.size)
