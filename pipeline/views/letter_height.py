"""How small a page's letters are, from pixels alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.views.print_lines import lines_of_print

# Letters, below which nothing is said: a caption beside a picture is no page of small print. Chosen.
_FEW = 100


def letter_height(grey: NDArray[np.uint8]) -> float | None:
    """Rows that half of the small letters on a raster of shape (height, width) do not exceed. None where there is
    hardly any print."""
    lines = lines_of_print(grey)
    if lines is None:
        return None
    _, _, _, half, letters = lines.samples.T
    if letters.sum() < _FEW:
        return None
    order = np.argsort(half)
    middle = np.searchsorted(np.cumsum(letters[order]), letters.sum() / 2)
    return float(2 * half[order][min(middle, len(order) - 1)] * len(grey) / 999)
