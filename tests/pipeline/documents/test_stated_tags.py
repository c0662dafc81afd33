"""What a tagged PDF says of headings and pictures, whoever reads its pages."""

from __future__ import annotations

import pytest

from pipeline.documents.stated.facts import Entry, read_facts
from tests.support.tagged import Tag, tagged_page

WORDS = "the harbour office keeps a ledger of every boat that comes in before noon and signs it"


def outline(*tags, **page):
    drawn = tagged_page(tags, **page)
    return read_facts(drawn.parent, [1]).about.outline


def heading(kind, text, y):
    return Tag(kind, [(text, 50, y, 12)])


TEXT = Tag("P", [(WORDS, 50, 200, 10), (WORDS, 50, 212, 10)])


def test_headings_are_the_outline_where_there_are_no_bookmarks():
    assert outline(heading("H1", "Of boats", 60), TEXT, heading("H2", "7 Nets", 240)) == (
        Entry(1, "Ofboats", 1), Entry(2, "7Nets", 1)
    )  # fmt: skip


def test_bookmarks_come_first():
    page = tagged_page([heading("H1", "Of boats", 60), TEXT])
    page.parent.set_toc([[1, "Nets", 1]])
    assert read_facts(page.parent, [1]).about.outline == (Entry(1, "Nets", 1),)


@pytest.mark.parametrize(
    "tags",
    [
        [heading("H1", "Boats", 60), heading("H4", "Nets", 80), heading("H1", "Ropes", 100), TEXT],
        [Tag("H1", TEXT.texts), TEXT],
        [Tag("H1", [*TEXT.texts, *TEXT.texts]), TEXT, TEXT, TEXT],
    ],
    ids=["levels left out", "half of the text", "a paragraph"],
)
def test_headings_that_are_none_are_no_outline(tags):
    assert outline(*tags) == ()


@pytest.mark.parametrize("marks", ["<</Marked true/Suspects true>>", "<<>>"])
def test_a_file_that_does_not_vouch_for_its_tags_has_no_outline(marks):
    assert outline(heading("H1", "Of boats", 60), TEXT, marks=marks) == ()


def test_a_figure_s_own_words_and_where_it_is():
    page = tagged_page([Tag("Figure", [], more="/Alt (A boat  at sea)"), TEXT], drawings=["100 500 200 50 re f"])
    (picture,) = read_facts(page.parent, [1]).pictures
    assert (picture.page, picture.alt) == (1, "A boat at sea")
    assert [round(v) for v in picture.box] == [100, 250, 300, 300]


@pytest.mark.parametrize("more", ["", "/Alt ()", "/Alt (  12 )", "/Alt (Boat 7.JPG Image)"])
def test_a_figure_without_words_of_its_own_is_not_told_of(more):
    page = tagged_page([Tag("Figure", [], more=more), TEXT], drawings=["100 500 200 50 re f"])
    assert read_facts(page.parent, [1]).pictures == ()
