"""Tables without rules as offices print them: with texts that end in numbers, beside lists, on striped grounds."""

from __future__ import annotations

import pytest

from tests.pipeline.text_layer.tables.test_rows import prose_around, put, tables

__all__ = ["prose_around"]

GREY = (0.93, 0.93, 0.93)
XS = [100, 150, 280, 350, 420]


def html(head: list[str], *rows: list[str]) -> str:
    lines = ["".join(f"<th>{text}</th>" for text in head)]
    lines += ["".join(f"<td>{text}</td>" for text in row) for row in rows]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def test_the_last_line_of_a_text_is_no_row_for_the_number_that_it_ends_with(page, read, prose_around):
    """Statements of accounts: each entry has an amount in one of two columns."""
    put(page, [["Date", "Details", "Out", "In", "Balance"]], XS, 180)
    entries = [
        ("2 May", "ref 81152", "12.50", ""),
        ("5 May", "ref 83669", "", "80.10"),
        ("9 May", "no. 5521", "4.00", ""),
    ]
    for i, (date, ref, out, into) in enumerate(entries):
        put(page, [[date, "Paid to the old mill", out, into, f"{91 + i}.00"], ["", ref]], XS, 198 + 30 * i, 12)
    rows = [
        [date, f"Paid to the old mill {ref}", out, into, f"{91 + i}.00"]
        for i, (date, ref, out, into) in enumerate(entries)
    ]
    assert tables(read(page)) == [html(["Date", "Details", "Out", "In", "Balance"], *rows)]


@pytest.mark.parametrize("mark", ["1", "2.", "•", "a)"])
def test_a_list_right_below_a_table_is_none_of_its_rows(page, read, prose_around, mark):
    rows = [["Boats", "12", "80.10", "4"], ["Mills", "3", "4.00", "11"], ["Ferries", "41", "9.75", "6"]]
    put(page, [["Kind", "Count", "Fee", "Men"], *rows], [130, 200, 260, 340], 180)
    put(page, [[mark, "All of them were counted in the spring."], [mark, "And again."]], [100, 118], 248)
    found = read(page)
    assert tables(found) == [html(["Kind", "Count", "Fee", "Men"], *rows)]
    text = "\n".join(block.content for block in found if block.label != "table")
    assert "All of them were counted in the spring." in text


def test_rows_that_are_numbered_are_no_list(page, read, prose_around):
    rows = [["1", "All boats of the bay", "12"], ["2", "Mills", "3"], ["3", "All ferries of the coast", "41"]]
    put(page, [["No", "Kind", "Count"], *rows], [100, 130, 280], 180)
    assert tables(read(page)) == [html(["No", "Kind", "Count"], *rows)]


@pytest.mark.parametrize("first", [1, 2])
def test_stripes_below_the_first_row_make_it_no_head(page, read, prose_around, first):
    """Style sheets that count the rows of the body paint every other one, its second for one."""
    rows = [["Boats", "Norwich", "12"], ["Mills", "Cromer", "3"], ["Ferries", "Holt", "41"], ["Inns", "Wells", "9"]]
    rows += [["Ponds", "Acle", "8"], ["Locks", "Diss", "77"]]
    for at in range(first, 7, 2):
        page.draw_rect((95, 184 + 16 * (at - 1), 330, 200 + 16 * (at - 1)), color=None, fill=GREY)
    put(page, [["Kind", "Town", "Count"], *rows], [100, 200, 300], 180)
    assert tables(read(page)) == [html(["Kind", "Town", "Count"], *rows)]


@pytest.mark.parametrize("second", ["of the coast", "of the coast and of both rivers"])
def test_values_in_the_middle_of_two_lines_are_in_one_row_with_them(page, read, prose_around, second):
    """Cells are set to the middle of their row, and most rows have one line."""
    put(page, [["Kind", "Count", "Fee"], ["Boats", "12", "80.10"], ["Mills", "3", "4.00"]], [100, 260, 320], 170)
    put(page, [["Ferries of both banks"], [second]], [100], 218, 16)
    put(page, [["", "41", "9.75"]], [100, 260, 320], 226)
    put(page, [["Inns", "9", "1.10"], ["Ponds", "8", "2.30"]], [100, 260, 320], 250)
    rows = [["Boats", "12", "80.10"], ["Mills", "3", "4.00"], [f"Ferries of both banks {second}", "41", "9.75"]]
    rows += [["Inns", "9", "1.10"], ["Ponds", "8", "2.30"]]
    assert tables(read(page)) == [html(["Kind", "Count", "Fee"], *rows)]


@pytest.mark.parametrize("town", ["Norwich", "Holt"])
def test_the_one_label_of_many_that_is_longest_keeps_to_its_column(page, read, town):
    """A tenth of the rows may run across a gutter, and it does not: the text beside it is the next column's."""
    rows = [[str(i), "Boats", town, f"{i}.50"] for i in range(1, 14)]
    rows[6][1] = "Ferries of both banks"
    put(page, [["No", "Kind", "Town", "Fee"], *rows], [100, 130, 245, 320], 100)
    assert tables(read(page)) == [html(["No", "Kind", "Town", "Fee"], *rows)]
