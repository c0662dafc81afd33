"""Loops of whole lines: one line again and again, be it with other numbers or at other places on the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

MARKUP: Final = re.compile(r"<\|ref\|>.*?<\|/ref\|>|<\|det\|>.*?<\|/det\|>|<[^<>]*>")
"""What a line has beside its text: its label, its box, tags."""
CELL: Final = re.compile(r"</?(?:table|tr|td|th)\b")
"""Tables repeat lines without being loops."""
_NUMBER: Final = re.compile(r"\d+")
# Forms repeat short lines ("n/a") often, and long ones hardly ever: so both counts must be reached. Of 1,000 real
# tables and 240 pages of real paragraphs (tests, where those texts are there) none is taken for a loop.
_COPIES, _LETTERS = 6, 160  # of one line: so many copies with so many letters together
_MIXED_LINES, _MIXED_KINDS, _MIXED_LETTERS = 14, 3, 280  # of a few lines in any order
_COUNTED: Final = 30  # lines that differ in their numbers only; timetables have a dozen, a network never stops


def find_line_loop(text: str) -> int | None:
    """How many characters of a text are good, where it ends in a loop of whole lines; None where it does not.

    The last line may be unfinished. Lines of tables do not count, nor do a line's mark and box (`<|ref|>` …).
    """
    lines = list(_lines(text))
    same = _run(lines, lambda line: line.words)
    if same >= _COPIES and _letters(lines[-same:]) >= _LETTERS:
        return lines[-same].end
    counted = _run(lines, lambda line: _NUMBER.sub("0", line.words))
    if counted >= _COUNTED and _letters(lines[-counted:]) >= _LETTERS:
        return lines[-counted].end
    mixed = _few_kinds(lines)
    if mixed >= _MIXED_LINES and _letters(lines[-mixed:]) >= _MIXED_LETTERS:
        return lines[-mixed + _MIXED_KINDS - 1].end
    return None


@dataclass(frozen=True)
class _Line:
    words: str
    end: int  # in the text


def _lines(text: str) -> Iterator[_Line]:
    """Finished lines that say something and stand in no table."""
    place = 0
    for raw in text.split("\n")[:-1]:
        place += len(raw) + 1
        words = "" if CELL.search(raw) else MARKUP.sub("", raw).strip()
        if words:
            yield _Line(words, place - 1)


def _run(lines: list[_Line], key: Callable[[_Line], str]) -> int:
    """How many of the last lines are alike."""
    kinds = [key(line) for line in lines]
    return next((n for n, kind in enumerate(reversed(kinds)) if kind != kinds[-1]), len(kinds))


def _few_kinds(lines: list[_Line]) -> int:
    """How many of the last lines are of a few kinds, in any order, each of them more than once."""
    kinds: Counter[str] = Counter()
    found = 0
    for count, line in enumerate(reversed(lines), 1):
        kinds[line.words] += 1
        if len(kinds) > _MIXED_KINDS:
            break
        if min(kinds.values()) > 1:
            found = count
    return found


def _letters(lines: list[_Line]) -> int:
    return sum(c.isalpha() for line in lines for c in line.words)
