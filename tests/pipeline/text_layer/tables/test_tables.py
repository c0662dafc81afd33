"""Tables of the text layer: ruled, between rules, and by alignment alone."""

from __future__ import annotations

from itertools import pairwise

import pymupdf

ROWS = [["Year", "Floods", "Depth"], ["1901", "3", "1.2 m"], ["1902", "1", "0.4 m"], ["1903", "4", "2.0 m"]]
HTML = (
    "<table><tr><th>Year</th><th>Floods</th><th>Depth</th></tr><tr><td>1901</td><td>3</td><td>1.2 m</td></tr>"
    "<tr><td>1902</td><td>1</td><td>0.4 m</td></tr><tr><td>1903</td><td>4</td><td>2.0 m</td></tr></table>"
)
XS, TOP, STEP = [100, 200, 300, 400], 200, 20


def fill(page: pymupdf.Page, rows: list[list[str]] = ROWS) -> None:
    for i, row in enumerate(rows):
        for x, text in zip(XS, row, strict=False):
            page.insert_text((x + 5, TOP + 14 + STEP * i), text, fontsize=10)


def horizontal(page: pymupdf.Page, *rows: int) -> None:
    for i in rows:
        page.draw_line((XS[0], TOP + STEP * i), (XS[-1], TOP + STEP * i))


def tables(found) -> list[str]:
    return [block.content for block in found if block.label == "table"]


def test_a_ruled_table(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    fill(page)
    horizontal(page, 0, 1, 2, 3, 4)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))
    found = read(page)
    assert [block.label for block in found] == ["text", "table"]
    assert (found[1].content, found[1].box) == (HTML, (166, 250, 666, 350))


def test_round_marks_in_its_cells_make_a_grid_no_diagram(page, read):
    fill(page)
    horizontal(page, 0, 1, 2, 3, 4)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))
    for row in range(4):
        page.draw_circle((XS[2] - 20, TOP + 10 + STEP * row), 4)
    page.draw_circle((300, 600), 90)  # elsewhere, and large
    page.draw_circle((300, 600), 60)
    page.draw_circle((300, 600), 30)
    assert tables(read(page)) == [HTML]


def test_labels_beside_a_grid_are_its_own_below_another_grid_too(page, read):
    fill(page)
    horizontal(page, 0, 1, 2, 3, 4)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))
    mills = [["North mill", "3", "1.2"], ["South mill", "1", "0.4"], ["East mill", "4", "2.0"], ["West mill", "2", "1"]]
    for row, texts in enumerate([["", "Floods", "Depth"], *mills]):
        for x, text in zip((200, 305, 405), texts, strict=True):
            page.insert_text((x, 414 + STEP * row), text, fontsize=10)
    for row in range(6):
        page.draw_line((300, 400 + STEP * row), (500, 400 + STEP * row))
    for x in (300, 400, 500):
        page.draw_line((x, 400), (x, 400 + 5 * STEP))
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in texts)}</tr>" for texts in mills)
    assert tables(read(page)) == [
        HTML,
        f"<table><tr><th></th><th>Floods</th><th>Depth</th></tr>{rows}</table>",
    ]


def test_missing_rules_make_spans(page, read):
    fill(page, [["Mill", "Floods", ""], ["", "number", "depth"], ["Old", "3", "1.2 m"]])
    horizontal(page, 0, 2, 3)
    page.draw_line((XS[1], TOP + STEP), (XS[-1], TOP + STEP))
    for x in (XS[0], XS[1], XS[3]):
        page.draw_line((x, TOP), (x, TOP + 3 * STEP))
    page.draw_line((XS[2], TOP + STEP), (XS[2], TOP + 3 * STEP))
    assert tables(read(page)) == [
        '<table><tr><th rowspan="2">Mill</th><th colspan="2">Floods</th></tr>'
        "<tr><th>number</th><th>depth</th></tr><tr><td>Old</td><td>3</td><td>1.2 m</td></tr></table>"
    ]


