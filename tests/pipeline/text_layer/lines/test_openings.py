"""How paragraphs open: hanging numbers stay with their clause; speech and notes are no lists; code has empty lines."""

from __future__ import annotations

import pymupdf
import pytest

from tests.support.drawn import drawn_page, show


@pytest.mark.parametrize("numbers", [["3.1", "3.2", "3.3"], ["12.3.1", "12.3.2", "12.3.10"], ["§ 4", "§ 5", "§ 6"]])
@pytest.mark.parametrize("gap", [18, 30])
def test_a_clause_has_its_hanging_number(page, read, column, numbers, gap):
    wide = max(pymupdf.get_text_length(number, "helv", 10) for number in numbers)
    for i, number in enumerate(numbers):
        column(page, [number], 50, 100 + 40 * i)
        text = ["The supplier shall deliver the rope to the harbour within ten days of the order,", "unless it snows."]
        column(page, text, 50 + wide + gap, 100 + 40 * i)
    found = " ".join(block.content for block in read(page))
    assert all(f"{number} The supplier" in found for number in numbers)


def test_speech_and_notes_of_stars_are_no_lists(read):
    speech = show("— Where did you leave the rope?", 50, 700) + show("— By the door, where it hangs.", 50, 687)
    found = read(drawn_page(speech + show("* p < 0.05; ** p < 0.01", 50, 500)))
    texts = ["— Where did you leave the rope?", "— By the door, where it hangs.", "* p < 0.05; ** p < 0.01"]
    assert [(block.label, block.content) for block in found] == [("text", text) for text in texts]


def test_starred_items_are_a_list(page, read, column):
    column(page, ["* Rope of hemp", "* Nets of cotton"], 50, 100)
    (block,) = read(page)
    assert (block.label, block.content) == ("list", "- Rope of hemp\n- Nets of cotton")


@pytest.mark.parametrize("pitch", [1.15, 1.3, 1.5])
def test_an_empty_line_stays_in_its_listing(page, read, column, prose, pitch):
    column(page, [prose[:90]] * 9, 50, 60)
    code = [
        "def total(rows):",
        "    count = 0",
        "",
        "    for row in rows:",
        "        count += row",
        "",
        "    return count",
    ]
    for i, line in enumerate(code):
        if line:
            page.insert_text((50, 300 + i * 10 * pitch), line, fontsize=10, fontname="cour")
    (listing,) = [block for block in read(page) if block.label == "code"]
    assert listing.content.split("\n") == code


@pytest.mark.parametrize("pitch", [1.2, 1.5])
def test_two_empty_lines_stay_in_their_listing(page, read, column, prose, pitch):
    column(page, [prose[:90]] * 9, 50, 60)
    code = ["import sys", "", "", "def main(path):", "    return open(path)", "", "", "main(sys.argv[1])"]
    for i, line in enumerate(code):
        if line:
            page.insert_text((50, 300 + i * 10 * pitch), line, fontsize=10, fontname="cour")
    (listing,) = [block for block in read(page) if block.label == "code"]
    assert listing.content.split("\n") == code


@pytest.mark.parametrize("marks", ["12", "ab"])
def test_raised_numbers_and_letters_mark_notes(page, read, column, prose, marks):
    note = "At the auction of the old hotel, with its key and two spare hands."
    column(page, [prose[:90]] * 30, 50, 100)
    for i, mark in enumerate(marks):
        page.insert_text((50, 697 + 11 * i), mark, fontsize=6)
        column(page, [note], 50 + pymupdf.get_text_length(mark, "helv", 6), 700 + 11 * i, size=9)
    assert [b.content for b in read(page) if b.label == "footnote"] == [f"<sup>{mark}</sup>{note}" for mark in marks]
