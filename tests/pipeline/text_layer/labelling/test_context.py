"""What the pages of a document tell of its type and its words."""

from __future__ import annotations

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
