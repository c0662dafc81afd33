"""Which lines of a table begin a row, and which go on in the cells above."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.wraps import table_rows
from tests.pipeline.text_layer.lines.test_rows import line

LINES = (200, 212, 224)


def rows_of(*rows: dict[tuple[int, int], str]) -> list[list[str]]:
    """The texts of table rows, given lines by the columns that they reach over, 80 points each."""
    grid: list[list[tuple[tuple[int, int], Line]]] = [
        [(span, line(text, 100 + 80 * span[0], y)) for span, text in row.items()]
        for row, y in zip(rows, LINES, strict=False)
    ]
    return [[piece.text for _, piece in row] for row in table_rows(grid)]


def test_a_text_over_two_columns_goes_on_in_neither():
    assert rows_of({(0, 0): "Ann of the hill", (1, 1): "bay"}, {(0, 1): "and of the bay"}) == [
        ["Ann of the hill", "bay"],
        ["and of the bay"],
    ]
    assert len(rows_of({(0, 1): "Ann of the hill and bay"}, {(0, 0): "and of the bay"})) == 2


@pytest.mark.parametrize("begins", ["of it", "pH of it"])
def test_a_line_goes_on_where_it_begins_small_and_rows_never_do(begins):
    rows = rows_of(
        {(0, 0): "Measured the", (1, 1): "12"}, {(0, 0): begins}, {(0, 0): "All that was measured", (1, 1): "9"}
    )
    assert rows == [["Measured the", "12", begins], ["All that was measured", "9"]]


def test_a_line_begins_a_row_where_rows_begin_small_and_its_first_word_had_room():
    rows = [
        {(0, 0): "Boat", (1, 1): "made of oak"},
        {(1, 1): "and of elm"},
        {(0, 0): "Mill", (1, 1): "of stone, wide as it is"},
    ]
    assert rows_of(*rows) == [list(row.values()) for row in rows]


def test_lines_set_to_the_middle_of_their_column_are_one_text():
    upper, lower = line("Of the oak and elm,", 105, 200), line("And all of the others", 100, 212)
    assert table_rows([[((0, 0), upper)], [((0, 0), lower)]]) == [[((0, 0), upper), ((0, 0), lower)]]
