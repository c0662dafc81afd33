"""What the pages of a document tell of its type and its words."""

from __future__ import annotations

import pytest

from pipeline.text_layer.labelling.context import make_context
from pipeline.text_layer.lines.glyphs import read_glyphs


def test_the_halves_of_a_broken_word_are_no_words(page, column):
    column(page, ["The keeper of the har-", "bour counts boats."])
    known = make_context([read_glyphs(page)]).known
    assert sorted(known) == ["boats", "counts", "keeper", "of", "the"]


def test_a_heading_in_small_capitals_is_of_the_first_level_where_no_type_is_larger(page, read, column, prose):
    column(page, ["THE OLD MILL"], 50, 80, size=8)
    column(page, [prose[:90], prose[90:180], prose[:90]], 50, 96)
    heading, _ = read(page)
    assert (heading.label, heading.content) == ("sub_title", "## THE OLD MILL")


def test_code_is_code_where_less_than_half_of_the_letters_are_typewritten(page, read, column, prose):
    column(page, [prose[:90], prose[90:180], prose[:90]], 50, 80)
    column(
        page, [f"boats[{i}] = harbour.count(sails, oars)  # all of them" for i in range(4)], 50, 150, fontname="cour"
    )
    assert [block.label for block in read(page)] == ["text", "code"]


@pytest.mark.parametrize(
    ("lines", "font", "label"),
    [
        (["OF THE OLD MILL"], "helv", "sub_title"),
        (["OF THE OLD MILL AND OF ALL THE BOATS THAT CAME TO IT IN THE YEAR OF THE FLOOD"], "helv", "text"),
        (["OF THE OLD MILL", "AND OF ALL BOATS", "THAT CAME TO IT"], "helv", "text"),
        (["OF THE OLD MILL"], "cour", "text"),
    ],
)
def test_a_line_in_capitals_is_a_heading_if_it_is_short_and_not_typewritten(
    page, read, column, prose, lines, font, label
):
    column(page, lines, 50, 80, fontname=font)
    column(page, [prose[:90], prose[90:180], prose[:90]] * 4, 50, 92 + 14 * len(lines))
    assert read(page)[0].label == label
