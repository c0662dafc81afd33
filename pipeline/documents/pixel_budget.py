"""How many pixels a page may have, and the scale that keeps within them."""

from __future__ import annotations

from math import hypot, sqrt
from typing import Final

# Larger lets one page take what the guard may have in all, with the copies that turning and resizing make; smaller
# blurs large sheets. Chosen, not measured.
PIXEL_BUDGET: Final = 50_000_000
"""Pixels of one raster (150 MB as RGB): A4 at 720 dpi, A0 at 180 dpi."""


def zoom_within(width: float, height: float, zoom: float, budget: int = PIXEL_BUDGET) -> float:
    """The largest scale up to `zoom` at which a page of `width` x `height` fits, both sides rounded up to whole pixels.

    Any positive size, however large or thin. Solves (width * s + 1) * (height * s + 1) = budget for s, in the form that
    is stable where the product of the sides is next to nothing.
    """
    half = (width + height) / 2
    geometric = sqrt(width) * sqrt(height) * sqrt(budget - 1)
    return min(zoom, (budget - 1) / (half + hypot(half, geometric)))
