"""Labels that stand in the middle of several rows, and names in the middle of several columns, without rules."""

from __future__ import annotations

import re

import pymupdf
import pytest

from pipeline.text_layer.tables.text.groups import levelled
from tests.pipeline.text_layer.lines.test_rows import line
from tests.pipeline.text_layer.tables.test_rows import prose_around, put, tables

__all__ = ["prose_around"]

ROWS = [["Ann", "12"], ["Eve", "9"], ["Ida", "7"], ["Joan", "22"], ["Kit", "3"], ["Lou", "17"]]
PORTS = ["Norwich", "Cromer", "Holt"]


def spans(table: str) -> list[tuple[str, int]]:
    """The first cell of each row of the body that has one of its own, and over how many rows it goes."""
    found = []
    for row in table.split("</tr>")[1:-1]:
        name, rows = re.match(r'<tr><td(?: rowspan="(\d)")?>(.*?)</td>', row).group(2, 1)
        if name not in dict(ROWS):
            found.append((name, int(rows or 1)))
    return found


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([2, 4], [("Norwich", 2), ("Cromer", 4)]),
        ([4, 2], [("Norwich", 4), ("Cromer", 2)]),
        ([2, 2, 2], [("Norwich", 2), ("Cromer", 2), ("Holt", 2)]),
        ([3, 1, 2], [("Norwich", 3), ("Cromer", 1), ("Holt", 2)]),
        # Each in a row of its own: nothing says that it stands for the rows around it.
        ([3, 3], [("", 1), ("Norwich", 1), ("", 1), ("", 1), ("Cromer", 1), ("", 1)]),
    ],
)
def test_a_label_in_the_middle_of_its_rows_spans_them(page, read, prose_around, ruled, sizes, expected):
    put(page, [["Port", "Boat", "Fee"], *(["", *row] for row in ROWS)], [100, 200, 300], 180)
    first = 0
    for port, size in zip(PORTS, sizes, strict=False):
        page.insert_text((100, 196 + 16 * (first + (size - 1) / 2)), port, fontsize=10)
        first += size
    for y in (168, 184, 282) if ruled else ():
        page.draw_line((95, y), (340, y))
    (table,) = tables(read(page))
    assert table.startswith("<table><tr><th>Port</th><th>Boat</th><th>Fee</th></tr>")
    assert spans(table) == expected
    assert re.findall(r"<td>([^<]*)</td><td>([^<]*)</td></tr>", table) == [tuple(row) for row in ROWS]


def test_labels_in_rows_that_a_rule_parts_span_them(page, read, prose_around):
    put(page, [["Port", "Boat", "Fee"], *(["", *row] for row in ROWS)], [100, 200, 300], 180)
    for port, y in (("Norwich", 212), ("Cromer", 260)):
        page.insert_text((100, y), port, fontsize=10)
    for y in (168, 184, 232, 282):
        page.draw_line((95, y), (340, y))
    (table,) = tables(read(page))
    assert spans(table) == [("Norwich", 3), ("Cromer", 3)]


def test_labels_a_point_off_their_rows_are_in_these(page, read, prose_around):
    put(page, [["Port", "Boat", "Fee"], *(["", *row] for row in ROWS)], [100, 200, 300], 180)
    for port, y in (("Norwich", 213), ("Cromer", 261)):
        page.insert_text((100, y), port, fontsize=10)
    (table,) = tables(read(page))
    assert spans(table) == [("", 1), ("Norwich", 1), ("", 1), ("", 1), ("Cromer", 1), ("", 1)]


@pytest.mark.parametrize(("count", "rows"), [(2, 2), (3, 1), (5, 1)])
def test_three_lines_half_a_line_apart_are_one_row_for_the_eye(count, rows):
    """Two may be a row and the wrapped line of its neighbour."""
    given = [[line("mill", 100 + 80 * (i % 2), 200 + 6 * i)] for i in range(count)]
    assert [len(row) for row in levelled(given)] == ([1] * count if rows > 1 else [count])


@pytest.mark.parametrize("each", [2, 3])
def test_names_in_the_middle_of_as_many_columns_span_them(page, read, prose_around, each):
    lefts = [150 + 60 * i for i in range(2 * each)]
    for i, name in enumerate(("Boats", "Mills")):
        middle = (lefts[each * i] + lefts[each * i + each - 1] + pymupdf.get_text_length("1234", fontsize=10)) / 2
        page.insert_text((middle - pymupdf.get_text_length(name, fontsize=10) / 2, 180), name, fontsize=10)
    put(page, [["Year", *("east" for _ in lefts)]], [90, *lefts])
    put(page, [[f"190{row}", *(f"{row}{i}34" for i, _ in enumerate(lefts))] for row in range(5)], [90, *lefts], 212)
    (table,) = tables(read(page))
    head = f'<th colspan="{each}">Boats</th><th colspan="{each}">Mills</th>'
    assert table.startswith(f"<table><tr><th></th>{head}</tr><tr><th>Year</th>{'<th>east</th>' * 2 * each}</tr>")
