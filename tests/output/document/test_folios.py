"""Page numbers: what is one, what only looks so, and which number of a running head counts the pages."""

import pytest

from output.document.folios import counting, is_page_number, key, numbers
from output.grounding.blocks import Block


@pytest.mark.parametrize(
    "text",
    ["7", "- iv -", "Page 3 of 9", "A-12", "12.", "Seite 3", "3/9", "第 3 页", "p. 12", "3 | 9", "[12]"],
)
def test_page_numbers(text):
    assert is_page_number(Block("footer", (), text))


@pytest.mark.parametrize(
    "text", ["", "Invoice 7", "did", "mix", "civil", "Total 5000", "2026-0417", "12345", "$50", "50 %", "1.5", "7-45"]
)
def test_what_is_no_page_number(text):
    assert not is_page_number(Block("footer", (), text))


def test_a_page_numbered_by_chapter_needs_its_label():
    assert is_page_number(Block("page_number", (), "7-45"))
    assert not is_page_number(Block("page_number", (), "2026-0417"))


@pytest.mark.parametrize(
    ("text", "values"),
    [("12 Journal", [12]), ("iv", [4]), ("xlix", [49]), ("0417", [None]), ("2026-04-17", [None] * 3), ("12345", [None]),
     ("3/9", [3, 9]), ("ill", [None])],
)  # fmt: skip
def test_numbers_that_may_be_a_page_s(text, values):
    assert numbers(text) == values


def test_the_number_that_counts():
    invoices = [(1, "Invoice 17 page 1"), (2, "Invoice 18 page 2")]
    assert counting(invoices) == 1  # of two that count, the last
    assert counting([(1, "Table 1"), (2, "Table 5"), (3, "Table 6")]) is None
    assert counting([(4, "9 Journal")]) is None  # one page counts nothing
    assert counting([(n, f"{n + 100 if n != 3 else 999} A") for n in range(1, 5)]) == 0  # one of four misread
    assert key("Invoice 17  Page 1", 1) == "invoice 17 page #"
    assert key("Invoice 17", None) == "invoice 17"
