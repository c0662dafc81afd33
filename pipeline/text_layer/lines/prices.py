"""Price lists that are no tables: a name, its price at the far side of its row, and below them what it is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.text_layer.lines.blocks import Block, make_blocks
from pipeline.text_layer.lines.lines import Line, line_of
from pipeline.text_layer.lines.rows import by_baseline

# An amount with its cents or its currency; bare numbers are pages, years or counts.
_CURRENCY = r"(?:[$€£¥₹]|[A-Z]{3}|Fr\.|zł|Kč|kr)"
_AMOUNT = re.compile(
    rf"{_CURRENCY}?\s?\d[\d.,' ]*[.,](?:\d\d|[-–—])\s?{_CURRENCY}?|{_CURRENCY}\s?\d+|\d+\s?{_CURRENCY}"
)
_NAME = re.compile(r"[^\W\d_]{2}|[\u3040-\u9fff\uac00-\ud7a3]")
# As for entries of contents (`contents.py`): two may be a field of a form and its answer; and points within which names
# begin, and prices end, at one edge.
_FEWEST, _SAME_EDGE = 3, 4.0


def with_prices(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with each price in the line of its name where several stand so. Tables are no longer among them."""
    lines = [line for block in blocks for line in block.lines]
    columns: dict[tuple[int, int], list[tuple[Line, Line]]] = defaultdict(list)
    for row in by_baseline(lines):
        if len(row) == 2 and _NAME.search(row[0].text) and _AMOUNT.fullmatch(row[1].text):
            columns[round(row[0].box.x0 / _SAME_EDGE), round(row[1].box.x1 / _SAME_EDGE)].append((row[0], row[1]))
    pairs = [pair for column in columns.values() if len(column) >= _FEWEST for pair in column]
    whole = {id(name): _priced(name, price) for name, price in pairs}
    gone = {id(price) for _, price in pairs}
    out: list[Block] = []
    for block in blocks:
        left = [whole.get(id(line), line) for line in block.lines if id(line) not in gone]
        out += [block] if tuple(left) == block.lines else make_blocks(left)
    return out


def _priced(name: Line, price: Line) -> Line:
    return line_of([*name.words, replace(price.words[0], spaced=True), *price.words[1:]])
