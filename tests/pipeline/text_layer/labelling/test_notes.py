"""Footnotes under columns that end high on the page, and small print that is no footnote."""

from __future__ import annotations

import pymupdf
import pytest

TEXT = [
    "A boat that lies at the quay for a night",
    "pays the dues of a night to the master of",
    "the old harbour. He keeps a book of all",
    "that is paid to him, and signs it.",
]
NOTES = ["{} The dues are told in a book of", "their own, which is lost."]


def raised(page, mark: str, line: int, y: float = 100, text: str = "") -> None:
    """A raised mark at the end of a line of the text, or of `text` at a height."""
    x = 50 + pymupdf.get_text_length(text or TEXT[line], fontsize=10)
    page.insert_text((x, y + 12 * line - 3.5), mark, fontsize=6)


def labels(read, page) -> dict[str, str]:
    return {block.content: block.label for block in read(page)}


def note_of(found: dict[str, str], words: str = "The dues") -> str:
    return next(label for content, label in found.items() if words in content)


@pytest.fixture
def columns(page, column):
    """Two columns, of which the left one ends after a few lines; its note stands below."""

    def draw(mark: str, y: float = 180) -> None:
        column(page, TEXT, 50, 100)
        column(page, [f"and so the tale of the harbour goes on, {i}" for i in range(30)], 320, 100)
        column(page, [NOTES[0].format(mark), NOTES[1]], 50, y, size=8)

    return draw


@pytest.mark.parametrize("mark", ["1", "*", "§", "12"])
@pytest.mark.parametrize("y", [160, 180, 260])
def test_a_note_under_a_short_column_is_one(page, read, columns, mark, y):
    columns(mark, y=y)
    raised(page, mark, 3)
    assert note_of(labels(read, page)) == "footnote"


def test_a_sign_on_the_line_and_a_raised_mark_of_a_note(page, read, columns, column):
    columns("*")
    page.insert_text((50 + pymupdf.get_text_length(TEXT[3], fontsize=10), 136), "*", fontsize=10)
    assert note_of(labels(read, page)) == "footnote"


def test_a_raised_mark_before_a_note(page, read, column):
    column(page, TEXT, 50, 100)
    raised(page, "3", 3)
    page.insert_text((50, 176.5), "3", fontsize=6)
    column(page, ["The dues are told in a book of", "their own, which is lost."], 54, 180, size=8)
    assert note_of(labels(read, page)) == "footnote"


def test_small_print_without_its_mark_in_the_text_is_text(page, read, columns):
    columns("1")
    assert note_of(labels(read, page)) != "footnote"


def test_units_have_powers_and_no_notes(page, read, columns, column):
    columns("2")
    text = "The quay in all has some 4000 m"
    column(page, [text], 50, 240)
    raised(page, "2", 0, 240, text)
    assert note_of(labels(read, page)) != "footnote"


@pytest.mark.parametrize(
    ("name", "rule", "kind"),
    [("Ann Keeper", False, "text"), ("Ann Keeper", True, "footnote"), ("the old harbour", False, "footnote")],
)
def test_a_note_over_more_text_needs_a_rule_or_a_sentence(page, read, column, name, rule, kind):
    """Addresses of authors stand over the text; notes of an article do, too, where another begins below."""
    text = f"A few words on what is known of {name}"
    column(page, [text, "are told here, line by line, to the end."], 50, 100)
    raised(page, "1", 0, 100, text)
    page.insert_text((50, 136.5), "1", fontsize=6)
    column(page, ["The dues are told elsewhere."], 54, 140, size=8)
    if rule:
        page.draw_line((50, 130), (120, 130), width=0.5)
    column(page, TEXT, 50, 180)
    assert note_of(labels(read, page)) == kind


def test_a_note_below_a_table_is_the_table_s(page, read, column):
    column(page, TEXT, 50, 100)
    raised(page, "1", 3)
    for i, row in enumerate([("Boat", "Dues"), ("Ann", "12"), ("Eve", "15"), ("Ida", "17")]):
        for x, text in zip((50, 200), row, strict=True):
            page.insert_text((x, 200 + 16 * i), text, fontsize=10)
    for y in (188, 204, 252):
        page.draw_line((45, y), (260, y))
    column(page, ["1 The dues are told without tax."], 50, 264, size=8)
    assert note_of(labels(read, page)) == "text"


def test_the_star_of_a_note_below_a_table_is_no_bullet(page, read, column):
    column(page, TEXT, 50, 100)
    for i, row in enumerate([("Boat", "Dues"), ("Ann", "12*"), ("Eve", "15"), ("Ida", "17")]):
        for x, text in zip((50, 200), row, strict=True):
            page.insert_text((x, 200 + 16 * i), text, fontsize=10)
    for y in (188, 204, 252):
        page.draw_line((45, y), (260, y))
    column(page, ["* The dues are told without tax."], 50, 266)
    assert labels(read, page)["* The dues are told without tax."] == "text"
