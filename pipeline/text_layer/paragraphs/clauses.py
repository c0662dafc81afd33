"""Clauses of statutes and contracts: the lines that begin them, by counting on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.lines import Line

_CLAUSE = re.compile(r"^(\(?)(\d{1,3}|[a-z]|[A-Z]|[ivxl]{2,6}|[IVXL]{2,6})([.)])\s+\S")
_LEADS = re.compile(r"(?:[:;,–—-]|\b(?:and|or))$")  # the end of a line that a clause follows
_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = [tens + units for tens in ("", "x", "xx", "xxx") for units in _UNITS]  # by their value
# Em by which marks of one sequence may begin apart: the slant of an italic letter. Clauses within clauses are set in by
# an em and more; the drawn statutes of tests/pipeline/text_layer/paragraphs/test_clauses.py have 1 to 3.
LEVEL = 0.4
"""Em by which what begins at one place may begin apart."""


def items(block: Block) -> set[int]:
    """Lines that begin the clauses of a list by counting on, however deep: (1) (a) (i) (ii) (b) (2).

    A first one alone counts where the text before it leads to it: "the master shall— (a) …".
    """
    found: set[int] = set()
    opened: dict[tuple[str, str], tuple[int, int, float]] = {}  # the last of each sequence: its value, its line, its x
    for i, line in enumerate(block.lines):
        mark = _CLAUSE.match(line.text)
        for kind, value in _values(mark[2]) if mark else ():
            key = (mark[1] + mark[3], kind) if mark else ("", "")
            last = opened.get(key)
            if last and value == last[0] + 1 and _is_level(line, block.lines[last[1]], last[2]):
                found |= {last[1], i}
                opened[key] = value, i, line.box.x0
                break
            if value == 1:
                opened[key] = 1, i, line.box.x0
                found |= {i} if i and _LEADS.search(block.lines[i - 1].text) else set()
    return found


def _values(mark: str) -> Iterator[tuple[str, int]]:
    """What a mark may count: `i` is the first of Roman numbers and the ninth letter."""
    if mark.isdecimal():
        yield "number", int(mark)
        return
    case = "upper" if mark.isupper() else "lower"
    if (low := mark.lower()) in _ROMAN:
        yield f"{case} roman", _ROMAN.index(low)
    if len(mark) == 1:
        yield f"{case} letter", ord(low) - ord("a") + 1


def _is_level(line: Line, before: Line, x: float) -> bool:
    """Whether two marks begin at one place, or their texts do, as behind Roman numbers that are set flush right."""
    texts = [one.words[1].box.x0 for one in (line, before) if len(one.words) > 1]
    near = LEVEL * line.size
    return abs(line.box.x0 - x) < near or (len(texts) == 2 and abs(texts[0] - texts[1]) < near)
