"""Notes of a page: several, in columns, with letters and symbols as marks, and over the end of a page."""

import pytest


def block(label, y, text, x=100):
    return f"<|ref|>{label}<|/ref|><|det|>[[{x}, {y}, {x + 350}, {y + 40}]]<|/det|>\n{text}\n\n"


@pytest.mark.parametrize("marks", [("1", "2", "3"), ("a", "b", "c"), ("*", "**", "†")])
def test_several_notes_of_a_page(convert, marks):
    words = ("harbour", "office", "extra")
    text = " and the ".join(f"{word}<sup>{mark}</sup>" for word, mark in zip(words, marks, strict=True))
    notes = "\n".join(f"<sup>{mark}</sup> Of the {word} more." for word, mark in zip(words, marks, strict=True))
    assert convert(block("text", 100, f"See the {text}, an idea.") + block("footnote", 900, notes)) == (
        "See the harbour[^1] and the office[^2] and the extra[^3], an idea.\n\n"
        "[^1]: Of the harbour more.\n\n[^2]: Of the office more.\n\n[^3]: Of the extra more.\n"
    )


def test_notes_of_two_columns(convert):
    page = block("text", 100, "The left harbour<sup>1</sup> is.") + block("footnote", 900, "<sup>1</sup> Left note.")
    page += block("text", 100, "The right harbour<sup>2</sup> is.", 550)
    page += block("footnote", 900, "<sup>2</sup> Right note.", 550)
    assert convert(page).count("[^1]") == convert(page).count("[^2]") == 2


def test_a_note_goes_on_at_the_foot_of_the_next_page(convert):
    first = block("text", 100, "The harbour<sup>1</sup> is here.") + block(
        "footnote", 900, "<sup>1</sup> It was begun in"
    )
    second = (
        block("text", 100, "Ends all.") + block("text", 880, "spring and ended.") + block("footnote", 930, "2 Other.")
    )
    assert convert(first, second) == (
        "The harbour[^1] is here.\n\n[^1]: It was begun in spring and ended.\n\nEnds all.\n\n2 Other.\n"
    )
    higher = block("text", 100, "Ends all.") + block("text", 300, "spring and ended.") + block("text", 930, "Other.")
    assert "spring and ended.\n\nOther." in convert(first, higher)
