"""Display formulas whose parts a page sets one by one: one block each, row by row, with their numbers."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.text_layer.page import read_page

PROSE = "The value of the fraction follows from what was said above and it does not depend on any path that is taken. "
LINES = [PROSE[:50], PROSE[50:100], PROSE[:50], PROSE[20:70]]


def signs(page: pymupdf.Page, *parts: tuple[float, float, float, str]) -> None:
    """Each (x, y, size, text) in a font with mathematical signs."""
    writer = pymupdf.TextWriter(page.rect)
    for x, y, size, text in parts:
        writer.append((x, y), text, font=pymupdf.Font("cjk"), fontsize=size)
    writer.write_text(page)


def text(page: pymupdf.Page, x: float, y: float, lines: list[str] = LINES) -> None:
    """Lines of 10 points that end at one edge, as in a justified column."""
    for i, line in enumerate(lines):
        wide = pymupdf.get_text_length(line, "helv", 10)
        writer = pymupdf.TextWriter(page.rect)
        gap = (230 - wide) / line.count(" ")
        at = x
        for word in line.split(" "):
            writer.append((at, y + 12 * i), word, font=pymupdf.Font("helv"), fontsize=10)
            at += pymupdf.get_text_length(word + " ", "helv", 10) + gap
        writer.write_text(page)


ROWS = ((90, 160, 10, "f = a + b"), (101, 176, 10, "= 3 c"), (101, 192, 10, "≤ d"))
FRACTION = ((90, 176, 10, "f ="), (118, 169, 10, "a + b"), (124, 184, 10, "c"))
CASES = ((90, 170, 10, "f = {"), (126, 163, 10, "x + 1"), (126, 177, 10, "0"), (164, 177, 10, "otherwise"))


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        (ROWS, "f = a + b\n= 3 c\n≤ d"),
        (FRACTION, "f = a + b c"),
        (CASES, "f = { x + 1\n0 otherwise"),
    ],
)
@pytest.mark.parametrize("columns", [1, 2])
def test_a_formula_in_parts_is_one_block_between_its_texts(page, read, parts, content, columns):
    if parts is FRACTION:
        page.draw_line((117, 173), (148, 173), width=0.5)
    for x in (50, 320)[:columns]:
        text(page, x, 100)
        text(page, x, 220)
    signs(page, *parts, (265, parts[0][1] + 8 if parts is not ROWS else 176, 10, "(4)"))
    if columns == 2:
        text(page, 320, 148, [LINES[0]] * 6)
    blocks = read(page)
    assert blocks[1].label == "image" and blocks[1].box == blocks[2].box  # a picture, and its text beside it
    found = [" ".join(block.content.split()) for block in blocks if block.label != "image"]
    before, formula, after = found[:3]
    assert before.startswith("The value of") and after.startswith("The value of")
    assert formula == " ".join(content.split()) + " (4)"
    assert all("(4)" not in one for one in found if one is not formula)


def test_the_number_of_an_equation_is_no_item_of_the_next_column(page, read):
    text(page, 50, 100)
    signs(page, (90, 160, 10, "a = b + c"), (266, 160, 10, "(1)"))
    text(page, 50, 180)
    text(page, 300, 100, LINES * 3)
    contents = [block.content for block in read(page)]
    assert contents[1] == r"\[ a = b + c \] (1)"
    assert all("(1)" not in one for one in contents[2:]) and len(contents) == 4


def test_rows_of_a_formula_stay_rows(page, read):
    text(page, 50, 100)
    signs(page, *ROWS)
    text(page, 50, 220)
    assert read(page)[2].content == "f = a + b\n= 3 c\n≤ d"


def test_a_matrix_is_read_by_its_rows(page, read):
    text(page, 50, 100)
    cells = [(120 + 16 * c, 160 + 12 * r, 10, "abcdefghi"[3 * r + c]) for r in range(3) for c in range(3)]
    signs(page, (90, 172, 10, "M ="), *cells)
    text(page, 50, 220)
    assert read(page)[2].content == "a b c\nM = d e f\ng h i"


def test_a_power_under_the_bar_of_a_fraction_is_a_power(page, read):
    text(page, 50, 100)
    signs(
        page, (90, 170, 10, "s ="), (112, 163, 10, "1"), (110, 178, 10, "k"), (116, 174, 7, "2"), (125, 170, 10, "+ t")
    )
    page.draw_line((108, 167), (122, 167), width=0.5)
    text(page, 50, 220)
    (formula,) = [block.content for block in read(page) if "k" in block.content and "value" not in block.content]
    assert "k<sup>2</sup>" in formula


@pytest.mark.parametrize("words", [["και εγενετο", "του λογου", "ανθρωπων"], ["Приход", "Расход", "Итого"]])
def test_words_of_other_scripts_are_no_formula(page, words):
    writer = pymupdf.TextWriter(page.rect)
    for i, word in enumerate(words):
        writer.append((100 + 90 * i, 200 + 9 * i), word, font=pymupdf.Font("cjk"), fontsize=10)
    writer.write_text(page)
    assert read_page(page).doubts == ()


def test_values_with_their_errors_are_no_formula(page, read):
    text(page, 50, 100)
    signs(page, *((90 + 70 * c, 160 + 14 * r, 10, f"{r}.{c} ± 0.1") for r in range(4) for c in range(2)))
    assert not any("\n" in block.content for block in read(page) if block.label == "text")


def test_a_sum_in_columns_of_parts_is_no_table(page, read):
    text(page, 50, 100)
    signs(page, (90, 176, 10, "M ="), (118, 169, 10, "1"), (118, 184, 10, "n"), (134, 176, 14, "∑"), (136, 162, 7, "n"))
    signs(page, (132, 190, 7, "i = 1"), (156, 176, 10, "x"), (162, 179, 7, "i"), (170, 176, 10, "+"))
    signs(page, (186, 169, 10, "a + b"), (190, 184, 10, "c − d"), (265, 176, 10, "(3)"))
    for x0, x1 in ((116, 126), (184, 216)):
        page.draw_line((x0, 173), (x1, 173), width=0.5)
    text(page, 50, 220)
    assert [block.label for block in read(page)] == ["text", "image", "text", "text"]
    assert read(page)[2].content.split()[-1] == "(3)"


def test_a_limit_below_its_sum_is_in_the_row_of_the_sum(page, read):
    text(page, 50, 100)
    signs(page, (90, 176, 10, "s ="), (112, 176, 14, "∑"), (112, 187, 6, "i = 1"), (132, 176, 10, "x"))
    text(page, 50, 220)
    assert [block.content for block in read(page)][2] == "s = ∑ i = 1 x"


def test_a_formula_of_one_part_has_no_picture(page, read):
    text(page, 50, 100)
    signs(page, (90, 176, 10, "f = a + b"))
    text(page, 50, 220)
    blocks = read(page)
    assert ([block.label for block in blocks], blocks[1].content) == (["text"] * 3, "f = a + b")


def test_a_formula_by_itself_in_its_row_is_tex(page, read):
    text(page, 50, 100)
    text(page, 320, 100, LINES * 3)  # the other column is no part of its row
    signs(page, (90, 166, 10, "α = βx + 1"))
    text(page, 50, 190)
    assert [(b.label, b.content) for b in read(page)][1] == ("equation", r"\[ \alpha = \beta x + 1 \]")


@pytest.mark.parametrize("beside", ["y = 2", "kg"])
def test_what_stands_in_a_row_with_others_is_not(page, read, beside):
    text(page, 50, 100)
    signs(page, (60, 166, 10, "α = 1"), (190, 166, 10, beside))
    text(page, 50, 190)
    assert "equation" not in [block.label for block in read(page)]


def test_a_formula_that_a_bar_crosses_is_not(page, read):
    text(page, 50, 100)
    signs(page, (90, 166, 10, "α = βx + 1"))
    page.draw_line((110, 162), (130, 162), width=0.5)
    text(page, 50, 190)
    assert "equation" not in [block.label for block in read(page)]
