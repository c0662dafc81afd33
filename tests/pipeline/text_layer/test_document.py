"""DocumentPages: how often pages are parsed, and how many are kept."""

from __future__ import annotations

import random
from collections import Counter

import pymupdf
import pytest

from pipeline.text_layer import document as rooms
from pipeline.text_layer.document import DocumentPages

MOST_KEPT = 13  # eight that tell the document's facts, and a page with two neighbours on either side


@pytest.fixture
def parsed(monkeypatch):
    """How often each page was parsed."""
    counts: Counter[int] = Counter()
    read = rooms.read_glyphs

    def _read(page):
        counts[page.number + 1] += 1
        return read(page)

    monkeypatch.setattr(rooms, "read_glyphs", _read)
    return counts


def read_in(order):
    """Read the pages of a document in some order; the most that were kept on the way."""
    with pymupdf.open() as document:
        for number in range(1, max(order) + 1):
            page = document.new_page(width=300, height=400)
            page.insert_text((50, 30), "A running head")
            page.insert_text((50, 200), f"Page {number} of many")
        known, most = DocumentPages(document), 0
        for number in order:
            context = known.context(number)
            assert {line.page for line in context.margins if abs(line.page - number) < 3} >= {
                beside for beside in range(number - 2, number + 3) if beside != number and 1 <= beside <= len(document)
            }
            assert known.glyphs(number).lines[-1].text == f"Page {number} of many"
            most = max(most, len(known._glyphs))
    return most


@pytest.mark.parametrize("count", [1, 3, 8, 13, 40])
def test_pages_in_order_are_parsed_once(parsed, count):
    assert read_in(range(1, count + 1)) <= MOST_KEPT
    assert parsed == Counter(range(1, count + 1))


def test_pages_of_a_short_document_are_parsed_once_in_any_order(parsed):
    read_in(random.Random(7).sample(range(1, 14), 13))
    assert parsed == Counter(range(1, 14))


def test_those_who_begin_anew_parse_each_page_once_more(parsed):
    assert read_in([*range(30, 41), *range(1, 41)]) <= MOST_KEPT
    assert max(parsed.values()) == 2


def test_pages_out_of_order_are_not_all_kept(parsed):
    assert read_in(random.Random(7).sample(range(1, 61), 60)) <= MOST_KEPT
