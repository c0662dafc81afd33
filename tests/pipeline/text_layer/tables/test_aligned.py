"""Texts in columns that are lists, and no tables."""

from __future__ import annotations

import pytest

from pipeline.text_layer.tables.aligned import LINED, aligned_table
from tests.pipeline.text_layer.lines.test_rows import line


@pytest.mark.parametrize(
    ("rows", "is_list"),
    [
        (["1.|Ann of the hill", "2.|Eve of the bay", "3.|Ida of Wells"], True),
        (["1.|12", "2.|15", "3.|18"], True),
        (["Ann|of the hill", "Eve|of the bay", "Ida|of Wells"], False),
        # Lists side by side, whose items go on in lines of their own.
        (["• Ann|• Boat|• Port", "Hill|Mill|Quay", "• Eve|• Loft|• Yard", "Bay|Barn|Dock"], True),
        (["Ann|Boat|Port", "Hill|Mill|Quay", "Eve|Loft|Yard", "Bay|Barn|Dock"], False),
        # Bullets beside their texts, however short, with a line between that has none.
        (["•|ab", "•|cd", "All|ef", "•|gh", "•|ij"], True),
        (["•|7", "•|9", "All|5", "•|3", "•|8"], False),
    ],
)
def test_columns_of_marks_are_lists(rows, is_list):
    lines = [
        line(text, 100 + 80 * at, 200 + 18 * i) for i, row in enumerate(rows) for at, text in enumerate(row.split("|"))
    ]
    assert (aligned_table(lines, [], LINED) is None) == is_list
