"""Hyphens that a font's map calls soft ones, and signs that Unicode has twice, are read as they show."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from pipeline.documents import letters
from pipeline.ledger.own_page import read_own_page
from tests.support.drawn import page_with_map, show

SOFT, SEMICOLON = "\xad", "\u037e"


def page(*lines: str, codes: dict[str, str] | None = None) -> pymupdf.Page:
    """Lines under each other in a font that maps its hyphen and its semicolon as given."""
    named = {c: c for line in lines for c in line} | (codes or {"-": SOFT, ";": SEMICOLON})
    content = "".join(show(line, 72, 700 - 14 * i, font="S") for i, line in enumerate(lines))
    return page_with_map("Helvetica", {ord(c): text for c, text in named.items()}, content)


def markdown(sheet: pymupdf.Page) -> str:
    return convert(sheet.parent.tobytes(), model="text-layer").markdown.strip()


@pytest.mark.parametrize("text", ["Order 88-3; 12-17 kg", "m-2 in non-stop runs; a - b"])
def test_a_hyphen_within_a_line_is_one(text):
    assert markdown(page(text)) == text


def test_one_at_the_end_of_a_line_is_of_its_font():
    assert markdown(
        page("Of 88-3 pieces the well-", "known half was made by hand-", "some men, a well-known lot.")
    ) == ("Of 88-3 pieces the well-known half was made by handsome men, a well-known lot.")


def test_one_at_the_end_of_a_line_alone_breaks_a_word():
    assert markdown(page("All of them saw the fluctu-", "ations of the water in the mill.")) == (
        "All of them saw the fluctuations of the water in the mill."
    )


def test_one_that_is_not_drawn_is_none():
    sheet = page("fluctu-ations")
    font = next(font[0] for font in sheet.get_fonts() if font[4] == "S")
    widths = " ".join("0" if code == ord("-") else "500" for code in range(256))
    for key, value in (("FirstChar", "0"), ("LastChar", "255"), ("Widths", f"[{widths}]")):
        sheet.parent.xref_set_key(font, key, value)
    sheet = pymupdf.open("pdf", sheet.parent.tobytes())[0]
    assert markdown(sheet) == "fluctuations"


def test_an_upright_line_has_its_hyphens():
    sheet = page("x")
    sheet = page_with_map(
        "Helvetica",
        {ord(c): {"-": SOFT}.get(c, c) for c in "88-3"},
        "BT /S 11 Tf 0 1 -1 0 300 300 Tm (88-3) Tj ET",
    )
    chars = [c["c"] for line in letters.text_lines(sheet) for span in line["spans"] for c in span["chars"]]
    assert "".join(chars) == "88-3"


@pytest.mark.parametrize(("named", "shown"), [("\u212b", "Å"), ("\u2126", "Ω"), ("\u212a", "K"), ("\u0387", "·")])
def test_equal_signs_are_one(named, shown):
    assert markdown(page("5 x", codes={"x": named})) == f"5 {shown}"


def test_the_witness_sees_the_same():
    assert [word.text for word in read_own_page(page("Order 88-3; 12")).words] == ["Order", "88-3;", "12"]
