"""What is a picture and what is text on a ground, by what is written and drawn in its box."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.pictures.figures import Figure, find_figures
from pipeline.text_layer.tables.parts.rules import Drawings
from tests.pipeline.text_layer.lines.test_rows import line

BOX = Rect(100, 100, 400, 400)
PAGE = Frame(600, 800)
# Double lines around the box: so many paths make a drawing.
FRAME = tuple(
    side
    for off in (0, 3)
    for side in (
        Rect(100, 100 + off, 400, 100 + off),
        Rect(100, 400 - off, 400, 400 - off),
        Rect(100 + off, 100, 100 + off, 400),
        Rect(400 - off, 100, 400 - off, 400),
    )
)


def curves(count: int) -> tuple[Rect, ...]:
    return (Rect(110, 380, 130, 390),) * count


def is_image(lines: list[Line], count: int = 0) -> bool:
    return find_figures(PAGE, [BOX], Drawings(curved=curves(count)), [], lines) == [Figure(BOX, False)]


def is_drawn(lines: list[Line], count: int = 0) -> bool:
    return find_figures(PAGE, [], Drawings(paths=FRAME, curved=curves(count)), [], lines) == [Figure(BOX, True)]


def rows(*counts: int) -> list[Line]:
    """Lines of so many words, each of one letter."""
    return [line(" ".join("abcdefgh"[:count]), 110 + 7 * i, 120 + 12 * i) for i, count in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "count", "expected"),
    [
        ([6] * 10, 0, True),
        ([6] * 10 + [1], 0, False),
        # Labels among curves: three or four words each.
        ([3, 4] * 10, 5, True),
        ([3, 4] * 10, 4, False),
        ([3, 4] * 9 + [4, 4], 5, False),
    ],
)
def test_images_hold_few_words_or_short_labels_among_curves(counts, count, expected):
    assert is_image(rows(*counts), count) == expected


def test_words_beside_a_picture_are_not_on_it():
    assert is_image([line("a b c d e f", 450, 120 + 12 * i) for i in range(20)])


@pytest.mark.parametrize(("longest", "count", "expected"), [(52, 0, True), (56, 0, False), (56, 1, True)])
def test_a_drawing_of_straight_rules_is_text_where_that_takes_up_much_of_it(longest, count, expected):
    """Five words of ten points by five a letter: .144 or .156 of 300 by 300."""
    assert is_drawn([line("a" * longest, 105 + 4 * i, 150 + 30 * i) for i in range(5)], count) == expected


def test_text_on_an_image_is_of_the_picture():
    assert is_image([line("a" * 56, 105, 150 + 30 * i) for i in range(5)])
    assert is_image([line("in the harbour", 110, 150 + 30 * i) for i in range(3)])


@pytest.mark.parametrize(
    ("label", "lefts", "size", "expected"),
    [
        ("in the harbour", (110, 111, 109.5), 10, False),
        ("in the harbour", (110, 111, 109.5), 9.5, False),
        ("in the harbour", (110, 111, 109.5), 9, True),
        ("in the harbour", (110, 111), 10, True),
        ("in the harbour", (110, 111, 113), 10, True),
        ("harbour", (110, 111, 109.5), 10, True),
        ("old harbour", (110, 111, 109.5), 10, False),
    ],
)
def test_three_lines_under_each_other_in_the_pages_type_are_a_column(label, lefts, size, expected):
    page = [line("the boats of the old mill", 450, 120 + 12 * i) for i in range(9)]
    inside = [line(label, left, 150 + 30 * i, size) for i, left in enumerate(lefts)]
    assert is_drawn([*page, *inside], 1) == expected
