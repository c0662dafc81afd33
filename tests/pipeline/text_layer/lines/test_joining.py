"""Words set far apart are one line where their row fills its column, and none where a column ends between them."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.joining import join_rows
from pipeline.text_layer.lines.lines import Line
from tests.pipeline.text_layer.lines.test_rows import line

FULL = line("the boats of the old mill lie here", 50, 100)  # from 50 to 206


def far(left: float, right: float, y: float, size: float = 10) -> list[Line]:
    """Two words about three em apart, which begin and end here."""
    count = round((right - left - 30) / size)
    return [line("a" * count, left, y, size), line("b" * count, right - 0.5 * size * count, y, size)]


def is_one(*lines: Line) -> bool:
    """Whether the words of `far` became one line."""
    return any(one.text.startswith("a") and one.text.endswith("b") for one in join_rows(tuple(lines)))


END = FULL.box.x1


@pytest.mark.parametrize(
    ("left", "right", "y", "expected"),
    [
        (50, END, 112, True),
        (50, END, 88, True),
        # Set in, as a paragraph's first line is, but not by more than four em.
        (86, END, 112, True),
        (96, END, 112, False),
        # Short of the column, wider than it, or begun before it.
        (50, END - 6, 112, False),
        (50, END + 6, 112, False),
        (40, END, 112, False),
        # Less than a line below it, or more than the next.
        (50, END, 106, False),
        (50, END, 116, True),
        (50, END, 118, False),
    ],
)
def test_words_far_apart_are_one_line_where_they_fill_the_column_of_the_next(left, right, y, expected):
    assert is_one(FULL, *far(left, right, y)) == expected


def test_other_type_fills_no_column():
    assert not is_one(FULL, *far(50, END, 112, size=14))
    assert not is_one(line(FULL.text, 50, 100, bold=True), line("Aa", 50, 112), line("b" * 24, 90, 112))


def test_what_stands_beside_the_column_is_no_part_of_its_row():
    words = far(50, END, 112)
    assert is_one(FULL, *words, line("note", END + 80, 112))
    assert not is_one(FULL, line("a", 46, 112), line("b", END - 5, 112), line("ccccc", 100, 112))


def test_the_second_line_of_text_may_be_the_one_that_it_fills():
    other = line("and one of five short words", 50, 88)
    assert other.box.x1 < END - 10
    words = far(50, END, 100)
    assert is_one(other, line(FULL.text, 50, 112), *words)


LEFT, RIGHT = far(50, END, 112)


@pytest.mark.parametrize(
    ("left", "right", "y", "expected"),
    [
        (50, RIGHT.box.x0, 124, False),
        (LEFT.box.x1 - 15, RIGHT.box.x0, 124, False),
        (50, RIGHT.box.x0, 140, False),
        (50, RIGHT.box.x0, 144, True),
        (50, RIGHT.box.x0, 118, False),
        # White elsewhere, or not on both sides.
        (LEFT.box.x1 + 12, RIGHT.box.x0, 124, True),
        (50, LEFT.box.x1 - 10, 124, True),
        (30, RIGHT.box.x0, 124, True),
        (50, END + 5, 124, True),
    ],
)
def test_a_row_close_by_that_is_white_at_the_same_place_tells_where_a_column_ends(left, right, y, expected):
    row = [line("ccc", left, y), line("ddd", right, y)]
    assert is_one(FULL, LEFT, RIGHT, *row) == expected


def test_texts_of_two_rows_part_no_column():
    assert is_one(FULL, LEFT, RIGHT, line("ccc", 50, 124), line("ddd", RIGHT.box.x0, 136))
