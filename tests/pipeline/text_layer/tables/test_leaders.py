"""Dots that lead from a label to its values make no column, and none are put into heads."""

from __future__ import annotations

import re

import pymupdf
import pytest

ROWS = [("Wages of the crew", "900", "730"), ("Coal", "350", "410"), ("Repairs to the quay", "90", "75")]
ROWS += [("Dues", "12", "15"), ("Rope", "7", "8")]


def led(text: str, width: float, dots: str) -> str:
    while pymupdf.get_text_length(text + dots) < width:
        text += dots
    return text


@pytest.fixture
def table(page):
    """Labels and values of two years; leaders up to `first` from 50 and, where asked, behind the first value."""

    def draw(dots: str, first: float = 250, between: bool = False, rules: str = "rows") -> None:
        def write(text: str, right: float, y: float) -> None:
            page.insert_text((right - pymupdf.get_text_length(text, fontsize=11), y), text)

        for x, text in ((380, "1913"), (520, "1914")):
            write(text, x, 100)
        page.insert_text((50, 100), "Item")
        for i, (label, one, other) in enumerate(ROWS):
            y = 120 + 18 * i
            page.insert_text((50, y), led(label + (" " if dots[0] != " " else ""), first, dots))
            write(one, 380, y)
            write(other, 520, y)
            if between:
                page.insert_text((384, y), led("", 80, dots).strip())
        heights = {"none": (), "head": (86, 106, 198), "rows": (86, *(106 + 18 * i for i in range(6)))}[rules]
        for y in heights:
            page.draw_line((45, y), (530, y))
        if rules == "rows":
            for x in (45, 330, 400, 530):
                page.draw_line((x, 86), (x, 196))

    return draw


def cells(read, page) -> list[list[str]]:
    """Text of the cells, but for the leaders at its end."""
    (found,) = [block.content for block in read(page) if block.label == "table"]
    rows = [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in found.split("</tr>")[:-1]]
    return [[re.sub(r"(?<=\w)[ .·…]*$", "", cell) for cell in row] for row in rows]


@pytest.mark.parametrize("dots", [".", " .", ". "])
@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("rules", ["none", "head", "rows"])
def test_leaders_make_no_column(page, read, table, dots, between, rules):
    table(dots, between=between, rules=rules)
    assert cells(read, page) == [["Item", "1913", "1914"], *map(list, ROWS)]


def test_dots_by_themselves_are_a_value(page, read, table, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROWS", [(label, "...", other) for label, _, other in ROWS])
    table(".", rules="rows")
    assert [row[1] for row in cells(read, page)[1:]] == ["..."] * 5
