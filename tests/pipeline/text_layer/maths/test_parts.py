"""Which fragments of a page are of one formula."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.blocks import block_of
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.maths.display import are_near, displayed
from tests.pipeline.text_layer.lines.test_rows import line


@pytest.mark.parametrize(
    ("below", "aside", "expected"), [(5, 5, True), (11, 29, True), (13, 5, False), (5, 31, False), (13, 31, False)]
)
def test_fragments_are_near_that_are_so_both_ways(below, aside, expected):
    """Each 40 points wide and 10 high, so far apart; the body's type has 10 points."""
    assert are_near(Rect(100, 100, 140, 110), Rect(140 + aside, 110 + below, 180 + aside, 120 + below), 10) == expected


@pytest.mark.parametrize(("lines", "formulas"), [(1, 1), (2, 2), (3, 2)])
def test_paragraphs_side_by_side_part_the_formulas_under_them(lines, formulas):
    """Lines by themselves do not, as they may be anything."""
    columns = [[line("the boats of the old mill", x, 200 + 12 * i) for i in range(lines)] for x in (60, 200)]
    parts = [[line("α = 2", 154, 260)], [line("β = 3", 202, 260)]]
    found, _ = displayed([block_of(block) for block in (*columns, *parts)], [], 10)
    assert len(found) == formulas


def test_fragments_near_each_other_are_one_formula_with_its_number_and_one_alone_if_it_can_be_told():
    text = block_of([line("the boats of the old mill", 50, 100 + 12 * i) for i in range(2)])
    upper, lower, number = line("f = a + b", 90, 160), line("= 3 c", 101, 174), line("(1)", 266, 160)
    alone, untold, stray = line("α = 2", 90, 300), line("g = 7 c", 90, 400), line("(2)", 266, 500)
    found, rest = displayed([text, *(block_of([one]) for one in (upper, lower, number, alone, untold, stray))], [], 10)
    assert [(piece.label, piece.content) for piece in found] == [
        ("text", "f = a + b\n= 3 c (1)"),
        ("equation", r"\[ \alpha = 2 \]"),
    ]
    assert [block.lines for block in rest] == [text.lines, (untold,), (stray,)]
