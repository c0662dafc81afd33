"""Grids with open parts, as forms have them: a text is one cell where no rule runs through it."""

from __future__ import annotations

import pytest

from pipeline.text_layer.tables.lattice import ruled_tables
from pipeline.text_layer.tables.parts.grid import Table
from pipeline.text_layer.tables.parts.rules import Rule
from tests.pipeline.text_layer.lines.test_rows import line


def rules(text: str) -> list[Rule]:
    """`at start end` of each."""
    return [Rule(*map(float, one.split())) for one in text.split(",")]


def rows(table: Table) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for cell in sorted(table.cells, key=lambda c: (c.row, c.column)):
        found.setdefault(cell.row, []).append(" ".join(part.text for part in cell.lines))
    return [[text for text in row if text] for row in found.values()]


@pytest.fixture
def form():
    """Two columns on the left; on the right an open part, into which a rule of another row's column reaches."""
    across = rules("0 0 400, 30 0 200, 60 0 200, 60 300 400, 90 0 400")
    down = rules("0 0 90, 100 0 90, 200 0 90, 300 60 90, 400 0 90")
    texts = [("one", 10, 20), ("two", 110, 20), ("name of the harbour office here", 210, 20), ("three", 10, 50),
             ("four", 110, 50), ("five", 10, 80), ("six", 110, 80), ("boats", 210, 80), ("nets", 310, 80)]  # fmt: skip
    lines = [line(*text) for text in texts]
    return ruled_tables(across, down, lines)


def test_a_text_in_an_open_part_is_one_cell(form):
    assert rows(form[0]) == [["one", "two", "name of the harbour office here"], ["three", "four"],
                             ["five", "six", "boats", "nets"]]  # fmt: skip
