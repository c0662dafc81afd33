"""What a page costs grows as what is on it: twice as much of it takes about twice as many calls, never four times.

Calls are counted, of Python and of C, so that no clock is asked.
"""

from __future__ import annotations

import sys

import pymupdf
import pytest

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.page import read_page

# Sorting, and what is told once for the whole page, move it a little; what is squared has 4.
MOST = 2.4


def levels(rows):
    """Number and height of each row that a page has, and how far apart they are."""
    step = 760 / rows
    for i in range(rows):
        yield i, 800 - i * step, step


def table(rows):
    """Values in columns without rules, each row with a label of its own length."""
    for i, y, step in levels(rows):
        yield f"/helv {0.7 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm (row {'abcdefg'[: i % 7]}) Tj"
        yield from (f"1 0 0 1 {140 + 110 * j} {y:.3f} Tm ({(7 * i + j) % 990}) Tj" for j in range(4))


def contents(rows):
    for i, y, step in levels(rows):
        yield f"/helv {0.7 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm (Chapter {i} {'.' * 40}) Tj"
        yield f"1 0 0 1 540 {y:.3f} Tm ({i // 3}) Tj"


def prose(rows):
    for _, y, step in levels(rows):
        yield f"/helv {0.8 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm (the lines of one long text go on) Tj"


def accents(rows):
    """Lines of text, and accents that are painted behind all of them."""
    for _, y, step in levels(rows):
        yield f"/helv {0.5 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm (elle a ete la) Tj"
    for i, y, _ in levels(rows):
        yield f"1 0 0 1 {30.2 + i % 5} {y:.3f} Tm (\\264) Tj 1 0 0 1 500 {y:.3f} Tm (\\264) Tj"


def same_word(rows):
    """One word on every line: each may be a second print of any other."""
    for _, y, step in levels(rows):
        yield f"/helv {0.5 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm (again and) Tj"


def initials(rows):
    """Large letters beside small ones."""
    for i, y, step in levels(rows):
        yield f"/helv {0.8 * step:.3f} Tf 1 0 0 1 {30 + 40 * (i % 9)} {y:.3f} Tm (T) Tj"
        yield f"/helv {0.8 * step:.3f} Tf 1 0 0 1 {430 + 9 * (i % 9)} {y:.3f} Tm (T) Tj"


def replaced(rows):
    """Words that an /ActualText reads otherwise."""
    for i, y, step in levels(rows):
        yield f"/helv {0.5 * step:.3f} Tf 1 0 0 1 30 {y:.3f} Tm"
        yield f"/Span <</ActualText (w{i % 7}rds)>> BDC (words) Tj EMC ( said) Tj"


def calls(function, content):
    """How many calls it takes."""
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        page.insert_text((30, 20), "x")
        document.update_stream(page.get_contents()[0], "\n".join(["BT", *content, "ET"]).encode())
        count = 0

        def called(_frame, event, _argument):
            nonlocal count
            count += event in ("call", "c_call")

        page = pymupdf.open("pdf", document.tobytes())[0]
        sys.setprofile(called)
        try:
            function(page)
        finally:
            sys.setprofile(None)
    return count


@pytest.mark.parametrize("function", [read_page, read_own_page])
@pytest.mark.parametrize("draw", [table, contents, prose, accents, same_word, initials, replaced])
def test_twice_as_much_takes_twice_as_many_calls(function, draw):
    assert calls(function, draw(300)) < MOST * calls(function, draw(150))
