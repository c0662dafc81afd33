"""Raised and lowered signs are marked, so that no number runs into another."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import drawn_page, show

Part = tuple[str, float, float]  # text, share of the size, how far up, in em
few = settings(max_examples=40, deadline=None)


def set_in_parts(parts: Sequence[Part], size: float = 11, y: float = 600, x: float = 60) -> str:
    content = ""
    for text, scale, rise in parts:
        content += show(text, x, y + rise * size, scale * size)
        x += pymupdf.get_text_length(text, "helv", scale * size)
    return content


@few
@given(st.integers(2, 999), st.integers(2, 99), st.floats(0.55, 0.75), st.floats(0.3, 0.45), st.floats(7, 24))
def test_a_power_does_not_run_into_its_base(read, base, power, scale, rise, size):
    parts = [("It has ", 1, 0), (str(base), 1, 0), (str(power), scale, rise), (" grains in the bag", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts, size)))
    assert block.content == f"It has {base}<sup>{power}</sup> grains in the bag"


@few
@given(st.integers(1, 99), st.integers(1, 9), st.integers(2, 9), st.floats(0.6, 1.0), st.floats(0.3, 0.6))
def test_the_parts_of_a_fraction_are_not_one_number(read, whole, over, under, scale, rise):
    parts = [("Cut it ", 1, 0), (str(whole), 1, 0), (str(over), scale, rise), (str(under), scale, rise - 0.9)]
    (block,) = read(drawn_page(set_in_parts([*parts, (" inches from the edge", 1, 0)])))
    assert re.findall(r"\d+", block.content) == [str(whole), str(over), str(under)]


@few
@given(st.integers(1, 999), st.integers(0, 99), st.floats(0.55, 0.82), st.booleans())
def test_digits_of_another_size_are_another_number(read, euros, cents, scale, swapped):
    parts = [(str(euros), 1, 0), (f"{cents:02}", scale, 0)]
    (block,) = read(drawn_page(set_in_parts([("It costs ", 1, 0), *(parts[::-1] if swapped else parts)])))
    assert re.findall(r"\d+", block.content) == [text for text, _, _ in (parts[::-1] if swapped else parts)]


def test_an_index_and_a_note_mark_behind_it_are_two_numbers(read):
    parts = [("The rays of P and R", 1, 0), ("1", 0.7, -0.2), ("2", 0.7, 0.4), (" meet again", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == "The rays of P and R<sub>1</sub><sup>2</sup> meet again"


def test_a_power_within_an_index_keeps_its_number(read):
    parts = [("It is set as a", 1, 0), ("16", 0.6, -0.25), ("2", 0.4, -0.12), (" and no more", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == "It is set as a<sub>16 2</sub> and no more"


@few
@given(st.sampled_from("HCNO"), st.integers(2, 30), st.floats(0.55, 0.75), st.floats(-0.25, -0.12))
def test_an_index_is_lowered(read, sign, index, scale, rise):
    parts = [("Ice of ", 1, 0), (sign, 1, 0), (str(index), scale, rise), ("O and more of it", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == f"Ice of {sign}<sub>{index}</sub>O and more of it"


@few
@given(st.sampled_from(["b", "16", "no"]), st.floats(0.88, 1.0), st.floats(0.3, 0.5), st.booleans(), st.booleans())
def test_a_script_in_the_size_of_the_text_is_one(read, sign, scale, rise, lowered, alone):
    parts = [("44,240.27", 1, 0), (sign, scale, -rise if lowered else rise), ("" if alone else " grains in it", 1, 0)]
    page = drawn_page(set_in_parts(parts))
    (block,) = read(page)
    tag = "sub" if lowered else "sup"
    assert block.content == f"44,240.27<{tag}>{sign}</{tag}>{'' if alone else ' grains in it'}"
    assert [word.text for word in read_own_page(page).words][:2] == ["44,240.27", sign]


@few
@given(st.floats(0.6, 0.8), st.floats(-0.04, 0.1))
def test_small_type_on_the_baseline_is_not(read, scale, rise):
    (block,) = read(drawn_page(set_in_parts([("The M", 1, 0), ("ILL", scale, rise), (" stands by the river", 1, 0)])))
    assert block.content == "The MILL stands by the river"


def test_what_is_printed_as_a_tag_stays_visible(read):
    (block,) = read(drawn_page(show("Write <sup>2</sup> for a power and <sub> for an index", 60, 600)))
    assert block.content == "Write < sup>2< /sup> for a power and < sub> for an index"


@pytest.mark.parametrize("rules", [True, False])
def test_notes_with_glued_marks_are_parted(read, column, prose, rules):
    content = "".join(show(prose[:90], 60, 700 - 13 * i) for i in range(10))
    for i, note in enumerate(["It is used by small boats only.", "Opened in the year of the comet."]):
        content += set_in_parts([(str(i + 1), 0.7, 0.35), (note, 1, 0)], 8, 120 - 10 * i)
    found = [block.content for block in read(drawn_page(content)) if block.label == "footnote"]
    assert found == ["<sup>1</sup>It is used by small boats only.", "<sup>2</sup>Opened in the year of the comet."]


def test_cells_keep_their_powers(read):
    rows = [("Field", "Area"), ("North", "103"), ("South", "5")]
    content = "".join(
        show(cell, 60 + 200 * j, 600 - 20 * i) for i, row in enumerate(rows) for j, cell in enumerate(row)
    )
    content += show("2", 60 + 200 + pymupdf.get_text_length("103", "helv", 11), 584, 7)
    rules = "".join(f"50 {615 - 20 * i} m 450 {615 - 20 * i} l S\n" for i in range(4))
    rules += "".join(f"{x} 615 m {x} 555 l S\n" for x in (50, 250, 450))
    (block,) = read(drawn_page(content + rules))
    assert "<td>103<sup>2</sup></td>" in block.content


def test_cents_behind_a_point_in_small_type_are_another_number(read):
    parts = [("It costs ", 1, 0), ("12", 1, 0), (".50", 0.6, 0), (" in all", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == "It costs 12 .50 in all"


def test_a_point_in_small_type_ends_a_sentence_like_any_other(read):
    parts = [("There were 12", 1, 0), (".", 0.6, 0), (" Nobody came", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == "There were 12. Nobody came"


@pytest.mark.parametrize("text", ["arXiv", "anXiom", "XMas"])
def test_one_large_letter_parts_no_word(read, text):
    parts: list[Part] = [("See ", 1, 0), *((char, 2.2 if char == "X" else 1, 0) for char in text), (" for more", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    assert block.content == f"See {text} for more"


@pytest.mark.parametrize("spacing", [0.14, 0.18])
def test_letters_set_a_little_apart_are_one_word(read, spacing):
    page = drawn_page(show("KAPITEL", 60, 600, extra=f"{11 * spacing} Tc"))
    assert [block.content.lstrip("# ") for block in read(page)] == ["KAPITEL"]


def test_a_power_that_the_file_draws_elsewhere_stands_behind_its_word(read):
    end = 60 + pymupdf.get_text_length("The farm has 12 km", "helv", 11)
    content = show("The farm has 12 km", 60, 600) + show("Its mill has none of it", 60, 560) + show("2", end, 604, 7)
    assert read(drawn_page(content))[0].content == "The farm has 12 km<sup>2</sup>"


def test_words_far_apart_are_pieces_of_their_own_with_their_boxes():
    end = 60 + pymupdf.get_text_length("left", "helv", 11)
    page = drawn_page(
        "BT /F 11 Tf 60 600 Td [(left) -2000 (right beside it)] TJ ET"
        + "BT /F 11 Tf 0 1 -1 0 300 300 Tm (turned words) Tj ET"
    )
    glyphs = read_glyphs(page)
    assert [(line.text, round(line.box.x0)) for line in glyphs.lines] == [
        ("left", 60),
        ("right beside it", round(end + 22)),
    ]
    (turned,) = glyphs.turned
    assert (turned.text, round(turned.box.y1)) == ("turned words", 500)
    assert turned.box.height == pytest.approx(pymupdf.get_text_length("turned words", "helv", 11), abs=1)


@few
@given(st.integers(2, 999), st.integers(2, 99), st.floats(0.9, 1.0), st.floats(0.3, 0.5), st.sampled_from([1, -1]))
def test_scripts_as_large_as_their_line(read, base, script, scale, rise, way):
    """As typewriters and browsers set them."""
    parts = [("It has ", 1, 0), (str(base), 1, 0), (str(script), scale, way * rise), ("-fold grains in the bag", 1, 0)]
    (block,) = read(drawn_page(set_in_parts(parts)))
    tag = "sup" if way > 0 else "sub"
    assert block.content == f"It has {base}<{tag}>{script}</{tag}>-fold grains in the bag"


@pytest.mark.parametrize(("host", "script"), [("m", "-2"), ("10", "-12"), ("x", "n+1")])
def test_a_text_that_is_mostly_a_script(read, host, script):
    (block,) = read(drawn_page(set_in_parts([(host, 1, 0), (script, 0.7, 0.35)])))
    assert block.content == f"{host}<sup>{script}</sup>"


def test_a_large_initial_raises_nothing(read):
    (block,) = read(drawn_page(set_in_parts([("A", 1.6, 0), ("BOUT", 1, 0), (" the mill on the river", 1, 0)])))
    assert block.content == "ABOUT the mill on the river"
