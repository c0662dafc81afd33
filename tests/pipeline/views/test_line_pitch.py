"""The distance from line to line, told from pixels; pages of narrow lines, which may be cut into more tiles."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.views.crops import fine_grid, grid, narrow_lines, views
from pipeline.views.line_pitch import line_pitch
from pipeline.views.rules import OCR2_VIEWS

FINE = replace(OCR2_VIEWS, dense_tiles=12)


def lined(pitch, height=1684, width=1191, left=80, right=1100, top=100, bottom=1600, paper=255, seed=0):
    """A page of words of random length, black bars half as high as the pitch, in lines of that pitch."""
    random = np.random.default_rng(seed)
    page = np.full((height, width), paper, np.uint8)
    for y in np.arange(top, bottom - pitch, pitch):
        x = left
        while x < right:
            word = int(random.integers(2, 9) * pitch * 0.4)
            page[round(y) : round(y + pitch / 2), x : min(x + word, right)] = 0
            x += word + max(int(pitch * 0.3), 2)
    return page


@pytest.mark.parametrize("pitch", [11, 14, 17, 22, 29, 40])
def test_the_pitch_of_lines_is_told_to_a_pixel(pitch):
    assert line_pitch(lined(pitch)) == pytest.approx(pitch, abs=1)


def test_noise_grey_paper_and_columns_do_not_matter():
    clean = np.hstack((lined(16, width=596, right=560), lined(16, width=595, right=560, seed=1, top=107)))
    noisy = clean * 0.7 + 40 + np.random.default_rng(0).normal(0, 25, clean.shape)
    assert line_pitch(noisy.clip(0, 255).astype(np.uint8)) == pytest.approx(16, abs=1)


def test_narrow_lines_count_though_most_of_a_page_is_wider():
    page = lined(34, bottom=1000)
    page[1000:] = lined(14, top=1000)[1000:]
    assert line_pitch(page) == pytest.approx(14, abs=1)


@pytest.mark.parametrize(
    "page",
    [
        np.full((1684, 1191), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (1684, 1191), np.uint8),
        np.linspace(0, 255, 1684).astype(np.uint8)[:, None].repeat(1191, 1),
        lined(14, height=200, top=10, bottom=190),
    ],
    ids=["blank", "noise", "gradient", "too short"],
)
def test_without_lines_nothing_is_said(page):
    assert line_pitch(page) is None


@given(st.integers(1, 300), st.integers(1, 600))
def test_any_raster_has_an_answer(width, height):
    pitch = line_pitch(np.zeros((height, width), np.uint8))
    assert pitch is None or pitch > 0


def test_more_tiles_are_for_pages_of_narrow_lines_and_of_rules_that_have_them():
    for pitch, narrow in ((20, True), (40, False)):
        page = lined(pitch)
        assert narrow_lines(page) is narrow
        pixels = page[..., None].repeat(3, 2)
        seen = views(pixels, rules=FINE)
        assert (seen.columns, seen.rows) == ((3, 4) if narrow else (2, 3))
        assert seen.local_views.shape == (12 if narrow else 6, 768, 768, 3)
        released = views(pixels)
        assert (released.columns, released.rows) == grid(1191, 1684) == (2, 3)
        again = views(pixels, other=True, rules=FINE)
        assert (again.columns, again.rows) == ((2, 3) if narrow else (1, 2))  # another way than the first


def test_a_small_page_has_no_tiles_however_narrow_its_lines():
    seen = views(lined(14, height=760, width=760, right=700, bottom=740)[..., None].repeat(3, 2), rules=FINE)
    assert (seen.columns, seen.rows) == (0, 0)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1191, 1684), (3, 4)),
        ((1684, 1191), (4, 3)),
        ((1000, 1000), (3, 3)),
        ((1920, 1080), (4, 2)),
        ((1224, 2016), (3, 4)),  # a sheet of 8.5 x 14 inches
        ((2016, 1224), (4, 3)),
        ((1100, 2000), (2, 4)),
    ],
)
def test_the_finest_of_the_grids_that_fit_about_alike(size, shape):
    assert fine_grid(*size, 12) == shape  # type: ignore[call-arg]


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(6, 36))
def test_a_fine_grid_has_no_more_tiles_than_it_may_and_no_fewer_than_needed(width, height, most):
    columns, rows = fine_grid(width, height, most)
    assert (columns, rows) == (0, 0) if max(width, height) <= 768 else 2 <= columns * rows <= most


def test_rules_know_the_longest_image():
    assert OCR2_VIEWS.most_tokens == 256 + 144 * 6 + 1
    assert FINE.most_tokens == 256 + 144 * 12 + 1
