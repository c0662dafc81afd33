"""Captions in two parts, a name and a title in either order, above a table or below it."""

from __future__ import annotations

import pytest

ROWS = [("Boat", "1913", "1914"), ("Ann", "1,200", "1,300"), ("Eve", "350", "410"), ("Ida", "90", "75")]
TITLE = "Dues of the harbour in two years"


@pytest.fixture
def table(page, column, prose):
    """A table between rules from 200 to 272, with text far above it and below."""
    column(page, [prose[:90], prose[90:180], prose[180:200] + "."], 50, 80)
    for i, row in enumerate(ROWS):
        for x, text in zip((50, 200, 300), row, strict=True):
            page.insert_text((x, 214 + 16 * i), text, fontsize=10)
    for y in (200, 218, 268):
        page.draw_line((45, y), (345, y))
    column(page, [prose[:90], prose[90:180], prose[180:200] + "."], 50, 400)


def captions(read, page, kind: str = "table") -> list[str]:
    return [block.content for block in read(page) if block.label == f"{kind}_caption"]


@pytest.mark.parametrize("name", ["Table 1", "Table 1.", "TABLE IV", "Tabelle 3:", "Tab. 2"])
@pytest.mark.parametrize("font", ["helv", "hebo", "heit"])
@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_name_and_a_title_are_one_caption(page, read, table, name, font, above, first):
    y = 178 if above else 284
    lines = [name, TITLE] if first else [TITLE, name]
    for i, line in enumerate(lines):
        page.insert_text((50, y + 12 * i), line, fontsize=10, fontname=font)
    assert captions(read, page) == ["\n".join(lines)]


@pytest.mark.parametrize("y", [186, 284])
def test_a_name_at_the_far_side_of_its_title(page, read, table, y):
    page.insert_text((50, y), TITLE, fontsize=10)
    page.insert_text((305, y), "Table 1.", fontsize=10)
    assert captions(read, page) == [f"{TITLE}\nTable 1."]


@pytest.mark.parametrize("y", [190, 284])
def test_a_name_in_brackets(page, read, table, y):
    page.insert_text((50, y), f"{TITLE} (Table 1)", fontsize=10)
    assert captions(read, page) == [f"{TITLE} (Table 1)"]


def test_a_long_title_goes_on(page, read, table):
    for i, line in enumerate(["Table 1", "Dues of the harbour in two years, as the", "keeper of the book has them"]):
        page.insert_text((50, 284 + 12 * i), line, fontsize=10)
    assert captions(read, page) == ["Table 1\nDues of the harbour in two years, as the keeper of the book has them"]


@pytest.mark.parametrize("y", [190, 284])
def test_a_name_alone_is_a_caption(page, read, table, y):
    page.insert_text((50, y), "Table 1", fontsize=10)
    assert captions(read, page) == ["Table 1"]


def test_a_paragraph_before_a_name_is_none_of_its_title(page, read, table):
    page.insert_text((50, 174), "All of it is told in the table that follows.", fontsize=10)
    page.insert_text((50, 188), "Table 1", fontsize=10)
    assert captions(read, page) == ["Table 1"]


def test_a_name_and_a_title_under_a_picture(page, read, column, prose):
    column(page, [prose[:90], prose[90:180], prose[180:200] + "."], 50, 80)
    page.draw_rect((100, 140, 300, 260), fill=(0.5, 0.7, 0.9))
    page.draw_circle((200, 200), 40, fill=(0.9, 0.2, 0.1))
    page.draw_circle((150, 180), 20, fill=(0.1, 0.2, 0.9))
    column(page, ["Figure 1", "The harbour from the hill"], 100, 276)
    column(page, [prose[:90], prose[90:180], prose[180:200] + "."], 50, 400)
    assert captions(read, page, "image") == ["Figure 1\nThe harbour from the hill"]
