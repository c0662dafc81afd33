"""Letterspaced words are words, for the text and for the witness; figures that stand apart stay apart."""

from __future__ import annotations

import pymupdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import drawn_page, show

texts = st.lists(st.sampled_from(["Chapter", "of", "1234", "the", "HOUSE", "1,999.50", "a"]), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(texts.map(lambda words: " ".join(["Spaced", *words])), st.floats(0.05, 0.6), st.floats(7, 14))
@example("Spaced of", 0.15, 7.0)
def test_letterspaced_words_are_whole(text, spacing, size):
    page = drawn_page(show(text, 20, 600, size, extra=f"{spacing * size:.3f} Tc"))
    assert [line.text for line in read_glyphs(page).lines] == [text]
    assert [word.text for word in read_own_page(page).words] == text.split()


@pytest.mark.parametrize("row", ["1 0 0 1 1 0 1", "a b c d e f g", "4 7 1 1 2 3 of"])
def test_figures_that_stand_apart_are_not_one_number(row):
    content, x = "", 60.0
    for figure in row.split():
        content += show(figure, x, 600)
        x += pymupdf.get_text_length(figure, "helv", 11) + 4
    page = drawn_page(content)
    assert " ".join(line.text for line in read_glyphs(page).lines).split() == row.split()
    assert [word.text for word in read_own_page(page).words] == row.split()


@pytest.mark.parametrize("text", ["CHAPTER", "Kapitel", "Note", "Vorwort", "179,304.33"])
@pytest.mark.parametrize("spacing", [0.1, 0.15, 0.2])
def test_a_letterspaced_word_alone_is_whole(text, spacing):
    page = drawn_page(show(text, 60, 600, 10, extra=f"{10 * spacing} Tc") + show("The rest of it.", 60, 560))
    assert [line.text for line in read_glyphs(page).lines] == [text, "The rest of it."]
    assert [word.text for word in read_own_page(page).words] == [text, "The", "rest", "of", "it."]


@pytest.mark.parametrize(("text", "spacing"), [("ABCDEF", 0.26), ("123456", 0.2), ("A1B2C3", 0.2)])
def test_labels_and_figures_in_a_row_are_no_word(text, spacing):
    page = drawn_page(show(text, 60, 600, 10, extra=f"{10 * spacing} Tc"))
    assert [line.text for line in read_glyphs(page).lines] == [" ".join(text)]
    assert [word.text for word in read_own_page(page).words] == list(text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["Dreadful", "Bathing", "water", "1,999.50", "is", "AVATAR"]), st.booleans()),
             min_size=2, max_size=5),
    st.floats(0.1, 0.35), st.floats(6, 9), st.sampled_from(["Helvetica", "Times-Roman", "Courier"]),
)  # fmt: skip
def test_letterspaced_words_among_others_are_whole(words, spacing, size, face):
    """One of them at least is long enough to be known as spaced out."""
    words = [*words, ("Finally", True)]
    shown = " ".join(f"{spacing * size if spaced else 0:.3f} Tc ({word} ) Tj" for word, spaced in words)
    font = f"<</Type/Font/Subtype/Type1/BaseFont/{face}/Encoding/WinAnsiEncoding>>"
    page = drawn_page(f"BT /S {size} Tf 20 600 Td {shown} ET", {"S": font})
    wanted = [word for word, _ in words]
    assert " ".join(line.text for line in read_glyphs(page).lines).split() == wanted
    assert [word.text for word in read_own_page(page).words] == wanted


@pytest.mark.parametrize("row", ["Answers to all: A B C D E", "Sums 1 2 3 4 of all"])
def test_labels_in_a_row_among_words_are_no_word(row):
    content, x = "", 60.0
    for word in row.split():
        content += show(word + (" " if len(word) > 1 else ""), x, 600, 10)
        x += pymupdf.get_text_length(word, "helv", 10) + 4.5
    page = drawn_page(content)
    assert [word.text for word in read_own_page(page).words] == row.split()
    assert " ".join(line.text for line in read_glyphs(page).lines) == row
