"""Where a glyph begins and ends along its line, whichever way that runs."""

from __future__ import annotations

from math import cos, radians, sin

import pytest

from pipeline.text_layer.characters.glyph import Box, Glyph, GlyphLine

ORIGIN = (100.0, 300.0)


def extent(direction: tuple[float, float], box: Box, origin: tuple[float, float] = ORIGIN) -> tuple[float, float]:
    glyph = Glyph("a", origin, box, 10, "F", bold=False, mono=False, color=0, drawn=True, span=0)
    return GlyphLine(direction, (glyph,)).extent(glyph)


@pytest.mark.parametrize(
    ("direction", "ends"),
    [((1, 0), (101, 107)), ((-1, 0), (-107, -101)), ((0, 1), (290, 303)), ((0, -1), (-303, -290))],
)
def test_a_glyph_along_the_page_is_as_long_as_its_box(direction, ends):
    assert extent(direction, (101, 290, 107, 303)) == ends


def test_an_error_of_rounding_in_the_direction_makes_no_line_slant():
    assert extent((0.99995, 0.01), (101, 290, 107, 303)) == pytest.approx((103.89495, 110.02465))


def turned(angle: float, wide: float, high: float) -> tuple[tuple[float, float], Box]:
    """A direction, and the box of what is so wide and high in it."""
    dx, dy = cos(radians(angle)), sin(radians(angle))
    across, down = wide * abs(dx) + high * abs(dy), wide * abs(dy) + high * abs(dx)
    return (dx, dy), (90, 290, 90 + across, 290 + down)


@pytest.mark.parametrize("angle", [10, 30, 60, 80, 150, 210, 330])
def test_a_slanting_glyph_is_a_rectangle_turned(angle):
    direction, box = turned(angle, 6, 13)
    start = 100 * direction[0] + 300 * direction[1]
    assert extent(direction, box) == pytest.approx((start, start + 6))


@pytest.mark.parametrize("angle", [42, 45, 48, 135])
def test_near_half_a_right_angle_it_is_as_high_as_an_em(angle):
    """A box a tenth higher would else be one of no width, or of twice as much."""
    direction, (x0, y0, x1, y1) = turned(angle, 6, 10)
    start = 100 * direction[0] + 300 * direction[1]
    assert extent(direction, (x0, y0, x1, y1 + 1)) == pytest.approx((start, start + 6))


@pytest.mark.parametrize("angle", [30, 45])
def test_no_glyph_ends_before_it_begins(angle):
    direction, (x0, y0, _, y1) = turned(angle, 0, 10)
    begin, end = extent(direction, (x0, y0, x0 + 3, y1))
    assert begin == end
