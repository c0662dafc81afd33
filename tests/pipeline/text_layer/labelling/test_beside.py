"""What stands in the margin: notes come before the clause beside them, numbers of lines are told apart."""

from __future__ import annotations

import pytest

CLAUSES = [
    "1. A boat that lies at the quay for a night pays",
    "the dues of a night to the master of the harbour,",
    "who keeps a book of all that is paid to him.",
]
NOTES = [["Dues of a", "night."], ["Who is to", "keep the", "book."], ["Fines."]]
VERSE = [
    "The lamp upon the quay is lit,",
    "the tide is running low;",
    "the gulls that in the rigging sit",
    "have nowhere else to go.",
    "O keeper of the harbour light,",
]


@pytest.mark.parametrize("side", [30, 520])
@pytest.mark.parametrize("size", [7, 8])
def test_a_note_in_the_margin_stands_before_its_clause(page, read, column, side, size):
    for i, note in enumerate(NOTES):
        column(page, CLAUSES, 150, 100 + 80 * i)
        column(page, note, side, 100 + 80 * i, size=size)
    contents = [block.content for block in read(page)]
    assert len(contents) == 6
    assert [" ".join(one.split()) for one in contents[::2]] == [" ".join(note) for note in NOTES]


def test_small_print_below_the_text_is_kept_where_notes_stand_beside_it(page, read, column):
    for i, note in enumerate(NOTES):
        column(page, CLAUSES, 150, 100 + 80 * i)
        column(page, note, 520, 100 + 80 * i, size=8)
    column(page, ["Printed in the old town."], 150, 420, size=8)
    assert [block.content for block in read(page)][-1] == "Printed in the old town."


@pytest.mark.parametrize("side", [30, 520])
@pytest.mark.parametrize("gap", [0, 4, 12])
def test_a_note_beside_a_section_that_follows_another_at_once_stands_before_it(page, read, column, side, gap):
    y = 100.0
    for i, note in enumerate(NOTES):
        lines = [CLAUSES[0].replace("1.", f"{i + 1}."), *CLAUSES[1:], "(2) No dues are owed by a boat in need."]
        column(page, lines, 150, y)
        column(page, note, side, y, size=8)
        y += 12 * len(lines) + gap
    text = " ".join(" ".join(block.content for block in read(page)).split())
    places = [text.index(part) for i, note in enumerate(NOTES) for part in (" ".join(note), f"{i + 1}. A boat")]
    assert places == sorted(places)
    assert all(text[a:b].startswith(" ".join(n)) for n, a, b in zip(NOTES, places[::2], places[1::2], strict=True))
    assert [b - a - len(" ".join(n)) for n, a, b in zip(NOTES, places[::2], places[1::2], strict=True)] == [1, 1, 1]


def test_a_note_beside_the_middle_of_a_paragraph_stands_before_that_paragraph(page, read, column):
    column(page, [CLAUSES[0], *CLAUSES[1:], CLAUSES[0].replace("1.", "2."), *CLAUSES[1:]], 150, 100)
    column(page, ["See the", "book."], 30, 148, size=8)
    contents = [block.content for block in read(page)]
    assert [one[:7] for one in contents] == ["1. A bo", "See the", "2. A bo"]


def test_the_end_of_a_footnote_under_another_column_is_no_note_in_the_margin(page, read, column):
    column(page, CLAUSES * 6, 40, 100)
    column(page, CLAUSES * 4, 320, 100)
    column(page, ["the last words of it."], 320, 100 + 12 * 16, size=8)
    contents = [" ".join(block.content.split()) for block in read(page)]
    assert contents[-1] == "the last words of it."


def test_a_column_that_goes_on_is_no_note(page, read, column):
    column(page, CLAUSES * 4, 200, 100)
    column(page, [f"small print {i} of a column" for i in range(18)], 40, 100, size=8)
    contents = [block.content for block in read(page)]
    assert "small print 17 of a column" in contents[0] or any("small print 17" in one for one in contents)
    assert " ".join(" ".join(contents).split()).count("small print") == 18


@pytest.mark.parametrize("side", [30, 520])
@pytest.mark.parametrize(("first", "step"), [(5, 5), (35, 5), (10, 10)])
def test_numbers_of_lines_are_no_text(page, read, column, side, first, step):
    lines = [VERSE[i % 5] for i in range(24)]
    for i, line in enumerate(lines):
        column(page, [line], 150, 100 + 14 * i)
    for i in range(step - 1, 24, step):
        column(page, [str(first + i + 1 - step)], side + (first + i < 10) * 5.5, 100 + 14 * i, size=8)
    blocks = read(page)
    numbers = [block.content for block in blocks if block.label == "line_number"]
    assert numbers == [str(first + i + 1 - step) for i in range(step - 1, 24, step)]
    assert not any(c.isdigit() for block in blocks for c in block.content if block.label != "line_number")


def test_each_line_of_a_transcript_may_be_numbered(page, read, column):
    lines = [
        "A boat that lies at the quay",
        "for a night pays the dues of",
        "a night to the master, who",
        "keeps a book of all that is",
        "paid to him. He signs it in",
        "the evening of each day and",
        "locks the office.",
    ]
    for i, line in enumerate(lines):
        column(page, [line], 150, 100 + 20 * i)
        column(page, [str(i + 1)], 100, 100 + 20 * i)
    blocks = read(page)
    assert [block.content for block in blocks if block.label == "line_number"] == list("1234567")
    assert not any(c.isdigit() for block in blocks for c in block.content if block.label != "line_number")


@pytest.mark.parametrize("numbers", [["1", "2", "3", "4", "5", "6"], ["5", "12", "19", "30", "31", "40"]])
def test_numbered_items_and_amounts_are_text(page, read, column, numbers):
    for i, number in enumerate(numbers):
        column(page, [f"Boats that came in on day {'abcdef'[i]}"], 150, 100 + 20 * i)
        column(page, [number], 100, 100 + 20 * i)
    assert all(block.label != "line_number" for block in read(page))
