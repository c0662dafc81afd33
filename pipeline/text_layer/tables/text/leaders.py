"""Columns of dots that lead the eye from a label to its values."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.text_layer.lines.lines import LEADERS, Line
from pipeline.text_layer.tables.parts.grid import Table, without_empty

_DOTS = re.compile(r"[.·…]+")


def without_columns_of_leaders(table: Table) -> Table:
    """The table without columns that hold nothing but leaders. Those behind labels stay in their cells as printed: of
    the public tables with leaders the truth has them.
    """
    led = {cell.column for cell in table.cells if any(LEADERS.search(line.text) for line in cell.lines)}
    bare = led - {cell.column for cell in table.cells if not all(map(_is_dots, cell.lines))}
    if not bare:
        return table
    return replace(
        table, cells=without_empty([replace(cell, lines=()) if cell.column in bare else cell for cell in table.cells])
    )


def _is_dots(line: Line) -> bool:
    return all(_DOTS.fullmatch(word.text) for word in line.words)
