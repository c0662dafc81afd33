"""What is a row of a table, a row of its head or a text of its own, where no rules or few say so."""

from __future__ import annotations

from collections.abc import Sequence

import pymupdf
import pytest

ROWS = [["1901", "3", "1.2 m"], ["1902", "1", "0.4 m"], ["1903", "4", "2.0 m"]]
BODY = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ROWS)


def put(page: pymupdf.Page, rows: list[list[str]], xs: Sequence[float], y: float = 196, step: float = 16) -> None:
    """Texts of rows from the places `xs` on; none where a text is empty."""
    for i, row in enumerate(rows):
        for x, text in zip(xs, row, strict=False):
            if text:
                page.insert_text((x, y + step * i), text, fontsize=10)


@pytest.fixture
def prose_around(page, column, prose):
    for y in (80, 340):
        column(page, [prose[:90], prose[90:180], prose[:90]], 50, y)


def tables(found) -> list[str]:
    return [block.content for block in found if block.label == "table"]


def test_a_name_over_one_column_is_of_its_head(page, read, prose_around):
    put(page, [["", "Measured"], ["Year", "Floods", "Depth"], *ROWS], [100, 200, 300], 180)
    head = "<tr><th>Year</th><th>Measured Floods</th><th>Depth</th></tr>"
    assert tables(read(page)) == [f"<table>{head}{BODY}</table>"]


def test_names_in_the_middle_of_two_columns_each_span_them(page, read, prose_around):
    for text, middle in (("Boats", 232), ("Mills", 432)):
        page.insert_text((middle - pymupdf.get_text_length(text, fontsize=10) / 2, 180), text, fontsize=10)
    put(page, [["Year", "North", "South", "East", "West"]], [100, 180, 260, 380, 460])
    put(page, [[f"190{i}", f"{i + 3}", f"{i + 14}", f"{i + 25}", f"{i + 36}"] for i in range(5)],
        [100, 185, 265, 385, 465], 212)  # fmt: skip
    (table,) = tables(read(page))
    assert table.startswith(
        '<table><tr><th></th><th colspan="2">Boats</th><th colspan="2">Mills</th></tr>'
        "<tr><th>Year</th><th>North</th><th>South</th><th>East</th><th>West</th></tr>"
        "<tr><td>1900</td><td>3</td><td>14</td><td>25</td><td>36</td></tr>"
    )


def test_how_many_a_group_has_is_of_the_head(page, read, prose_around):
    rows = [["", "Men", "Women"], ["", "(n = 120)", "(n = 98)"], ["Smokers", "30", "12"], ["Drinkers", "55", "23"]]
    for i, row in enumerate(rows):
        for x, text in zip((100, 260, 360), row, strict=True):
            right = x - pymupdf.get_text_length(text, fontsize=10) if x > 100 else x
            page.insert_text((right, 180 + 16 * i), text, fontsize=10)
    for y in (166, 202, 236):
        page.draw_line((95, y), (370, y))
    assert tables(read(page)) == [
        "<table><tr><th></th><th>Men (n = 120)</th><th>Women (n = 98)</th></tr>"
        "<tr><td>Smokers</td><td>30</td><td>12</td></tr><tr><td>Drinkers</td><td>55</td><td>23</td></tr></table>"
    ]


def test_a_text_goes_on_behind_a_comma_though_a_capital_follows(page, read, prose_around):
    people = (("Keller,", "Anna", "Norwich", "12.50"), ("Miller,", "Ben", "Cromer", "9.00"))
    for i, (name, first, town, fee) in enumerate(people):
        put(page, [[name, town, fee], [first]], [100, 220, 340], 198 + 30 * i, 12)
    put(page, [["Name", "Town", "Fee"]], [100, 220, 340], 180)
    for y in (168, 185, 250):
        page.draw_line((95, y), (380, y))
    assert tables(read(page)) == [
        "<table><tr><th>Name</th><th>Town</th><th>Fee</th></tr><tr><td>Keller, Anna</td><td>Norwich</td><td>12.50</td>"
        "</tr><tr><td>Miller, Ben</td><td>Cromer</td><td>9.00</td></tr></table>"
    ]


def test_bullets_in_the_last_column_are_answers(page, read, prose_around):
    put(page, [["Boat", "Sails", "Oars"], ["Ann", "•", ""], ["Eve", "", "•"], ["Ida", "•", "•"]], [100, 220, 340], 180)
    for y in (168, 184, 234):
        page.draw_line((95, y), (380, y))
    assert tables(read(page)) == [
        "<table><tr><th>Boat</th><th>Sails</th><th>Oars</th></tr><tr><td>Ann</td><td>·</td><td></td></tr>"
        "<tr><td>Eve</td><td></td><td>·</td></tr><tr><td>Ida</td><td>·</td><td>·</td></tr></table>"
    ]


def test_numbers_that_rise_behind_two_texts_are_no_pages_of_contents(page, read, prose_around):
    rows = [
        ["Ann", "Norwich", "3"],
        ["Eve", "Great Yarmouth", "7"],
        ["Ida", "Lowestoft", "12"],
        ["Joan", "Cromer", "25"],
    ]
    rows += [["Kit", "Wells", "31"], ["Lou", "Holt", "44"]]
    put(page, rows, [100, 200, 420], 180)
    cells = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    assert tables(read(page)) == [f"<table>{cells}</table>"]


