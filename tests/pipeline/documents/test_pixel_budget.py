"""The pixel budget, for any page size."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.pixel_budget import PIXEL_BUDGET, zoom_within

SIDE = st.floats(1e-6, 1e9)


@given(SIDE, SIDE, st.floats(0.1, 50))
def test_never_beyond_the_budget_and_never_above_the_zoom(width, height, zoom):
    scale = zoom_within(width, height, zoom)
    assert 0 < scale <= zoom
    assert ceil(width * scale) * ceil(height * scale) <= PIXEL_BUDGET * (1 + 1e-9)


@given(SIDE, SIDE)
def test_the_budget_is_used_where_the_page_is_too_large(width, height):
    scale = zoom_within(width, height, 1e12)
    assert (width * scale + 1) * (height * scale + 1) >= PIXEL_BUDGET * (1 - 1e-6) or scale == 1e12


def test_ordinary_pages_are_left_alone():
    assert zoom_within(612, 792, 2) == 2
    assert zoom_within(2384, 3370, 2) == 2  # A0


def test_a_square_of_200_inches_is_reduced_to_the_budget():
    assert int(14400 * zoom_within(14400, 14400, 2)) in (7070, 7071)
