"""What is found by its place on a page is what comparing all with all would find."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text_layer.lines.geometry import Frame, LeftEdges, Middles, Rect
from pipeline.text_layer.paragraphs.meant import Columns

places = st.integers(0, 60).map(float)
boxes = st.builds(lambda x, y, w, h: Rect(x, y, x + w, y + h), places, places, places, places)
printed = st.builds(lambda box: Rect(box.x0, box.y0, box.x1 + 1, box.y1 + 1), boxes)  # no line is without width
several = st.lists(boxes, max_size=20)
many = settings(max_examples=60, deadline=None)


@many
@given(several, boxes)
def test_middles_within_a_box(found, box):
    middles, inside = Middles(found), [at for at, one in enumerate(found) if box.holds(one.middle)]
    assert middles.within(box) == inside
    assert middles.any_within(box) == bool(inside)


@many
@given(several, places, places, st.integers(0, 20), st.integers(0, 20))
def test_left_edges_between_two_places(found, left, width, first, count):
    asked = set(LeftEdges(found).between(left, left + width, first, first + count))
    wanted = {at for at, box in enumerate(found) if left <= box.x0 <= left + width and first <= at < first + count}
    assert wanted <= asked <= set(range(first, first + count))


@many
@given(st.lists(printed, min_size=1, max_size=20), st.data())
def test_the_edge_of_a_column(found, data):
    box = data.draw(st.sampled_from(found))
    reach = max([box.x1, *(other.x1 for other in found if other.overlap_x(box) > 0)])
    beside = [other.x0 for other in found if other.x0 >= box.x1 and other.overlap_y(box) > 0]
    # 12 points are the white between columns of text (`meant.py`).
    assert Columns(found).edge(box) == min(reach, min(beside, default=reach) - 12)


@many
@given(boxes, boxes)
def test_the_common_area_of_two_boxes(one, other):
    cells = [(x, y) for x in range(121) for y in range(121)] if one.area and other.area else []
    held = sum(all(b.x0 <= x < b.x1 and b.y0 <= y < b.y1 for b in (one, other)) for x, y in cells)
    assert one.common_area(other) == other.common_area(one) == held


@pytest.mark.parametrize(
    ("turns", "direction", "size", "corner"),
    [(0, (1, 0), (600, 800), (100, 200)), (1, (0, 1), (800, 600), (200, 500)),
     (2, (-1, 0), (600, 800), (500, 600)), (3, (0, -1), (800, 600), (600, 100))],
)  # fmt: skip
def test_text_runs_from_left_to_right_in_its_frame(turns, direction, size, corner):
    frame = Frame(600.0, 800.0, turns=turns)
    assert (frame.direction(*direction), frame.size, frame.point(100, 200)) == (turns, size, corner)
    before, behind = frame.point(300, 300), frame.point(300 + direction[0], 300 + direction[1])
    assert (behind[0] - before[0], behind[1] - before[1]) == (1, 0)
