"""A sheet with nothing on it but a scanner's grain is blank; a lone digit is something."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.views.blank import FAINT, is_blank


def sheet(grain: float, seed: int = 3) -> np.ndarray:
    """A4 at 144 dpi, light grey, with grain of so many levels."""
    noise = np.random.default_rng(seed).normal(0, grain, (1684, 1190))
    return (230 + noise).clip(0, 255).astype(np.uint8)


def coloured(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


def with_a_stroke(grey: np.ndarray, ink: int) -> np.ndarray:
    """A one of 8 points: two pixels by eleven, and its foot."""
    marked = grey.copy()
    marked[1600:1611, 590:592] = ink
    marked[1609:1611, 587:595] = ink
    return marked


@pytest.mark.parametrize("grain", [0, 4, 12, 16])
def test_grain_is_nothing_and_a_lone_digit_is_something(grain):
    assert is_blank(coloured(sheet(grain)))
    assert not is_blank(coloured(with_a_stroke(sheet(grain), 90)))


def test_any_contrast_of_single_pixels_counts_where_it_is_asked_for():
    """What is not even shown to a model has to be bare to the pixel."""
    assert is_blank(coloured(sheet(1)), FAINT)
    assert not is_blank(coloured(sheet(12)), FAINT)


def test_a_raster_of_two_rows_is_looked_at_as_it_is():
    bar = np.full((2, 90, 3), 255, np.uint8)
    assert is_blank(bar)
    bar[:, 40:42] = 0
    assert not is_blank(bar)


def test_a_page_full_of_ink_is_not_blank():
    half = sheet(4)
    half[::2, ::2] = 0
    assert not is_blank(coloured(half))