def test_rows_over_all_columns_that_are_no_caption_stay_in_the_table(page, read):
    """Nor is what looks like a caption, or a note, taken from between two rows."""
    rows = [["Floods of the valley"], ["Year", "Floods", "Depth"], *ROWS[:1], ["Table 2: of the hill"],
            ["Source: the ledger"], *ROWS[1:2], ["All that was measured"]]  # fmt: skip
    put(page, rows, [105, 205, 305], 214, 20)
    for i in range(8):
        page.draw_line((100, 200 + 20 * i), (400, 200 + 20 * i))
        for x in (100, 400) if i == 7 or len(rows[i]) == 1 else (100, 200, 300, 400):
            if i < 7:
                page.draw_line((x, 200 + 20 * i), (x, 220 + 20 * i))
    (block,) = read(page)
    assert [row.count("<t") for row in block.content.split("</tr>")[:-1]] == [3, 4, 4, 2, 2, 4, 2]
    assert all(f">{row[0]}<" in block.content for row in rows)


def test_grids_of_boxes_with_other_columns_are_two_tables(page, read):
    for columns, top in ((3, 100), (2, 190)):
        for i in range(9 if columns == 3 else 6):
            row, at = divmod(i, columns)
            page.draw_rect((100 + 105 * at, top + 25 * row, 200 + 105 * at, top + 20 + 25 * row))
            page.insert_text((105 + 105 * at, top + 14 + 25 * row), f"{columns}{row}{at}", fontsize=10)
    first, second = tables(read(page))
    assert [table.count("<tr>") for table in (first, second)] == [3, 3]
    assert [table.count("<td>") for table in (first, second)] == [9, 6]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_grounds_of_one_row_are_no_table(page, read, column, prose, count):
    column(page, [prose[:90], prose[90:180]], 50, 80)
    for at, text in enumerate(["Year", "Floods", "Depth"][:count]):
        box = pymupdf.Rect(100 + 100 * at, 200, 200 + 100 * at, 220)
        page.draw_rect(box, color=None, fill=(0.8, 0.9, 1 - 0.1 * at))
        page.insert_text((105 + 100 * at, 214), text, fontsize=10)
    assert [block.label for block in read(page)] == ["text"] * (1 + count)


def test_a_line_of_ten_words_in_one_column_is_no_sentence_across_the_table(page, read, prose_around):
    said = ["She lies at the quay in the harbour for the night and all", "of it is to be put in by the end of the day"]
    people = (("Ann", "12.50"), ("Eve", "9.00"), ("Ida", "7.25"))
    put(page, [["Boat", "Said of her", "Fee"]], [60, 150, 440], 180)
    for i, (boat, fee) in enumerate(people):
        put(page, [[boat, said[0], fee], ["", said[1]]], [60, 150, 440], 198 + 30 * i, 12)
    for y in (168, 185, 280):
        page.draw_line((55, y), (480, y))
    rows = "".join(f"<tr><td>{boat}</td><td>{' '.join(said)}</td><td>{fee}</td></tr>" for boat, fee in people)
    assert tables(read(page)) == [f"<table><tr><th>Boat</th><th>Said of her</th><th>Fee</th></tr>{rows}</table>"]


def test_all_cells_of_a_row_go_on_behind_commas(page, read, prose_around):
    rows = [["Name", "Town"], ["Keller,", "Norwich,"], ["Anna", "Norfolk"], ["Miller,", "Cromer,"], ["Ben", "Norfolk"]]
    put(page, rows, [100, 200], 194, 13)
    for y in (182, 198, 252):
        page.draw_line((95, y), (260, y))
    assert tables(read(page)) == [
        "<table><tr><th>Name</th><th>Town</th></tr><tr><td>Keller, Anna</td><td>Norwich, Norfolk</td></tr>"
        "<tr><td>Miller, Ben</td><td>Cromer, Norfolk</td></tr></table>"
    ]


def test_a_row_in_smaller_type_below_the_last_rule_is_not_of_the_table(page, read, prose_around):
    put(page, [["Year", "Floods", "Depth"], *ROWS], [100, 200, 300], 194)
    for x, text in ((100, "a told"), (200, "b seen"), (300, "c said")):
        page.insert_text((x, 258), text, fontsize=7)
    for y in (182, 198, 246):
        page.draw_line((95, y), (380, y))
    found = read(page)
    assert tables(found) == [f"<table><tr><th>Year</th><th>Floods</th><th>Depth</th></tr>{BODY}</table>"]
    assert sum(block.content in ("a told", "b seen", "c said") for block in found) == 3


def test_marks_of_items_far_from_their_texts_make_no_table(page, read, prose_around):
    texts = ["Boats at the quay", "Mills on the hill", "Nets in the loft", "Oars in the shed"]
    put(page, [[f"{mark})", text] for mark, text in zip("abcd", texts, strict=True)], [100, 160], 180)
    assert tables(read(page)) == []