def test_a_table_with_horizontal_rules_only(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    fill(page)
    horizontal(page, 0, 1, 4)
    assert tables(read(page)) == [HTML]


def test_a_table_without_rules(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    fill(page)
    column(page, [prose[:80]] * 3, 50, 330)
    found = read(page)
    assert tables(found) == [HTML]
    assert [block.label for block in found] == ["text", "table", "text"]


def test_cells_of_colour_make_a_table(page, read):
    for i in range(4):
        for x0, x1 in pairwise(XS):
            box = pymupdf.Rect(x0, TOP + STEP * i, x1, TOP + STEP * (i + 1))
            page.draw_rect(box, color=None, fill=(0.8, 0.9, 1 - 0.1 * i))
    fill(page)
    assert tables(read(page)) == [HTML]


def test_a_table_on_a_turned_page(read, page):
    fill(page)
    horizontal(page, 0, 1, 2, 3, 4)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 4 * STEP))
    page.set_rotation(90)
    (block,) = read(page)
    assert (block.content, block.box) == (HTML, (649, 166, 749, 666))


def test_cell_text_is_escaped(page, read):
    fill(page, [["a<b & c", "<|ref|>", "</td><td>"], ["1", "2", "3"]])
    horizontal(page, 0, 1, 2)
    for x in XS:
        page.draw_line((x, TOP), (x, TOP + 2 * STEP))
    assert tables(read(page)) == [
        "<table><tr><th>a&lt;b &amp; c</th><th>&lt; |ref|&gt;</th><th>&lt; /td&gt;&lt; td&gt;</th></tr>"
        "<tr><td>1</td><td>2</td><td>3</td></tr></table>"
    ]


def test_a_frame_around_prose_is_no_table(page, read, column, prose):
    page.draw_rect(pymupdf.Rect(40, 90, 560, 300))
    page.draw_line((40, 110), (560, 110))
    page.draw_line((50, 90), (50, 300))
    column(page, [prose[:85]] * 12, 60, 130)
    assert tables(read(page)) == []


def test_two_columns_of_prose_are_no_table(page, read, column):
    column(page, ["Water rises in 1901 every spring,", "and falls in 1902 every autumn,", "as it did in 1903."] * 4, 50)
    column(
        page, ["Mills stop in 1904 every winter,", "and start in 1905 every summer,", "as they did in 1906."] * 4, 320
    )
    assert tables(read(page)) == []


def test_a_table_of_contents_is_no_table(page, read, column):
    column(
        page,
        ["Preface . . . . . . . . . . . . . .", "Rivers . . . . . . . . . . . . . .", "Mills . . . . . . . . . . ."],
        50,
    )
    column(page, ["1", "12", "34"], 400)
    found = read(page)
    assert tables(found) == []


def test_a_rule_under_a_head_makes_it_span_and_only_then(page, read, column, prose):
    column(page, [prose[:80]] * 3, 50, 100)
    page.insert_text((250, TOP + 14), "Measured", fontsize=10)
    fill(page, [[], *ROWS])
    horizontal(page, 0, 2, 5)
    page.draw_line((XS[1], TOP + STEP), (XS[-1] - 10, TOP + STEP))
    body = HTML.removeprefix("<table>")
    assert tables(read(page)) == [f'<table><tr><th></th><th colspan="2">Measured</th></tr>{body}']


def test_a_caption_and_a_note_inside_the_frame_are_taken_out(page, read):
    fill(page, [["Table 1: Floods by year"], *ROWS, ["Source: the ledger"]])
    horizontal(page, *range(7))
    for x in (XS[0], XS[-1]):
        page.draw_line((x, TOP), (x, TOP + 6 * STEP))
    for x in XS[1:-1]:
        page.draw_line((x, TOP + STEP), (x, TOP + 5 * STEP))
    assert [(block.label, block.content) for block in read(page)] == [
        ("table_caption", "Table 1: Floods by year"),
        ("table", HTML),
        ("text", "Source: the ledger"),
    ]
