"""Rows in columns that are a list of contents."""

from __future__ import annotations

import pytest

from pipeline.text_layer.tables.bands import Band, is_contents
from tests.pipeline.text_layer.lines.test_rows import line


@pytest.mark.parametrize(("at", "expected"), [(450, True), (420, False)])
def test_page_numbers_stand_off_from_titles_by_a_quarter_of_the_width(at, expected):
    """Wherever on the page the list begins; nearer, they are the values of a table."""
    rows = tuple([line("of boats in the bay", 300, y), line(f"{y - 180}", at, y)] for y in range(200, 300, 16))
    end = rows[0][0].box.x1
    assert is_contents(Band(rows, ((end, at),))) == expected
