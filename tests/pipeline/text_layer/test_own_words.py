"""The words of a page's own text, and where they stand on it."""

import pymupdf
import pytest

from pipeline.text_layer.own_words import own_words


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_are_placed_on_the_displayed_page(rotation):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=400, height=600)
        page.insert_text((100, 200), "Own words", fontsize=20)
        place = page.search_for("Own")[0]
        page.set_rotation(rotation)
        shown = (place * page.rotation_matrix).normalize()
        words = own_words(page)
        assert [word.text for word in words] == ["Own", "words"]
        assert shown.contains(pymupdf.Point(words[0].x, words[0].y))


def test_a_page_without_text_or_with_a_garbled_one_has_none():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        assert own_words(page) == ()
        page.insert_text((100, 200), "wrtb kljm " * 60, fontsize=2)
        assert own_words(page) == ()
