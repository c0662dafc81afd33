"""Accents painted over letters are part of them."""

from __future__ import annotations

import math
import unicodedata

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import drawn_page, show

MARKS = {"´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "¸": "\u0327", "°": "\u030a"}
COMPOSED = [
    (letter, mark) for letter in "aeiouncAEOUNC" for mark, above in MARKS.items()
    if len(unicodedata.normalize("NFC", letter + above)) == 1
]  # fmt: skip


def width(text: str) -> float:
    return pymupdf.get_text_length(text, "helv", 11)


def painted(before: str, letter: str, mark: str, behind: str, order: str, lift: float) -> str:
    x = 60 + width(before)
    off = (width(letter) - width(mark)) / 2
    accent, base = show(mark, x + off, 600 + lift), show(letter, x, 600)
    parts = {"first": accent + base, "last": base + accent}.get(order, base)
    rest = show(behind, x + width(letter), 600)
    return show(before, 60, 600) + parts + rest + (accent if order == "apart" else "")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(COMPOSED), st.sampled_from(["caf", "pr", ""]), st.sampled_from(["", "l", "vee day"]),
       st.sampled_from(["first", "last", "apart"]))  # fmt: skip
def test_letter_and_accent_are_one(pair, before, behind, order):
    letter, mark = pair
    lift = 2.0 if letter.isupper() and mark not in "¸" else 0.0
    page = drawn_page(painted(before, letter, mark, behind, order, lift))
    accented = unicodedata.normalize("NFC", letter + MARKS[mark])
    assert [line.text for line in read_glyphs(page).lines] == [f"{before}{accented}{behind}"]


@pytest.mark.parametrize("text", ["5 ° C", "a ~ b", "x^2", "l'´e", "rock ´n´ roll", "20°C"])
def test_marks_beside_letters_stay(text):
    assert [line.text for line in read_glyphs(drawn_page(show(text, 60, 600))).lines] == [text]


@pytest.mark.parametrize("order", ["first", "last"])
@pytest.mark.parametrize("angle", [0, 30, 90, 200])
def test_a_word_behind_an_accent_that_the_pen_moved_to_is_a_word(order, angle):
    a, b = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    line = painted("caf", "e", "´", "", order, 0.0) + show("late", 60 + width("cafe") + 4, 600)
    glyphs = read_glyphs(drawn_page(f"q {a:.6f} {b:.6f} {-b:.6f} {a:.6f} 300 400 cm 1 0 0 1 -100 -600 cm {line}Q"))
    assert [line.text for line in (*glyphs.lines, *glyphs.turned)] == ["café late"]


def test_a_mark_in_another_direction_is_no_accent():
    accent = "BT /F 11 Tf 0 1 -1 0 67 600 Tm (´) Tj ET\n"
    glyphs = read_glyphs(drawn_page(show("e", 60, 600) + accent + show("The rest is plain.", 60, 580)))
    assert [line.text for line in (*glyphs.lines, *glyphs.turned)] == ["e", "The rest is plain.", "´"]
