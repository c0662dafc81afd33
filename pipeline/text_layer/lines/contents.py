"""Contents lists without leaders: a column of page numbers, and a title on the row of each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.text_layer.lines.lines import Line, line_of
from pipeline.text_layer.lines.rows import by_baseline, entry

_NUMBER = re.compile(r"\d{1,4}$")
_TITLE = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7a3]")
# As for entries with leaders (`rows.py`): two may be a field of a form and its answer.
_FEWEST = 3
# Points within which numbers, and titles, begin or end at one edge: less than a digit's width.
_SAME_EDGE = 4.0
# Numbers that rise by one, five or ten count lines, rows or years, and no pages of anything worth a title.
_COUNTS = (0, 1, 5, 10)


def with_page_numbers(lines: Sequence[Line]) -> list[Line]:
    """Lines, where page numbers that stand in a column of their own are joined to the titles on their rows.

    A number on the left stands before its title as printed; one on the right gets leaders.
    """
    pairs = [pair for row in by_baseline(lines) if (pair := _pair(row))]
    joined: dict[int, Line] = {}
    for first, by_end in ((True, False), (False, False), (False, True)):
        for a, b in (pair for group in _groups(pairs, first, by_end) for pair in group):
            joined[id(a)] = joined[id(b)] = _numbered(a, b) if first else entry([a, b])
    out = {id(joined.get(id(line), line)): joined.get(id(line), line) for line in lines}
    return sorted(out.values(), key=lambda line: (line.box.y0, line.box.x0))


def _numbered(number: Line, title: Line) -> Line:
    return line_of([*number.words, replace(title.words[0], spaced=True), *title.words[1:]])


def _pair(row: Sequence[Line]) -> tuple[Line, Line] | None:
    """A row of one number and one title, from left to right."""
    if len(row) != 2:
        return None
    number, title = sorted(row, key=lambda line: not _NUMBER.match(line.text))
    is_entry = _NUMBER.match(number.text) and _TITLE.search(title.text) and not title.text[-1:].isdigit()
    return (row[0], row[1]) if is_entry else None


def _groups(pairs: Sequence[tuple[Line, Line]], first: bool, by_end: bool) -> Iterator[list[tuple[Line, Line]]]:
    """Pairs whose number is the first, or second, in one column each of numbers and titles, and which count pages.

    The numbers begin at one edge, or end there.
    """
    columns: dict[tuple[int, int], list[tuple[Line, Line]]] = defaultdict(list)
    for a, b in pairs:
        if bool(_NUMBER.match(a.text)) is first:
            number, title = (a, b) if first else (b, a)
            edge = number.box.x1 if by_end else number.box.x0
            columns[round(edge / _SAME_EDGE), round(title.box.x0 / _SAME_EDGE)].append((a, b))
    for group in columns.values():
        pages = [int((a if first else b).text) for a, b in group]
        steps = {later - earlier for earlier, later in pairwise(pages)}
        if len(group) >= _FEWEST and min(steps) >= 0 and not (len(steps) == 1 and steps <= set(_COUNTS)):
            yield group
