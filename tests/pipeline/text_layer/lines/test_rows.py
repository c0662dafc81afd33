"""Pieces of rows that a person reads as one, and headings that their type does not show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.lines.order import reading_order
from pipeline.text_layer.lines.rows import whole_rows, with_bullets, with_drop_caps, with_entries, with_scripts


def line(text: str, x: float, y: float, size: float = 10, bold: bool = False) -> Line:
    """Words of half an em a letter on the baseline y."""
    words, at = [], x
    for word in text.split():
        end = at + 0.5 * size * len(word)
        words.append(Word(word, Rect(at, y - 0.78 * size, end, y + 0.22 * size), size, bold))
        at = end + 0.3 * size
    return line_of(words)


def texts(lines: list[Line]) -> list[str]:
    return [one.text for one in lines]


def test_an_index_below_a_power_goes_behind_its_symbol():
    row = line("the ratio xBQ of charges", 50, 100)
    symbol = row.words[2].box
    index = line("13", symbol.x0 + 5, 103, size=7)
    assert texts(with_scripts([row, index])) == ["the ratio xBQ13 of charges"]


def test_small_text_in_a_row_of_its_own_is_no_script():
    row, below = line("the ratio of charges", 50, 100), line("note", 60, 109, size=7)
    assert len(with_scripts([row, below])) == 2


def test_a_line_set_wide_to_fill_its_column_is_one():
    full = line("seven words that fill the column width", 50, 88)
    words = [line(word, x, 100) for word, x in (("also", 50), ("damage", 100), ("and", 165))]
    last = line("of", full.box.x1 - 10, 100)
    assert texts(whole_rows([full, *words, last])) == [full.text, "also damage and of"]


def test_columns_side_by_side_stay_apart_even_below_a_line_over_both():
    full = line("seven words that span both of the columns here", 50, 88)
    rows = [(line("left side of it", 50, y), line("right side of it", full.box.x1 - 70, y)) for y in (100, 112, 124)]
    assert len(whole_rows([full, *(piece for row in rows for piece in row)])) == 7


def test_entries_of_a_table_of_contents_run_from_number_to_page():
    lines = [line("1", 50, 100, bold=True), line("Introduction", 70, 100, bold=True), line("3", 400, 100, bold=True)]
    for i, y in enumerate((115, 130, 145)):
        lines += [line(f"1.{i}", 70, y), line("Why . . . . . . . . . .", 95, y), line(str(i + 3), 400, y)]
    found = texts(with_entries(lines))
    assert found[0] == "1 Introduction . . . . . . 3"
    assert found[1:] == [f"1.{i} Why . . . . . . . . . . {i + 3}" for i in range(3)]


def test_rows_without_leaders_are_no_contents():
    lines = [line("Total", 50, 100), line("3", 400, 100)]
    assert with_entries(lines) == lines


def test_a_drop_cap_is_the_first_letter_of_its_word():
    cap = line("O", 50, 125, size=36)
    beside = [
        line("ver the past decades", 70, 103),
        line("pressure has grown on", 70, 115),
        line("all of them", 70, 127),
    ]
    found = with_drop_caps([cap, *beside])
    assert texts(found) == ["Over the past decades", "pressure has grown on", "all of them"]
    assert {one.box.x0 for one in found} == {50}


def test_a_bold_number_goes_with_its_bold_heading_but_not_with_a_figure():
    found = whole_rows([line("3", 50, 100, 12, True), line("Dense Retriever", 80, 100, 12, True)])
    assert texts(found) == ["3 Dense Retriever"]
    assert len(whole_rows([line("3", 50, 100, 12, True), line("450", 80, 100, 12, True)])) == 2


def test_a_caption_needs_a_number():
    from pipeline.text_layer.paragraphs.paragraphs import CAPTION

    for text in (
        "Figure 3: A mill",
        "Fig. A.1 The river",
        "Table IV. Floods",
        "Table S2: More",
        "Figure CA3. | Cases",
        "图 2 水",
    ):
        assert CAPTION.match(text), text
    for text in ("TABLEFORMER: Robust Encoding", "Tables are fun", "Figures Example", "Figurative: speech"):
        assert not CAPTION.match(text), text


def test_capitals_and_numbers_over_text_are_headings(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 100)
    column(page, ["ACKNOWLEDGEMENTS"], 50, 180)
    column(page, [prose[:90]] * 3, 50, 200)
    column(page, ["2. Methods of the survey"], 50, 270)
    column(page, [prose[:90]] * 3, 50, 295)
    column(page, ["RIVERS IN SPRING"], 50, 360)
    column(page, [prose[:90]] * 3, 50, 372)
    headings = [block.content.lstrip("# ") for block in read(page) if block.label == "sub_title"]
    assert headings == ["ACKNOWLEDGEMENTS", "2. Methods of the survey", "RIVERS IN SPRING"]


def test_a_numbered_list_over_text_is_no_heading(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 100)
    column(page, ["1. Apples"], 50, 180)
    column(page, ["2. Pears"], 50, 205)
    column(page, [prose[:90]] * 3, 50, 230)
    assert not [block for block in read(page) if block.label == "sub_title"]


def test_formulas_and_sentences_in_larger_type_are_no_headings(page, read, column, prose):
    column(page, ["The following corollary is simple but matters much."], 50, 60, size=12)
    column(page, ["J + b = c"], 50, 85, size=14)
    column(page, [prose[:90]] * 12, 50, 120)
    assert not [block for block in read(page) if block.label in ("title", "sub_title")]


def test_code_is_one_block_whatever_its_indents_and_its_frame(page, read, column, prose):
    column(page, [prose[:90]] * 6, 50, 60)
    for i, (indent, text) in enumerate(
        [(0, "def mill(water):"), (4, "for flood in water:"), (8, "yield flood"), (0, "mill(3)")]
    ):
        page.insert_text((60 + 6 * indent, 160 + 12 * i), text, fontsize=10, fontname="cour")
    page.draw_rect((50, 146, 400, 206))
    found = [block for block in read(page) if block.label in ("code", "table", "image")]
    assert [(block.label, block.content) for block in found] == [
        ("code", "def mill(water):\n    for flood in water:\n        yield flood\nmill(3)")
    ]


def test_page_numbers_are_found_right_below_the_last_line_and_where_a_short_page_ends(page, read, column, prose):
    column(page, [prose[:90]] * 56, 50, 60)
    column(page, ["7"], 297, 60 + 12 * 56)
    assert [(block.label, block.content) for block in read(page)][-1] == ("page_number", "7")
    short = page.parent.new_page(width=600, height=800)
    column(short, [prose[:90]] * 40, 50, 60)
    column(short, ["8"], 297, 580)
    assert [(block.label, block.content) for block in read(short)][-1] == ("page_number", "8")


def test_a_note_that_begins_with_a_star_keeps_it(page, read, column, prose):
    column(page, [prose[:90]] * 40, 50, 60)
    column(page, ["* Corresponding author at the mill."], 50, 700, size=7)
    assert [(b.label, b.content) for b in read(page)][-1] == ("footnote", "* Corresponding author at the mill.")


def test_lines_with_leaders_that_are_no_contents_stay_lines(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    column(page, [f"Mill of the {name} .......... {name}.example" for name in ("north", "south", "west")], 50, 140)
    found = [block.content for block in read(page)][1:]
    assert [one.split()[-1] for one in found] == ["north.example", "south.example", "west.example"]


def test_a_typewriters_o_before_an_item_is_a_bullet(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    for i, text in enumerate(("Result in rejection", "Result in delays")):
        column(page, ["o"], 60, 140 + 14 * i, fontname="cour")
        column(page, [text], 78, 140 + 14 * i)
    assert read(page)[-1].content == "- Result in rejection\n- Result in delays"


def test_a_dash_between_two_times_is_no_bullet(page, read, column, prose):
    column(page, [prose[:90]] * 4, 50, 60)
    column(
        page, ["The council meets in the mill on every third Tuesday of the month, 5:00 p.m.", "- 6:30 p.m."], 50, 140
    )
    assert read(page)[-1].content.endswith("5:00 p.m. - 6:30 p.m.")


def test_a_question_stands_behind_the_boxes_that_answer_it():
    boxes, asked = line("\u2610 Yes \u2612 No", 50, 100, size=7), line("Are you employed?", 100, 100)
    assert texts(whole_rows([boxes, asked])) == ["\u2610 Yes \u2612 No Are you employed?"]
    lone = line("\u2610 Yes", 50, 100, size=7)
    assert len(whole_rows([lone, line("Are you employed?", 95, 100)])) == 2
    assert len(whole_rows([boxes, line("Are you employed?", 160, 100)])) == 2


@pytest.mark.parametrize(
    ("cap", "rest", "whole"), [("T", "he mill stood", "The mill stood"), ("I", "t was so", "It was so")]
)
def test_a_drop_cap_of_two_lines_is_its_words_first_letter(cap, rest, whole):
    first, second, third = line(rest, 70, 100), line("by the river bank", 70, 112), line("and the far hills", 50, 124)
    found = with_drop_caps([line(cap, 50, 112, size=30), first, second, third])
    assert texts(found) == [whole, second.text, third.text]
    assert {one.box.x0 for one in found} == {50}


@pytest.mark.parametrize(
    ("cap", "x", "size"), [("7", 50, 30), ("t", 50, 30), ("To", 50, 30), ("T", 50, 15), ("T", 20, 30), ("T", 300, 30)]
)
def test_what_is_no_drop_cap_stays_by_itself(cap, x, size):
    """Numbers, small letters, words, letters hardly larger than the text, or far from it."""
    lines = [line(cap, x, 112, size=size), line("he mill stood", 70, 100), line("by the river", 70, 112)]
    assert texts(with_drop_caps(lines)) == texts(lines)


def typed(text: str, x: float, y: float) -> Line:
    return line_of([replace(word, mono=True) for word in line(text, x, y).words])


def test_the_typewriters_o_is_a_bullet_where_the_page_is_not_typewritten():
    prose = [line("oats and barley", 70, 100 + 12 * i) for i in range(3)]
    marks = [typed("o", 50, 100 + 12 * i) for i in range(3)]
    code = [typed("mill run", 50, 150 + 12 * i) for i in range(4)]
    assert [one.text for one in with_bullets([*prose, *marks, *code[:2]]) if len(one.text) == 1] == ["◦"] * 3
    assert [one.text for one in with_bullets([*prose[:1], *marks[:1], *code]) if len(one.text) == 1] == ["o"]
    assert [one.text for one in with_bullets([prose[0], marks[0], *prose[1:], *code[:2]]) if len(one.text) == 1] == [
        "◦"
    ]


def test_what_is_set_solid_over_columns_comes_before_them():
    """Em boxes overlap by their descenders."""
    over, left, right = Rect(0, 0, 400, 12), Rect(0, 11, 190, 60), Rect(210, 11, 400, 30)
    assert reading_order([over, left, right, Rect(0, 59, 190, 100), Rect(210, 29, 400, 100)], 8) == [0, 1, 3, 2, 4]


def test_a_column_goes_on_below_the_end_of_the_one_beside_it():
    assert reading_order([Rect(0, 0, 190, 50), Rect(210, 0, 400, 50), Rect(0, 55, 190, 100)], 8) == [0, 2, 1]
    assert reading_order([Rect(0, 0, 190, 50), Rect(210, 55, 400, 90), Rect(0, 55, 190, 90)], 8) == [0, 2, 1]
