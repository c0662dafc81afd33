"""Heads that are underlined make no lines to sign on of a table's first row."""

from __future__ import annotations

import pytest

from ocr2cli import convert
from tests.support.drawn import drawn_page, show

ROWS = [("Oars", "40.40"), ("Sails", "80.80"), ("Ropes and lines", "1,050.00"), ("Lamps", "87.50"), ("Buoys", "8.10")]
HEADS = ["Kept in the loft", "Price"]


@pytest.mark.parametrize("below", [-1.5, 0.5, 1.5, 2.5])
def test_underlined_heads(below):
    content = show(HEADS[0], 60, 700) + show(HEADS[1], 220, 700)
    content += f"0.5 w 60 {700 - below} m 142 {700 - below} l S 220 {700 - below} m 246 {700 - below} l S\n"
    for i, (name, price) in enumerate(ROWS):
        content += show(name, 60, 680 - 16 * i) + show(price, 220, 680 - 16 * i)
    markdown = convert(drawn_page(content).parent.tobytes(), model="text-layer").markdown
    assert markdown.count("<tr>") == 6
    assert all(f"<td>{name}</td><td>{price}</td>" in markdown for name, price in ROWS)
