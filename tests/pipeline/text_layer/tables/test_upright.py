"""Heads of columns that are set upright above columns that no rules part."""

from __future__ import annotations

import re

import pytest

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tables.text.upright import upright_heads

HEADS = ("Reading", "Writing", "Sums")


def rows(content):
    return [re.findall(r"<t[dh]>(.*?)</t[dh]>", row) for row in content.split("</tr>")[:-1]]


@pytest.fixture
def drawn(page, column, prose):
    """A table between rules with upright heads, turned by so many degrees, over so many columns."""

    def _drawn(turn, heads=HEADS):
        column(page, [prose[:90]] * 3, 50, 60)
        for y, width in ((120, 1), (190, 0.4), (250, 1)):
            page.draw_line((72, y), (420, y), width=width)
        for j, head in enumerate(heads):
            page.insert_text((230 + 60 * j, 184 if turn == 90 else 126), head, fontsize=10, rotate=turn)
        column(page, ["Pupil"], 76, 184 if turn == 90 else 132)
        for i, row in enumerate((("Ann", "3", "1", "2"), ("Bob", "5", "2", "4"), ("Cid", "1", "1", "3"))):
            for j, value in enumerate(row[: len(heads) + 1]):
                column(page, [value], 76 if j == 0 else 166 + 60 * j, 206 + 18 * i)
        return page

    return _drawn


@pytest.mark.parametrize("turn", [90, 270])
def test_upright_heads_are_in_their_cells(drawn, read, turn):
    found = read(drawn(turn))
    (table,) = [block for block in found if block.label == "table"]
    assert rows(table.content)[:2] == [["Pupil", *HEADS], ["Ann", "3", "1", "2"]]
    assert not any(head in block.content for block in found if block is not table for head in HEADS)


@pytest.mark.parametrize("turn", [90, 270])
def test_two_heads_of_other_lengths_beside_a_stamp(page, drawn, read, turn):
    drawn(turn, heads=("Reading and writing", "Sums"))
    page.insert_text((40, 600), "Class of May", fontsize=10, rotate=90)
    found = read(page)
    (table,) = [block for block in found if block.label == "table"]
    assert rows(table.content)[:2] == [["Pupil", "Reading and writing", "Sums"], ["Ann", "3", "1"]]
    assert "Class of May" in [block.content for block in found]


def test_what_is_turned_alone_is_no_head(page, drawn, read):
    drawn(90, heads=())
    page.insert_text((60, 184), "Class of May", fontsize=10, rotate=90)
    assert any(block.content == "Class of May" for block in read(page))


def turned(text: str, box: Rect) -> Line:
    return line_of([Word(text, box, 10)])


@pytest.mark.parametrize(("ends", "laid"), [((184, 184), (174, 184)), ((184, 170), (140, 150))])
def test_heads_are_laid_down_in_a_box_as_high_as_their_type(ends, laid):
    """At their feet where these are at one height, else at their tops."""
    heads = [turned("Reading", Rect(230, 140, 241, ends[0])), turned("Sums", Rect(290, 140, 301, ends[1]))]
    assert [(one.box, whole) for one, whole in upright_heads(heads)] == [
        (Rect(230, laid[0], 241, laid[1]), heads[0]),
        (Rect(290, laid[0], 301, laid[1]), heads[1]),
    ]


def test_lines_upside_down_are_no_heads():
    assert upright_heads([turned("Reading", Rect(230, 140, 280, 151)), turned("Sums", Rect(290, 140, 320, 151))]) == []
