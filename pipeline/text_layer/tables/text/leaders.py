"""Dots that lead the eye from a label to its values: no part of what a cell says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.text_layer.lines.lines import LEADERS, Line, Word, line_of
from pipeline.text_layer.tables.parts.grid import Table, without_empty

_DOTS = re.compile(r"[.·…]+")
_LED_WORD = re.compile(r"[.·…]{2,}$")  # one dot is a full stop
_ONE_DOT = re.compile(r"[.·…]+$")
# Of the distance between leaders, by which they may differ: they are set by one rule. Chosen.
_EVEN = 0.2


def without_leaders(table: Table) -> Table:
    """The table without the leaders of its cells, and without columns that hold nothing else.

    In a column with leaders two dots are some, too: those of a label that nearly fills it. In others dots by themselves
    are a value that is not known, and one behind a value is the first of the leaders beside it.
    """
    led = {cell.column for cell in table.cells if any(LEADERS.search(line.text) for line in cell.lines)}
    if not led:
        return table
    cells = [replace(cell, lines=tuple(_trimmed(cell.lines, cell.column in led))) for cell in table.cells]
    filled = {cell.column for cell in cells if cell.lines}
    return replace(table, cells=without_empty(cells) if led - filled else tuple(cells))


def _trimmed(lines: Sequence[Line], is_led: bool) -> Iterator[Line]:
    for line in lines:
        words, dots = list(line.words), list[Word]()
        while words[not is_led :] and _DOTS.fullmatch(words[-1].text):
            dots.insert(0, words.pop())
        if is_led and words:
            is_first = _is_evenly_behind(words[-1], dots)
            words[-1] = replace(words[-1], text=(_ONE_DOT if is_first else _LED_WORD).sub("", words[-1].text))
        if words:
            yield line_of(words)


def _is_evenly_behind(word: Word, dots: Sequence[Word]) -> bool:
    """Whether the dot at a word's end is no full stop but the first of single ones, as far apart as they are."""
    if len(dots) < 2 or len(dots[0].text) > 1:
        return False
    pitch = dots[1].box.x1 - dots[0].box.x1
    return abs(dots[0].box.x1 - word.box.x1 - pitch) < _EVEN * pitch
