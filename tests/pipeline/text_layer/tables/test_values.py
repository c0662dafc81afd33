"""What is a value of a table, and how many words a text has."""

from __future__ import annotations

import pytest

from pipeline.text_layer.tables.text.values import is_answer, is_value, word_count
from tests.pipeline.text_layer.lines.test_rows import line


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "1,250.00",
        "(3.5)",
        "12 %",
        "-",
        "–",
        "...",
        "n.a.",
        "n/a",
        "$12",
        "12a",
        "12 kg",
        "May 2021",
        "1901/02",
        "2021 May",
    ],
)
def test_values(text):
    assert is_value(text)


@pytest.mark.parametrize(
    "text",
    [
        "n = 12",
        "(N=120)",
        "(in 1,000)",
        "[per 100 boats]",
        "Boats",
        "of",
        "$",
        "B2b",
        "7 boats",
        "3 kg",
        "12 May",
        "abcd 2021",
    ],
)
def test_no_values(text):
    assert not is_value(text)


def test_marks_alone_are_answers():
    assert is_answer("•") and not is_value("•")


@pytest.mark.parametrize(
    ("text", "count"), [("of the mill", 3), ("mill ..... 7", 2), ("磨坊的主人", 2.5), ("磨坊 7", 2)]
)
def test_words(text, count):
    assert word_count(line(text, 50, 100)) == count
