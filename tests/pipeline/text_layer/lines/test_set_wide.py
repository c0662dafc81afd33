"""Narrow columns whose lines are filled by wide spaces, alone or beside another, are read line by line."""

from __future__ import annotations

import pymupdf
import pytest
from drawn_tables.measure import ours
from drawn_tables.pages import page


# Of the first twelve drawn pages, seven; in the others spaces of more than an em part lines of a word or two.
@pytest.mark.parametrize("seed", [200, 201, 203, 207, 208])
def test_words_set_wide_stay_in_their_order(seed):
    drawn = page("loose_prose", seed, held=True)
    with pymupdf.open("pdf", drawn.pdf) as document:
        (reading,) = ours(document)
    assert reading.text is not None
    assert reading.text.split() == list(drawn.words)


WIDTH = 210.0


def fill(page: pymupdf.Page, line: str, y: float) -> None:
    """The words of a line from 50 on, as far apart as fills the column."""
    words = line.split()
    gap = (WIDTH - sum(pymupdf.get_text_length(word, fontsize=10) for word in words)) / (len(words) - 1)
    x = 50.0
    for word in words:
        page.insert_text((x, y), word, fontsize=10)
        x += pymupdf.get_text_length(word, fontsize=10) + gap


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_line_with_spaces_of_three_em_is_one_line_of_its_paragraph(page, read, at):
    lines = [
        "the keeper of the old harbour writes all of it",
        "into the book that lies on the table by the",
        "door of the house where the lamp is lit each",
    ]
    lines.insert(at, "harbourmaster quaysides lighthouses")
    for i, line in enumerate(lines):
        fill(page, line, 100 + 12 * i)
    (block,) = read(page)
    assert block.content == " ".join(lines)


def test_columns_below_a_line_of_their_width_are_no_line_set_wide(page, read):
    fill(page, "the keeper of the old harbour writes all of it", 100)
    for i, (left, right) in enumerate(
        (("the boats at", "nets hung up"), ("the old quay", "in the lofts"), ("lie until it", "of the house"))
    ):
        page.insert_text((50, 112 + 12 * i), left, fontsize=10)
        page.insert_text((260 - pymupdf.get_text_length(right, fontsize=10), 112 + 12 * i), right, fontsize=10)
    text = " ".join(block.content for block in read(page)).replace("\n", " ")
    assert "the boats at the old quay lie until it" in text and "nets hung up in the lofts of the house" in text
