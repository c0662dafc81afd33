"""Text printed twice comes once, in bold; nothing else that lies over other text is lost."""

from __future__ import annotations

import math

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import drawn_page, show

WORDS = ("balloon", "hollow", "office", "llama", "1000000", "55", "committee", "willing", "mississippi", "0.00")
texts = st.lists(st.sampled_from(WORDS), min_size=3, max_size=8).map(" ".join)
few = settings(max_examples=25, deadline=None)


def read(content: str) -> tuple[list[str], list[str]]:
    """Words of all lines, and the words of copies."""
    glyphs = read_glyphs(drawn_page(content))
    words = [word for line in (*glyphs.lines, *glyphs.turned) for word in line.text.split()]
    return sorted(words), sorted(x.text for x in glyphs.left_out if x.kind == "overprint")


@few
@given(texts, st.integers(0, 359), st.floats(24, 90), st.integers(4, 12))
def test_a_stamp_in_the_body_face_takes_no_letter_at_any_angle(text, angle, size, rows):
    a, b = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    body = "".join(show(text, 60, 700 - 13 * i) for i in range(rows))
    stamp = f"q 0.8 g BT /F {size} Tf {a:.9f} {b:.9f} {-b:.9f} {a:.9f} 280 640 Tm (loft) Tj ET Q\n"
    words, copies = read(body + stamp)
    assert words == sorted([*(text.split() * rows), "loft"])
    assert copies == []


@few
@given(texts, st.floats(24, 90), st.floats(-1, 0.3), st.floats(-0.4, 0.4), st.booleans())
def test_a_stamp_right_behind_or_before_a_line_is_no_part_of_its_word(text, size, gap, drop, before):
    width = pymupdf.get_text_length("loft" if before else text, "helv", size if before else 11)
    first = show("loft", 60, 640, size) if before else show(text, 60, 640)
    x, y = 60 + width + 11 * gap, 640 + 11 * drop
    words, copies = read(first + (show(text, x, y) if before else show("loft", x, y, size)))
    assert (words, copies) == (sorted([*text.split(), "loft"]), [])


@few
@given(texts, st.floats(0, 0.05), st.floats(-0.05, 0.05), st.floats(5, 11), st.integers(2, 3))
def test_a_line_printed_again_comes_once_and_is_bold(text, dx, dy, size, times):
    content = "".join(show(text, 20 + i * dx * size / times, 600 + i * dy * size / times, size) for i in range(times))
    words, copies = read(content)
    assert words == sorted(text.split())
    assert copies == sorted(text.split() * (times - 1))
    assert all(word.bold for line in read_glyphs(drawn_page(content)).lines for word in line.words)


@few
@given(texts, st.floats(0, 0.09), st.sampled_from(["", "0.6 g", "1 Tr"]))
def test_words_struck_letter_by_letter_come_once(text, off, first):
    content, x = "", 40.0
    for char in text:
        content += show(char, x, 500, extra=first) + (show(char, x + 11 * off, 500) if char != " " else "")
        x += pymupdf.get_text_length(char, "helv", 11)
    assert read(content)[0] == sorted(text.split())


@few
@given(st.integers(1000, 9999), st.integers(1000, 9999))
def test_two_numbers_over_each_other_are_both_kept(one, other):
    glyphs = read_glyphs(drawn_page(show(str(one), 60, 600) + show(str(other), 60, 600)))
    found = "".join(line.text for line in glyphs.lines) + "".join(x.text for x in glyphs.left_out)
    assert found.replace(" ", "") == str(one) + str(other)
    assert bool(glyphs.left_out) == (one == other)


def test_a_part_printed_again_is_a_copy_of_that_part():
    content = show("Total: 1100 euro", 60, 600) + show("Total", 60.3, 600)
    words, copies = read(content)
    assert (words, copies) == (["1100", "Total:", "euro"], ["Total"])


@few
@given(texts, st.floats(-0.1, 0.1), st.floats(-0.25, 0.25), st.floats(0.99, 1.01), st.booleans())
def test_a_layer_of_ocr_over_printed_text_says_nothing_twice(text, dx, dy, scale, below):
    printed = show(text, 60, 600)
    layer = show(text, 60 + 11 * dx, 600 + 11 * dy, 11 * scale, extra="3 Tr") + show("7 Seen", 60, 500, extra="3 Tr")
    page = drawn_page(layer + printed if below else printed + layer)
    page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 9, 9)), overlay=False)
    page = pymupdf.open("pdf", page.parent.tobytes())[0]
    glyphs = read_glyphs(page)
    assert sorted(word for line in glyphs.lines for word in line.text.split()) == sorted([*text.split(), "7", "Seen"])
    assert sorted(x.text for x in glyphs.left_out) == sorted(text.split())
    assert sum(word.kind == "visible" for word in read_own_page(page).words) == len(text.split()) + 2


@pytest.mark.parametrize(("dx", "dy"), [(0, 40), (150, 0), (150, 40)])
def test_words_of_a_layer_of_ocr_that_are_printed_elsewhere_alone_stay(dx, dy):
    """What a scan says between printed lines may be a word of theirs."""
    content = show("Harbour", 60, 600) + show("Harbour", 60 + dx, 600 - dy, extra="3 Tr")
    page = drawn_page(content)
    page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 9, 9)), overlay=False)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert [word for line in glyphs.lines for word in line.text.split()] == ["Harbour", "Harbour"]
    assert glyphs.left_out == ()


@pytest.mark.parametrize(("printed", "read"), [(11, 20), (20, 11)])
def test_a_layer_of_ocr_may_be_set_in_another_size(printed, read):
    page = drawn_page(show("Harbour", 60, 600, printed) + show("Harbour", 60, 600, read, extra="3 Tr"))
    page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 9, 9)), overlay=False)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert ([line.text for line in glyphs.lines], len(glyphs.left_out)) == (["Harbour"], 1)


@pytest.mark.parametrize("turn", ["1 0 0 1", "0 1 -1 0", "-1 0 0 -1"])
def test_a_long_text_that_stands_for_each_of_several_short_ones_stays_as_often(turn):
    """Its letters are stacked, so that their places would make one of them the other's copy."""
    said = "notes not on oats at that hatch at noon no one"
    parts = "".join(f"/Span <</ActualText ({said} )>> BDC ({drawn}) Tj EMC " for drawn in ("Wa", "xn", "m"))
    words, copies = read(f"BT /F 6 Tf {turn} 300 400 Tm {parts} ET")
    assert (words, copies) == (sorted(said.split() * 3), [])


def test_one_letter_is_not_the_original_of_several():
    """Letters of a slanting replacement stand at one place, here right behind that of a letter printed before."""
    turned = "0.8 0.6 -0.6 0.8"
    content = (
        f"BT /F 11 Tf {turned} 100 500 Tm (l) Tj ET\n"
        f"/Span <</ActualText (lll)>> BDC BT /F 11 Tf {turned} 100.2 500.15 Tm (W) Tj ET EMC\n"
    )
    words, copies = read(content)
    assert ("".join(words), copies) == ("lll", [])  # MuPDF takes the first two for bold type
