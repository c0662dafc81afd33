"""Tables that show by alignment, with rules and grounds near them that say much, little or nothing."""

from __future__ import annotations

import pytest

from tests.pipeline.text_layer.tables.test_rows import ROWS, prose_around, put, tables

__all__ = ["prose_around"]

GREY = (0.85, 0.9, 0.95)
HEAD = ["Year", "Floods", "Depth"]
HTML = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ROWS)
WITH_HEAD = f"<table><tr>{''.join(f'<th>{text}</th>' for text in HEAD)}</tr>{HTML}</table>"
NAMES = [["Ann", "Eve", "Ida"], ["Mayor", "Clerk", "Warden"], ["Norwich", "Cromer", "Holt"], ["May", "June", "July"]]


@pytest.mark.parametrize(("start", "end"), [(40, 560), (95, 560), (40, 325)])
def test_a_rule_that_reaches_far_beyond_a_table_is_the_pages(page, read, prose_around, start, end):
    """It ends no head, though it runs below the first row with values."""
    put(page, [HEAD, *ROWS], [100, 200, 300], 180)
    page.draw_line((start, 201), (end, 201))
    assert tables(read(page)) == [WITH_HEAD]


@pytest.mark.parametrize("second", [100, 200])
def test_captions_under_each_other_are_not_of_tables_side_by_side(page, read, prose_around, second):
    put(page, [["Table 1: Floods of all the valley"], HEAD, *ROWS], [100], 164)
    page.insert_text((second, 244), "Table 2: Floods of the hill", fontsize=10)
    put(page, [row[1:] for row in [HEAD, *ROWS]], [200, 300], 180)
    assert tables(read(page)) == [WITH_HEAD]


def test_columns_of_equations_are_no_table(page, read, prose_around):
    put(page, [[f"{x} = {n + i}" for i, x in enumerate("abc")] for n in range(5)], [100, 200, 300], 180)
    assert tables(read(page)) == []


def test_a_formula_in_columns_with_its_number_is_no_table(page, read, prose_around):
    put(page, [["2", "4", "", "6"], ["1", "3", "=", "5", "(7)"], ["7", "9", "", "1"]], [100, 160, 220, 280, 340], 180)
    assert tables(read(page)) == []


def test_one_row_on_a_ground_does_not_make_two_rows_of_words_a_table(page, read, prose_around):
    page.draw_rect((95, 185, 340, 200), color=None, fill=GREY)
    put(page, NAMES[:2], [100, 200, 300])
    assert tables(read(page)) == []


def test_a_ground_elsewhere_on_the_page_says_nothing_of_a_table(page, read, prose_around):
    page.draw_rect((95, 600, 340, 615), color=None, fill=GREY)
    put(page, NAMES[:3], [100, 200, 300])
    assert tables(read(page)) == []


def test_the_ground_of_one_cell_parts_no_lines_of_the_cell_beside_it(page, read, prose_around):
    page.draw_rect((295, 187, 340, 199), color=None, fill=GREY)
    put(page, [["Year", "Mill", "Depth"], ["1901", "Mill at the", "1.2 m"]], [100, 200, 300], 180)
    put(
        page,
        [["", "old bridge"], ["", "", ""], ["1902", "New mill", "0.4 m"], ["1903", "All", "2.0 m"]],
        [100, 200, 300],
        208,
        8,
    )
    (table,) = tables(read(page))
    assert "<tr><td>1901</td><td>Mill at the old bridge</td><td>1.2 m</td></tr><tr><td>1902</td>" in table


@pytest.mark.parametrize(("headed", "second", "count"), [(True, 500, 0), (False, 488, 0), (False, 500, 1)])
def test_only_rows_of_cells_on_grounds_make_long_texts_a_table(page, read, prose_around, headed, second, count):
    """Headings on grounds of one width do not, nor grounds of two widths."""
    long = [["The boats of the old mill on the", "All came in by the end of the"] for _ in range(4)]
    rows = [long[0], ["Inner harbour"], long[1], ["Outer harbour"], long[2], long[3]]
    for y, right in zip((201, 233) if headed else (185, 217), (500, second), strict=True):
        page.draw_rect((95, y, right, y + 15), color=None, fill=GREY)
    put(page, rows, [100, 300])
    assert len(tables(read(page))) == count


def test_three_who_sign_are_no_table(page, read, prose_around):
    put(page, NAMES, [100, 220, 340])
    for x in (100, 220, 340):
        page.draw_line((x, 184), (x + 80, 184))
    assert tables(read(page)) == []


def test_what_stands_so_without_lines_to_sign_on_is_one(page, read, prose_around):
    put(page, NAMES, [100, 220, 340])
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in NAMES)
    assert tables(read(page)) == [f"<table>{rows}</table>"]
