"""Which lines of a table begin a row, and which go on in the cells above."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.wraps import banded, table_rows
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


def test_a_name_over_two_columns_tells_where_rows_begin_small_too():
    rows = [{(0, 1): "Boat of all", (2, 2): "made of oak"}, {(2, 2): "and of elm"}]
    rows.append({(0, 0): "Mill", (1, 1): "big", (2, 2): "Stone, wide as it is"})
    assert len(rows_of(*rows)) == 3


def test_how_far_a_column_reaches_only_texts_in_it_alone_tell():
    rows = [
        {(0, 0): "Ann of the hill", (1, 1): "12"},
        {(0, 0): "And the bay"},
        {(0, 2): "All of the ports of the coast"},
    ]
    assert len(rows_of(*rows)) == 2


@pytest.mark.parametrize("x", [105, 110])
def test_lines_set_to_the_middle_or_the_right_of_their_column_are_one_text(x):
    upper, lower = line("Of the oak and elm,", x, 200), line("And all of the others", 100, 212)
    assert table_rows([[((0, 0), upper)], [((0, 0), lower)]]) == [[((0, 0), upper), ((0, 0), lower)]]


def test_a_short_line_at_the_right_of_its_column_had_room():
    upper, lower = line("Ann,", 177, 200), line("And all of the others", 100, 212)
    assert len(table_rows([[((0, 0), upper)], [((0, 0), lower)]])) == 2


@pytest.mark.parametrize(
    ("heights", "parted", "count"),
    [
        ((200, 212, 224, 236, 248, 260), (214, 238), 6),
        ((200, 216, 232, 248, 259), (204, 220, 236), 4),
    ],
)
def test_rules_part_rows_or_groups_of_rows(heights, parted, count):
    """Where most rules part two rows, lines between two of them are one row; groups keep theirs."""
    rows = [[((0, 0), line("Ann", 100, y)), ((1, 1), line("bay", 180, y))] for y in heights]
    assert len(banded(rows, parted)) == count
