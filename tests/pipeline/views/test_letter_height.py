"""How small letters are, told from pixels; pages of small print get more tiles however far its lines stand apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from pipeline.views.crops import NARROW, TILE, grid, narrow_lines, views
from pipeline.views.letter_height import letter_height
from pipeline.views.line_pitch import line_pitch
from pipeline.views.rules import OCR2_VIEWS
from tests.support.letters import HEIGHT, LINE, WIDTH, page, raster

PITCH = 58
"""Pixels from line to line: so wide that the pitch alone asks for no more tiles."""


def spaced(size, top=100, bottom=1600):
    """Lines far apart, in type of so many pixels, as those of a directory or of references are."""
    return [(60, y, LINE) for y in range(top, bottom, PITCH)], size


def drawn(size, **where):
    return np.asarray(page(*spaced(size, **where)))


@pytest.mark.parametrize("size", [13, 18, 26, 34])
def test_the_height_of_small_letters_is_told_to_a_pixel_and_a_half(size):
    _, top, _, bottom = ImageFont.load_default(size).getbbox("xenon")
    assert letter_height(drawn(size)) == pytest.approx(bottom - top, abs=1.5)


def test_what_most_letters_are_like_counts():
    large, small = drawn(30), drawn(14)
    much = large.copy()
    much[1200:] = small[1200:]
    assert letter_height(much) == letter_height(large)
    little = large.copy()
    little[500:] = small[500:]
    assert letter_height(little) == letter_height(small)


@pytest.mark.parametrize(
    "grey",
    [
        np.full((HEIGHT, WIDTH), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), np.uint8),
        np.asarray(page([(100, 300, "A caption of a few words"), (100, 380, "and another one")], 14)),
        np.zeros((5, 900), np.uint8),
    ],
    ids=["blank", "noise", "hardly any print", "too small"],
)
def test_without_print_nothing_is_said(grey):
    assert letter_height(grey) is None


@given(st.integers(1, 300), st.integers(1, 600))
def test_any_raster_has_an_answer(width, height):
    found = letter_height(np.zeros((height, width), np.uint8))
    assert found is None or found > 0


def test_small_print_gets_more_tiles_though_its_lines_stand_far_apart_and_large_print_does_not():
    stretched = TILE * grid(WIDTH, HEIGHT)[1] / HEIGHT
    for size, small in ((14, True), (30, False)):
        grey = drawn(size)
        pitch = line_pitch(grey)
        assert pitch is not None and pitch * stretched > NARROW
        assert narrow_lines(grey) is small
        seen = views(raster(page(*spaced(size))), rules=replace(OCR2_VIEWS, dense_tiles=12))
        assert (seen.columns, seen.rows) == ((3, 4) if small else (2, 3))
