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


@pytest.mark.parametrize("pitch", [1.05, 1.2, 1.5])
@pytest.mark.parametrize("empty", [0, 1, 2])
def test_a_listing_of_two_lines_keeps_its_empty_lines(page, read, column, prose, pitch, empty):
    column(page, [prose[:90]] * 9, 50, 60)
    if pitch * (empty + 1) > 4:
        pytest.skip("so far apart they are two listings")
    for i, line in enumerate(["import harbour", "print(harbour)"]):
        page.insert_text((50, 300 + 10 * pitch * i * (empty + 1)), line, fontsize=10, fontname="cour")
    (listing,) = [block for block in read(page) if block.label == "code"]
    assert listing.content == "import harbour\n" + "\n" * empty + "print(harbour)"


def test_a_listing_that_is_set_wide_has_no_empty_lines(page, read, column, prose):
    column(page, [prose[:90]] * 9, 50, 60)
    for i in range(6):
        page.insert_text((50, 300 + 20 * i), f"print(harbour, {i})", fontsize=10, fontname="cour")
    (listing,) = [block for block in read(page) if block.label == "code"]
    assert listing.content == "\n".join(f"print(harbour, {i})" for i in range(6))


@pytest.mark.parametrize("word", ["it.", "on.", "I.", "a!"])
@pytest.mark.parametrize("indent", [14, 20, 30])
@pytest.mark.parametrize("before", [0, 3])
def test_a_last_short_word_leaves_the_next_paragraph_whole(page, read, column, word, indent, before):
    """The first line of the next paragraph is set in behind it."""
    lines = ["The old mill stood where two rivers met, and each spring the water rose as"] * before
    column(page, [*lines, "far as the lower windows, and nobody remembered who it was that had built", word], 50, 100)
    y = 100 + 12 * (before + 2)
    column(page, ["The miller kept a ledger of every flood, in a small careful hand, and his"], 50 + indent, y)
    column(page, ["daughter read it aloud on winter evenings, when the wheel stood still."], 50, y + 12)
    first, second = read(page)
    assert first.content.endswith(f"had built {word}")
    assert second.content.startswith("The miller") and second.content.endswith("stood still.")


@pytest.mark.parametrize("inset", [10, 20, 40])
@pytest.mark.parametrize("width", [380, 330])
@pytest.mark.parametrize("start", ["whatever", "Whatever"])
@pytest.mark.parametrize("after", ["and so it was told to", "And so it was told to"])
def test_a_quotation_that_is_set_in_is_a_paragraph(page, read, column, inset, width, start, after):
    column(page, ["This is told by many of the old men who sat at the harbour on a summer evening,"], 50, 100)
    column(page, ["when the boats were in and the nets hung out, and the keeper of the book wrote that"], 50, 112)
    quoted = [f"{start} is taken from the river shall be given back to it, and who takes", "more than his share"]
    column(page, [*quoted, "shall stand at the weir"] if width == 330 else quoted, 50 + inset, 124)
    y = 148 + 12 * (width == 330)
    column(page, [f"{after} the children of the harbour, and to theirs, and to all who came there"], 50, y)
    column(page, ["when the water rose as far as the lower windows, and nobody slept."], 50, y + 12)
    texts = [block.content for block in read(page)]
    assert [text.split()[0] for text in texts] == ["This", start, after.split()[0]]


def test_entries_that_hang_are_not_parted(page, read, column):
    entries = [
        ("Keeper, Ann: A book of all that is paid to the master of the old harbour, with", "notes on the boats."),
        ("Miller, Eve: Floods and what came of them, told in a small and careful hand, with", "pictures by her."),
    ]
    for i, (first, rest) in enumerate(entries):
        column(page, [first], 50, 100 + 24 * i)
        column(page, [rest], 70, 112 + 24 * i)
    assert [block.content for block in read(page)] == [" ".join(entry) for entry in entries]
