"""Clauses of statutes and contracts: the lines that begin them, by counting on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.lines import Line

_CLAUSE = re.compile(r"^(\(?)(\d{1,3}|[a-z]|[A-Z]|[ivxl]{2,6}|[IVXL]{2,6})([.)])\s+\S")
# A clause that begins within its section: "12. (1) …", "5.—(1) …", "(2)(a) …".
_INNER = re.compile(r"^\(?\w{1,6}[.)]\s?[—–-]?\s?(\()(\d{1,3}|[a-z]|[ivxl]{2,6})(\))\s+\S")
_LEADS = re.compile(r"(?:[:;,–—-]|\b(?:and|or))$")  # the end of a line that a clause follows
_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
_ROMAN = [tens + units for tens in ("", "x", "xx", "xxx") for units in _UNITS]  # by their value
# Em by which marks of one sequence may begin apart: the slant of an italic letter. Clauses within clauses are set in by
# an em and more; the drawn statutes of tests/pipeline/text_layer/paragraphs/test_clauses.py have 1 to 3.
LEVEL = 0.4
"""Em by which what begins at one place may begin apart."""


class _Opened(NamedTuple):
    """The last of a sequence: its value, its line, and where the next one may begin."""

    value: int
    line: int
    lefts: tuple[float, ...]


def items(block: Block) -> set[int]:
    """Lines that begin the clauses of a list by counting on, however deep: (1) (a) (i) (ii) (b) (2).

    A first one alone counts where the text before it leads to it: "the master shall— (a) …".
    """
    found: set[int] = set()
    opened: dict[tuple[str, str], _Opened] = {}
    for i, line in enumerate(block.lines):
        for mark in filter(None, (_CLAUSE.match(line.text), _INNER.match(line.text))):
            for kind, value in _values(mark[2]):
                key = mark[1] + mark[3], kind
                last = opened.get(key)
                if last and value == last.value + 1 and _is_level(line, block.lines[last.line], last.lefts):
                    found |= {last.line, i}
                    opened[key] = _Opened(value, i, (line.box.x0,))
                    break
                if value == 1:
                    opened[key] = _Opened(1, i, _lefts(line, mark))
                    leads = i and mark.re is _CLAUSE and _LEADS.search(block.lines[i - 1].text)
                    found |= {i} if leads else set()
    return found


def _lefts(line: Line, mark: re.Match[str]) -> tuple[float, ...]:
    """Where the clause behind a first one may begin: at its line's edge, or at a mark within the line."""
    own = f"({mark[2]})"
    # Of a word that ends with the mark, as "5.—(1)", its share of the letters tells well enough.
    inner = (word.box.x1 - word.box.width * len(own) / len(word.text) for word in line.words if word.text.endswith(own))
    return line.box.x0, *list(inner)[:1]


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


def _is_level(line: Line, before: Line, lefts: Iterable[float]) -> bool:
    """Whether two marks begin at one place, or their texts do, as behind Roman numbers that are set flush right."""
    texts = [one.words[1].box.x0 for one in (line, before) if len(one.words) > 1]
    near = LEVEL * line.size
    return any(abs(line.box.x0 - x) < near for x in lefts) or (len(texts) == 2 and abs(texts[0] - texts[1]) < near)
