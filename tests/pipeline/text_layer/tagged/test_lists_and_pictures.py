"""Lists, pictures and inline elements of tagged pages, and what is in no element of them."""

from __future__ import annotations

import pytest

from tests.pipeline.text_layer.tagged.test_tagged_pages import WORDS, paragraph, told
from tests.support.tagged import Tag, tagged_page


def test_a_list_is_nested_as_tagged_however_it_is_set(read):
    def item(label, text, y, *kids):
        return Tag("LI", [], [Tag("Lbl", [(label, 50, y, 10)]), Tag("LBody", [(text, 80, y, 10)], kids)])

    inner = Tag("L", [], [item("a)", "sails", 124), item("b)", "oars", 136)])
    page = tagged_page([paragraph(60), Tag("L", [], [item("1.", "boats", 112, inner), item("2.", "nets", 148)])])
    assert told(read(page))[1] == ("list", "1. boats\n    a) sails\n    b) oars\n2. nets")


def test_items_without_tagged_labels_have_those_that_are_printed_or_hyphens(read):
    items = [Tag("LI", [(text, 50, 112 + 12 * i, 10)]) for i, text in enumerate(("boats", "2. nets", "• oars"))]
    found = told(read(tagged_page([paragraph(60), Tag("L", [], items)])))
    assert found[1] == ("list", "- boats\n2. nets\n- oars")


def test_a_list_without_items_is_told_by_sight(read):
    page = tagged_page([Tag("H1", [("Boats", 50, 40, 10)]), paragraph(60), Tag("L", [("boats and nets", 50, 112, 10)])])
    assert told(read(page))[::2] == [("title", "# Boats"), ("text", "boats and nets")]


def test_code_within_a_paragraph_is_of_it_and_paragraphs_of_a_quotation_are_parted(read):
    said = Tag("P", [("Write", 50, 180, 10)], [Tag("Code", [("x = 1", 80, 180, 10)])])
    quoted = Tag("BlockQuote", [], [paragraph(220, "One"), paragraph(256, "Two")])
    found = told(read(tagged_page([Tag("H1", [("Boats", 50, 40, 10)]), paragraph(60), said, quoted])))
    assert [text.split()[:2] for _, text in found[2:]] == [["Write", "x"], ["One", "the"], ["Two", "the"]]


def test_tags_of_paragraphs_alone_say_nothing_of_their_order(read):
    words = ["One", "Aside", "Two", "Three", "Four", "Five"]
    page = tagged_page([paragraph(90 + 50 * i, word) for i, word in enumerate(words)], order=[0, 2, 3, 4, 5, 1])
    assert [text.split()[0] for _, text in told(read(page))] == words


PICTURE = "100 590 m 100 690 l S " + " ".join(
    f"{100 + 20 * i} {590 + 30 * (i % 2)} m {120 + 20 * i} {620 - 30 * (i % 2)} l S" for i in range(16)
)


@pytest.mark.parametrize("tagged", [True, False])
def test_words_of_a_tagged_picture_are_in_it_once(read, tagged):
    """Whether they are tagged as its own or in no element."""
    labels = [("Swan", 105, 144, 10), ("Gull", 350, 144, 10)]
    tags = [
        Tag("H1", [("Boats", 50, 40, 10)]),
        paragraph(60),
        Tag("Figure", labels if tagged else []),
        paragraph(230, "There"),
    ]
    page = tagged_page(tags, outside=[] if tagged else labels, drawings=[PICTURE])
    found = told(read(page))
    assert [label for label, _ in found] == ["title", "text", "image", "text"]
    assert sorted(found[2][1].split()) == ["Gull", "Swan"]


def test_what_is_in_no_element_stands_behind_what_it_follows(read):
    tags = [Tag("H1", [("Boats", 50, 130, 10)]), paragraph(200), paragraph(260, "There")]
    page = tagged_page(tags, outside=[("A word of the editor", 50, 165, 10)])
    assert [text.split()[0] for _, text in told(read(page))] == ["#", "A", "Here", "There"]


@pytest.mark.parametrize(("height", "first"), [(26, "Here"), (14, None)])
def test_a_large_first_letter_in_an_element_of_its_own_is_of_its_word(read, height, first):
    """Word processors set it in a frame, which is a paragraph; a letter of a line's own height begins none."""
    cap = Tag("P", [("H", 50, 113, height)])
    beside = Tag("P", [(f"ere {WORDS}", 72, 101, 10), (WORDS, 72, 113, 10), (WORDS, 50, 125, 10)])
    found = told(read(tagged_page([Tag("H1", [("Boats", 50, 60, 18)]), cap, beside, paragraph(160, word="There")])))
    text = f"{first} {WORDS} {WORDS} {WORDS}"
    assert (("text", text) in found) == (first is not None)
