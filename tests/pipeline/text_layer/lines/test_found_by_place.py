"""What is found by its place on a page is what comparing all with all would find."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text_layer.lines.geometry import LeftEdges, Middles, Rect
from pipeline.text_layer.lines.meant import Columns

places = st.integers(0, 60).map(float)
boxes = st.builds(lambda x, y, w, h: Rect(x, y, x + w, y + h), places, places, places, places)
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
@given(st.lists(boxes, min_size=1, max_size=20), st.data())
def test_the_edge_of_a_column(found, data):
    box = data.draw(st.sampled_from(found))
    reach = max([box.x1, *(other.x1 for other in found if other.overlap_x(box) > 0)])
    beside = [other.x0 for other in found if other.x0 >= box.x1 and other.overlap_y(box) > 0]
    # 12 points are the white between columns of text (`meant.py`).
    assert Columns(found).edge(box) == min(reach, min(beside, default=reach) - 12)
