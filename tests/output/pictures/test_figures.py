"""Crops: the grid of 999 to whole pixels, outward; any box gives a picture or an explained failure."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.grounding.blocks import Block, Box, PageBlocks
from output.pictures.figures import NAME, CropError, Region, cut, plan, region, window

SIDES = st.floats(1, 20_000)
GRID = st.integers(0, 999)
BOXES = st.tuples(GRID, GRID, GRID, GRID).map(
    lambda c: Box(min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)


def page(*boxes, width=595.0, height=842.0):
    return PageBlocks(3, width, height, (Block("text", (), "x"), Block("image", boxes, "")))


def planned(sheet):
    return [figure for block in plan(sheet).blocks for figure in block.figures]


def drawn(number, dpi, where):
    """A raster of the right size that has its page's number in it."""
    scale = dpi / 72
    shape = (round((where.bottom - where.top) * scale), round((where.right - where.left) * scale), 3)
    return np.full(shape, number, np.uint8)


@given(BOXES, SIDES, SIDES, st.integers(200, 600))
def test_regions_hold_the_box_and_lie_on_the_page(box, width, height, dpi):
    where = region(box, width, height, dpi)
    slack = 1e-6 * max(width, height)
    assert -slack <= where.left <= box.x1 * width / 999 + slack
    assert -slack <= where.top <= box.y1 * height / 999 + slack
    assert box.x2 * width / 999 - slack <= where.right <= width + slack
    assert box.y2 * height / 999 - slack <= where.bottom <= height + slack
    assert where.left < where.right
    assert where.top < where.bottom


@given(BOXES, st.integers(200, 600))
def test_regions_are_whole_pixels_and_not_too_thin(box, dpi):
    where = region(box, 595.0, 842.0, dpi)
    for low, high in ((where.left, where.right), (where.top, where.bottom)):
        first = low * dpi / 72
        assert math.isclose(first, round(first), abs_tol=1e-6)
        assert (high - low) * dpi / 72 >= 15


def test_the_whole_page_is_the_whole_page():
    assert region(Box(0, 0, 999, 999), 595.0, 842.0, 200) == Region(0, 0, 595.0, 842.0)


def test_one_step_of_the_grid_is_rounded_outward():
    where = region(Box(100, 200, 300, 400), 72.0, 72.0, 999)  # 999 pixels a side: one step is one pixel
    assert where == Region(100 * 72 / 999, 200 * 72 / 999, 300 * 72 / 999, 400 * 72 / 999)
    where = region(Box(500, 500, 600, 600), 36.0, 36.0, 998)  # 499 pixels: 249.7… to 299.7…
    pixels = [edge * 998 / 72 for edge in (where.left, where.top, where.right, where.bottom)]
    assert pixels == pytest.approx([249, 249, 300, 300])


def test_names_count_boxes_and_have_the_true_page_number():
    text, image = plan(page(Box(0, 0, 9, 9), Box(1, 1, 8, 8), Box(0, 50, 9, 59))).blocks
    assert text.figures == ()
    assert [(f.name, f.page) for f in image.figures] == [("p003-1.png", 3), ("p003-2.png", 3)]
    assert all(NAME.fullmatch(f.name) for f in image.figures)


@given(BOXES, st.floats(1, 400), st.floats(1, 400))
def test_every_box_is_cut_or_refused(box, width, height):
    sheet = page(box, width=width, height=height)
    (figure,) = planned(sheet)
    try:
        pixels = cut(figure, sheet, drawn, 200)
    except CropError:
        assert box.x1 == box.x2
        assert box.y1 == box.y2
    else:
        assert pixels[0, 0].tolist() == [3, 3, 3]


@given(BOXES, st.integers(200, 300))
def test_a_window_of_the_whole_page_is_the_region(box, dpi):
    width, height = 250, 180  # pixels
    sheet = page(box, width=width * 72 / dpi, height=height * 72 / dpi)
    where = region(box, sheet.width, sheet.height, dpi)
    y, x = np.indices((height, width))
    part = window(np.stack([x, y, x], 2).astype(np.uint8), sheet, where)
    first, last = part[0, 0], part[-1, -1]
    assert first.tolist()[:2] == [round(where.left * dpi / 72), round(where.top * dpi / 72)]
    assert last.tolist()[:2] == [round(where.right * dpi / 72) - 1, round(where.bottom * dpi / 72) - 1]


def test_a_crop_of_a_huge_sheet_is_cut_at_a_lower_resolution():
    sheet = page(Box(0, 0, 999, 999), width=14_400, height=14_400)
    asked = []

    def noted(number, dpi, where):
        asked.append((where.right - where.left) * (where.bottom - where.top) * dpi**2 / 72**2)
        return np.zeros((1, 1, 3), np.uint8)

    cut(planned(sheet)[0], sheet, noted, 200)
    assert 39e6 < asked[0] < 41e6


@pytest.mark.parametrize(("width", "height"), [(0, 0), (-1, 5), (float("nan"), 5)])
def test_a_page_of_no_size_is_refused(width, height):
    sheet = page(Box(0, 0, 9, 9), width=width, height=height)
    with pytest.raises(CropError, match="size"):
        cut(planned(sheet)[0], sheet, drawn, 200)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5), (5, 5, 4)])
def test_what_is_no_rgb_raster_is_refused(shape):
    with pytest.raises(CropError, match="shape"):
        cut(planned(page(Box(0, 0, 9, 9)))[0], page(), lambda *_: np.zeros(shape, np.uint8), 200)


def test_the_crop_of_a_turned_page_stands_upright():
    """A page that lies on its left side: its top is at the left."""
    lying = PageBlocks(1, 400, 200, (Block("image", (Box(0, 0, 999, 999),), ""),), turned=3)
    marked = np.zeros((200, 400, 3), np.uint8)
    marked[:, :10] = 255
    upright = cut(planned(lying)[0], lying, lambda number, dpi, where: marked, 72)
    assert upright.shape == (400, 200, 3)
    assert (upright[:10] == 255).all()
    assert not upright[10:].any()
