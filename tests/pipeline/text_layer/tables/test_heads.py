"""How many rows a head has, and which columns its texts stand over."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.tables.text.heads import count_head_rows, head_cells
from tests.pipeline.text_layer.lines.test_rows import line


def rows_of(*texts: str) -> list[list[Line]]:
    """Rows of two texts each, parted by a bar."""
    return [[line(part, 100 + 80 * at, 200 + 16 * i) for at, part in enumerate(text.split("|"))]
            for i, text in enumerate(texts)]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        (["Port|Boats", "Norwich|3", "Cromer|5", "Holt|8", "Wells|none"], 1),
        # With few values below, nothing tells the first row from the others.
        (["Port|Boats", "Norwich|3", "Cromer|Ann", "Holt|Eve", "Wells|Ida"], 0),
        # One boat numbers no columns.
        (["Port|Boats", "Norwich|1", "Cromer|2", "Holt|5"], 1),
        # What stands over the labels is none of the values.
        (["12|Boats", "Norwich|3", "Cromer|5", "Holt|8"], 1),
        (["Port|Boats|Men", "(1)|(2)|(3)", "Cromer|2|4", "Holt|5|9"], 2),
    ],
)
def test_rows_above_the_values_are_the_head(texts, count):
    assert count_head_rows(rows_of(*texts), []) == count


def test_all_rows_above_the_first_rule_are_the_head():
    """Where none has values, or one; two rows with values are a first group."""
    rows = rows_of("Port|Boats", "of the coast|in May", "Norwich|3", "Cromer|5", "Holt|8")
    assert [count_head_rows(rows, [at]) for at in (205.0, 221.0, 237.0, 253.0)] == [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("extents", "x0", "x1", "columns"),
    [
        # Over one column, and in the middle of it and the next, into which it reaches.
        ([(0, 20), (30, 130)], 17, 113, (0, 1)),
        # At the right edge of its column, and nearly in the middle of it and the next.
        ([(0, 50), (100, 140), (150, 170)], 120, 140.2, (1, 1)),
        # In line with nothing in its column, and in the middle of it and the next.
        ([(0, 50), (100, 140), (150, 190)], 131, 149.2, (1, 2)),
        ([(0, 50), (100, 140), (150, 190)], 105, 135, (1, 1)),
    ],
)
def test_a_text_stands_over_the_columns_that_it_is_in_the_middle_of(extents, x0, x1, columns):
    text = line_of([Word("Boats", Rect(x0, 190, x1, 200), 10)])
    (cell,) = head_cells([[text]], extents, [])
    assert (cell.column, cell.column + cell.columns - 1) == columns
