"""Boxes on a page whichever way its text runs."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.geometry import Frame, Rect


@pytest.mark.parametrize(
    ("turns", "shown"),
    [(0, (10, 20, 30, 50)), (1, (550, 10, 580, 30)), (2, (570, 750, 590, 780)), (3, (20, 770, 50, 790))],
)
def test_a_box_is_shown_where_its_text_was_read(turns, shown):
    box, frame = Rect(10, 20, 30, 50), Frame(600, 800, turns=turns)
    assert frame.displayed(box) == shown
    assert frame.rect(shown) == box
