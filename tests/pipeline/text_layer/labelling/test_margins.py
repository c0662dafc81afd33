"""Only what comes again at pages' edges, and numbers by themselves, are marginal; what is printed once is text."""

from __future__ import annotations

from itertools import pairwise

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text_layer.labelling.running import margin_line, runs

ONCE = ("Invoice 2026-0417", "Payable within 14 days", "I certify that this is true", "All claims expire", "Total 1500")
few = settings(max_examples=12, deadline=None)


def pages(read, column, edges: list[list[tuple[str, float]]], lines: int = 8) -> list[dict[str, str]]:
    """Labels by content of pages with a body and lines at the given heights."""
    document = pymupdf.open()
    for number, margin in enumerate(edges):
        page = document.new_page(width=600, height=800)
        body = [f"Line {i} of text {'ABCDEF'[number]} with words of its own that go on and on" for i in range(lines)]
        column(page, body, 50, 120)
        for text, y in margin:
            page.insert_text((50, y), text, fontsize=9)
    return [{block.content: block.label for block in read(page)} for page in document]


@few
@given(st.sampled_from(ONCE), st.floats(15, 90) | st.floats(700, 790), st.integers(13, 40))
def test_a_line_of_one_page_is_text_wherever_it_stands(read, column, text, y, lines):
    (labels,) = pages(read, column, [[(text, y)]], lines)
    assert labels.get(text, "text") == "text"
    assert any(text in content for content in labels)


@few
@given(st.lists(st.integers(1000, 9999), min_size=3, max_size=3, unique=True), st.floats(20, 80))
def test_invoices_in_one_file_keep_their_numbers(read, column, numbers, y):
    steps = {b - a for a, b in pairwise(numbers)} | {numbers[2] - numbers[0]}
    if steps & {1, 2}:
        return  # numbers that count the pages are page numbers
    found = pages(read, column, [[(f"Invoice {n}", y)] for n in numbers])
    assert [labels[f"Invoice {n}"] for labels, n in zip(found, numbers, strict=True)] == ["text"] * 3


@few
@given(
    st.sampled_from(["Annals of Milling", "Milling 2026, page {}", "{} | Chapter 3", "Page {} of 4"]), st.floats(20, 80)
)
def test_what_comes_again_runs(read, column, text, y):
    found = pages(read, column, [[(text.format(n + 1), y)] for n in range(4)])
    kinds = [labels[text.format(n + 1)] for n, labels in enumerate(found)]
    assert set(kinds) <= {"header", "page_number"}


@pytest.mark.parametrize(
    ("number", "x", "label"), [("66", 295, "page_number"), ("1066", 290, "page_number"), ("66", 150, "text")]
)
def test_a_number_in_the_middle_below_a_short_page_counts_it(page, read, column, prose, number, x, label):
    column(page, [prose[:90], prose[90:180]] * 10, 50, 80)
    page.insert_text((x, 600), number, fontsize=10)
    assert [(block.label, block.content) for block in read(page)][1:] == [(label, number)]


@pytest.mark.parametrize("lines", [["Finis"], ["12", "Finis"], ["12345"]])
def test_what_else_stands_in_the_middle_below_a_short_page_is_text(page, read, column, prose, lines):
    column(page, [prose[:90], prose[90:180]] * 10, 50, 80)
    for i, line in enumerate(lines):
        page.insert_text((300 - pymupdf.get_text_length(line, fontsize=10) / 2, 600 + 12 * i), line, fontsize=10)
    assert [(block.label, block.content) for block in read(page)][1:] == [("text", " ".join(lines))]


def test_heads_of_left_and_right_pages_run(read, column):
    found = pages(read, column, [[(("The Mill", "A. Miller")[n % 2], 40)] for n in range(4)])
    assert [labels[("The Mill", "A. Miller")[n % 2]] for n, labels in enumerate(found)] == ["header"] * 4


@pytest.mark.parametrize(
    ("one", "other", "run"),
    [
        ("Chapter 3, 17", "Chapter 3, 19", True),
        ("xiv", "xvi", True),
        ("Sum 17", "Sum 18", False),
        ("Chapter 3, 17", "Chapter 4, 19", False),
        ("The Mill", "The Mill", True),
        ("The Mill", "The Well", False),
    ],
)
def test_numbers_are_the_same_or_count_the_pages(one, other, run):
    assert runs(margin_line(one, 3, 0.05), [margin_line(other, 5, 0.05)]) is run


def test_a_line_runs_at_one_height_and_not_by_itself():
    line = margin_line("The Mill", 3, 0.05)
    assert not runs(line, [line])
    assert not runs(line, [margin_line("The Mill", 4, 0.11)])


def test_a_heading_of_each_page_that_counts_is_no_running_head(read, column):
    """Week 1, Week 2, Week 3: each page has its own part."""
    document = pymupdf.open()
    for number in range(3):
        page = document.new_page(width=600, height=800)
        page.insert_text((50, 60), f"Week {number + 1}", fontsize=14, fontname="hebo")
        page.insert_text((50, 40), f"Annals, number {number + 1}", fontsize=9)
        column(page, [f"Line {i} of text {'ABC'[number]} with words of its own that go on" for i in range(20)], 50, 120)
    found = [{block.content.lstrip("# "): block.label for block in read(page)} for page in document]
    assert [labels[f"Week {n + 1}"] for n, labels in enumerate(found)] == ["title", "sub_title", "sub_title"]
    assert [labels[f"Annals, number {n + 1}"] for n, labels in enumerate(found)] == ["header"] * 3


@pytest.mark.parametrize("text", ["Page {}", "The Mill, page {}", "The Mill"])
def test_large_running_heads_run(read, column, text):
    document = pymupdf.open()
    for number in range(3):
        page = document.new_page(width=600, height=800)
        page.insert_text((50, 60), text.format(number + 1), fontsize=14, fontname="hebo")
        column(page, [f"Line {i} of text {'ABC'[number]} with words of its own that go on" for i in range(20)], 50, 120)
    found = [{block.content.lstrip("# "): block.label for block in read(page)} for page in document]
    kinds = {labels[text.format(n + 1)] for n, labels in enumerate(found)}
    assert kinds <= {"header", "page_number"}
