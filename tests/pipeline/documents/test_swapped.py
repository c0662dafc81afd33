"""Ligatures whose letters have their bytes the wrong way round in a file's map are read as they show."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from pipeline.documents import letters
from pipeline.ledger.own_page import read_own_page
from tests.support.drawn import page_with_map

SIGNS = {"fi": "\u6600\u6900", "fl": "\u6600\u6c00", "tt": "\u7400\u7400", "ffi": "\u6600\ucf00", "ffl": "\u6600\ud200"}
CHINESE = "\u6700\u6600"


def page(before: str, sign: str, after: str) -> pymupdf.Page:
    """Words in which one code, an L, is mapped to a sign."""
    codes = {ord(c): c for c in before + after} | {ord("L"): sign}
    return page_with_map("Helvetica", codes, f"BT /S 11 Tf 72 700 Td ({before}L{after}) Tj ET")


@pytest.mark.parametrize(("meant", "sign"), SIGNS.items())
def test_its_letters_are_there(meant, sign):
    text = f"of a{meant}ore and more"
    result = convert(page("of a", sign, "ore and more").parent.tobytes(), model="text-layer")
    assert (result.markdown, result.warnings) == (f"{text}\n", ())
    assert [word.text for word in read_own_page(page("of a", sign, "ore and more")).words] == text.split()


def test_signs_of_their_own_are_chinese():
    codes = {1: CHINESE[0], 2: CHINESE[1]}
    sheet = page_with_map("Helvetica", codes, "BT /S 11 Tf 72 700 Td (\x01\x02) Tj ET")
    chars = [char["c"] for span in letters.text_lines(sheet)[0]["spans"] for char in span["chars"]]
    assert "".join(chars) == CHINESE


@pytest.mark.parametrize("sign", ["\u6600\u6901", "\u6600\u5b00", "\u6600\u9000"])
def test_what_is_no_letter_either_way_stays(sign):
    assert sign in convert(page("of a", sign, "ore").parent.tobytes(), model="text-layer").markdown
