"""What stands for drawn glyphs is read whole, once, and where they are drawn."""

from __future__ import annotations

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs
from pipeline.text_layer.lines.rows import whole_rows
from tests.support.drawn import drawn_page, page_with_map

few = settings(max_examples=40, deadline=None)
letters = st.text("aefilmnost0123", min_size=1, max_size=14)


def lines(drawn: list[tuple[str, str | None]]) -> list[str]:
    """The lines of a page whose one line is set in parts: what is drawn, and the text that stands for it."""
    parts = "".join(
        f"({glyphs}) Tj " if text is None else f"/Span <</ActualText ({text})>> BDC ({glyphs}) Tj EMC "
        for glyphs, text in drawn
    )
    page = drawn_page(f"BT /F 11 Tf 60 600 Td {parts}ET")
    return [line.text for line in whole_rows(read_glyphs(page).lines)]


@few
@given(st.text("WMxyz", min_size=1, max_size=8), letters)
def test_a_replaced_word_stays_in_its_line(glyphs, text):
    assert lines([("Mr ", None), (glyphs, text), (" wrote it down", None)]) == [f"Mr {text} wrote it down"]


@few
@given(st.text("WMxyz", min_size=2, max_size=4), st.text("aeo", min_size=1, max_size=2))
def test_a_replaced_part_of_a_word_leaves_no_gap(glyphs, text):
    assert lines([("Ore", None), (glyphs, text), ("i wrote it down", None)]) == [f"Ore{text}i wrote it down"]


def test_a_sum_in_words_of_its_own_keeps_every_digit():
    text = "1000000 euro and 55 cents"
    assert lines([("Total: ", None), ("x" * 25, text)]) == [f"Total: {text}"]


@few
@given(st.lists(st.sampled_from(["office", "Schifffahrt", "affluent", "shelf", "fluffiest"]), min_size=1, max_size=5))
def test_ligatures_are_read_letter_by_letter(words):
    text = " ".join(words)
    parts = "".join(f"/F 11 Tf ({part}) Tj /S 11 Tf (W) Tj " for part in text.split("ff"))
    page = page_with_map("Helvetica", {0x57: "ff"}, f"BT 60 600 Td {parts.removesuffix('/S 11 Tf (W) Tj ')}ET")
    assert [line.text for line in whole_rows(read_glyphs(page).lines)] == [text]


@pytest.mark.parametrize("text", ["", "x", "a boat"])
def test_a_replacement_that_would_cost_words_is_not_believed(text):
    drawn = "Nobody paid the dues of ninety euro"
    assert lines([(drawn, text), (" in May.", None)]) == [f"{drawn} in May."]


def test_dots_and_ornaments_may_be_replaced_by_nothing():
    assert lines([("Dues ", None), (". . . . . . . . . . . . . .", ""), (" 12", None)])[0].split() == ["Dues", "12"]


@pytest.mark.parametrize(("text", "is_read"), [("conversation", True), ("conversatio", False)])
@pytest.mark.parametrize("before", ["We had a ", ""])
def test_what_leaves_out_eight_letters_of_those_drawn_is_not_believed(text, is_read, before):
    drawn = "ninetyninelettersXY"
    found = lines([(before, None), ("WW", "seventeen"), (drawn, text), (" in May.", None)])
    assert found == [f"{before}{'seventeen' + text if is_read else 'WW' + drawn} in May."]


@pytest.mark.parametrize("turn", ["1 0 0 1", "0 1 -1 0", "0 -1 1 0", "-1 0 0 -1"])
@pytest.mark.parametrize("texts", [("conversation", "seventeen"), ("no", "so")])
def test_a_replacement_has_the_room_of_what_it_replaces(turn, texts):
    """Not that of another one farther along its line, whichever way that runs."""
    first, second = (f"/Span <</ActualText ({text})>> BDC (WWWW) Tj EMC" for text in texts)
    glyphs = read_glyphs(drawn_page(f"BT /F 11 Tf {turn} 300 400 Tm {first} [-9000] TJ {second} ET"))
    words = [word for line in (*glyphs.lines, *glyphs.turned) for word in line.words]
    room = 4 * pymupdf.get_text_length("W", "helv", 11)
    assert sorted(word.text for word in words) == list(texts)
    for word in words:
        assert max(word.box.width, word.box.height) == pytest.approx(room, abs=1)


def set_apart(text: str, y: float, as_one: bool, said: str | None = None) -> str:
    """A line with an /ActualText, its words without a blank between them: moved apart, or each in an object."""
    x, parts = 60.0, []
    for word in text.split():
        hexed = word.encode("cp1252").hex()
        parts.append(f"<{hexed}> -278" if as_one else f"BT /F 11 Tf 1 0 0 1 {x:.2f} {y} Tm <{hexed}> Tj ET")
        x += pymupdf.Font("helv").text_length(word + " ", 11)
    shown = " ".join(parts)
    shown = f"BT /F 11 Tf 1 0 0 1 60 {y} Tm [{shown}] TJ ET" if as_one else shown
    actual = "FEFF" + (said or text).encode("utf-16-be").hex()
    return f"/Span <</ActualText <{actual}>>> BDC {shown} EMC\n"


@few
@given(
    st.lists(st.sampled_from(["conversation", "88,100.31", "of", "7949–8021", "4.6%", "a", "Office"]), min_size=2,
             max_size=8), st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_replacement_that_says_what_is_drawn_changes_nothing(words, as_one, has_other):
    """But for its blanks, where none are printed; whatever another one on the page says."""
    text = " ".join(words)
    other = "/Span <</ActualText (euro)>> BDC BT /F 11 Tf 60 500 Td (WW) Tj ET EMC\n" if has_other else ""
    page = drawn_page(set_apart(text, 600, as_one) + other)
    assert [line.text for line in whole_rows(read_glyphs(page).lines)] == [text, *["euro"] * has_other]
    assert [word.text for word in read_own_page(page).words] == [*words, *["euro"] * has_other]


@pytest.mark.parametrize("as_one", [True, False])
def test_a_replacement_that_cannot_be_had_whole_is_not_believed(as_one):
    """MuPDF loses letters of it."""
    drawn = "we all were done 4.5% then"
    page = drawn_page(set_apart(drawn, 600, as_one, "they all had been done 4.6% then"))
    assert [line.text for line in read_glyphs(page).lines] == [drawn]


@pytest.mark.parametrize("as_one", [True, False])
def test_words_of_a_replacement_are_parted_by_its_own_blanks_alone(as_one):
    page = drawn_page(set_apart("xx yyyy zzzz ww", 600, as_one, "he paid 4.6% then"))
    assert [line.text for line in read_glyphs(page).lines] == ["he paid 4.6% then"]
    assert [word.text for word in read_own_page(page).words] == ["he", "paid", "4.6%", "then"]
