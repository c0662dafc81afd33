"""Tables and the coloured areas and boxes that are drawn in them, or elsewhere on the page."""

from __future__ import annotations

from itertools import pairwise

import pymupdf
import pytest

from tests.pipeline.text_layer.tables.test_rows import put, tables
from tests.pipeline.text_layer.tables.test_tables import HTML, ROWS, STEP, TOP, XS, fill, horizontal

GREY = (0.85, 0.9, 0.95)


def box_of(row: int, column: int) -> pymupdf.Rect:
    return pymupdf.Rect(XS[column], TOP + STEP * row, XS[column + 1], TOP + STEP * (row + 1))


@pytest.mark.parametrize("kind", ["polygon", "rounded", "rectangle"])
def test_cells_of_any_shape_make_a_table_as_large_as_they_are(page, read, kind):
    for row in range(4):
        for column in range(3):
            box = box_of(row, column)
            if kind == "polygon":
                corners = (box.tl, box.tr, box.br, box.bl)
                page.draw_polyline(corners, color=None, fill=(0.8, 0.9, 1 - 0.1 * row), closePath=True)
            elif kind == "rounded":
                page.draw_rect((box.x0 + 2, box.y0 + 2, box.x1 - 2, box.y1 - 2), radius=0.2)
            else:
                page.draw_rect(box, color=None, fill=(0.8, 0.9, 1 - 0.1 * row))
    fill(page)
    (table,) = [block for block in read(page) if block.label == "table"]
    around = (170, 252, 663, 347) if kind == "rounded" else (166, 250, 666, 350)
    assert (table.content, table.box) == (HTML, around)


def test_a_chart_elsewhere_on_the_page_costs_no_table(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    fill(page)
    page.draw_line((80, 620), (400, 620))
    for i in range(4):
        page.draw_rect((100 + 60 * i, 580 - 30 * i, 125 + 60 * i, 620), fill=(0.3, 0.5, 0.8), color=None)
    assert tables(read(page)) == [HTML]


@pytest.mark.parametrize("bars", [3, 4])
@pytest.mark.parametrize("by_line", [True, False])
def test_bars_of_other_heights_on_one_line_are_no_table(page, read, bars, by_line):
    """Whatever stands under them and beside them in rows and columns."""
    heights = [20, 45, 70, 35][:bars]
    for i, height in enumerate(heights):
        box = pymupdf.Rect(140 + 80 * i, 300 - height, 180 + 80 * i, 300)
        if by_line:
            corners = (box.tl, box.tr, box.br, box.bl)
            page.draw_polyline(corners, fill=(0.3, 0.5, 0.8), color=None, closePath=False)
        else:
            page.draw_rect(box, fill=(0.3, 0.5, 0.8), color=None)
        page.insert_text((145 + 80 * i, 314), f"190{i}", fontsize=10)
        page.insert_text((145 + 80 * i, 214), f"{7 * height}", fontsize=10)
    for y in (200, 300, 320):
        page.draw_line((100, y), (150 + 80 * bars, y))
    page.insert_text((105, 214), "Boats", fontsize=10)
    page.insert_text((105, 314), "Year", fontsize=10)
    assert tables(read(page)) == []


def test_fields_of_one_height_in_a_row_are_no_bars(page, read):
    fill(page, [*ROWS, ["1904", "", "", ""]])
    horizontal(page, 0, 1, 5)
    for x in (160, 220, 300):
        page.draw_rect((x, 283, x + 40, 297), color=None, fill=GREY)
    assert tables(read(page)) == [HTML.replace("</table>", "<tr><td>1904</td><td></td><td></td></tr></table>")]


def test_a_ruled_table_and_one_on_grounds_between_upright_rules(page, read):
    fill(page)
    horizontal(page, 0, 1, 2, 3, 4)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))
    rows = [["Mill", "Wheels", "Men"], ["Old", "3", "12"], ["New", "1", "4"], ["Far", "4", "20"]]
    for i in range(4):
        page.draw_rect((100, 400 + 20 * i, 400, 420 + 20 * i), color=None, fill=(0.8, 0.9, 1 - 0.1 * (i % 2)))
    for x in XS:
        page.draw_line((x, 400), (x, 480))
    put(page, rows, [105, 205, 305], 414, 20)
    lines = ["".join(f"<t{'hd'[i > 0]}>{text}</t{'hd'[i > 0]}>" for text in row) for i, row in enumerate(rows)]
    assert tables(read(page)) == [HTML, f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"]


def test_texts_apart_in_a_cell_of_two_rows_and_two_columns_are_one_cell(page, read):
    put(page, [["North", "South", "East"], ["", "", "1"], ["2", "3", "4"]], [105, 205, 305], 214, 20)
    rules = [(100, 200, 400), (300, 220, 400), (100, 240, 400), (100, 260, 400)]
    for x0, y, x1 in rules:
        page.draw_line((x0, y), (x1, y))
    for x, top in ((100, 200), (200, 240), (300, 200), (400, 200)):
        page.draw_line((x, top), (x, 260))
    assert tables(read(page)) == [
        '<table><tr><td rowspan="2" colspan="2">North South</td><td>East</td></tr><tr><td>1</td></tr>'
        "<tr><td>2</td><td>3</td><td>4</td></tr></table>"
    ]


def test_words_of_a_cell_are_as_far_apart_as_they_are_printed(page, read):
    """A cell's words may come one by one, and parted by less than a space."""
    for i, (x0, x1) in enumerate(pairwise(XS)):
        for row in range(2):
            page.draw_rect((x0, TOP + STEP * row, x1, TOP + STEP * (row + 1)))
            for at, word in enumerate(("of", "the", "mill")):
                page.insert_text((x0 + 5 + 22 * at, TOP + 14 + STEP * row), f"{word}{i}", fontsize=10)
    cells = "".join(f"<td>of{i} the{i} mill{i}</td>" for i in range(3))
    assert tables(read(page)) == [f"<table><tr>{cells}</tr><tr>{cells}</tr></table>"]
