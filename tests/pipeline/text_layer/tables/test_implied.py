"""Rows that a grid's rules do not part, but its values do."""

from __future__ import annotations

import pytest

from tests.pipeline.text_layer.tables.test_rows import put, tables


@pytest.mark.parametrize("first", [True, False])
def test_values_part_rows_in_their_own_cells_only(page, read, first):
    """A name over two rows of cells, with three values in a cell beside it, stays one."""
    rows = [("Port", "Fee"), ("", "12"), ("", "9"), ("", "7"), ("", "22")]
    for i, (_, fee) in enumerate(rows):
        page.insert_text((205, 214 + 20 * i), fee, fontsize=10)
    put(page, [["Port"]], [105], 214)
    put(page, [["Norwich"]], [105], 253 if first else 264)
    for x in (100, 200, 300):
        page.draw_line((x, 200), (x, 300))
    for start, y in ((100, 200), (100, 220), (200, 280), (100, 300)):
        page.draw_line((start, y), (300, y))
    assert tables(read(page)) == [
        '<table><tr><th>Port</th><th>Fee</th></tr><tr><td rowspan="4">Norwich</td><td>12</td></tr>'
        "<tr><td>9</td></tr><tr><td>7</td></tr><tr><td>22</td></tr></table>"
    ]
