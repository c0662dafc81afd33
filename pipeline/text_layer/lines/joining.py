"""Pieces of one row → one line: what stands close, is set wide, or hangs behind its marker or number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from pipeline.text_layer.lines.blocks import SAME_LEFT, alike
from pipeline.text_layer.lines.lines import NEAR, Line, Ordered, Word, line_of, numbers_equation

MARKER = re.compile(
    r"^(?:[☐☑☒◻✓✔✗✘•◦▪●○■□‣⁃∙·➢❖✓–—*-]|\(?(?:[A-Z]?\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,3}\s?[:∶])$"
)
_HEADING_NUMBER = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,4}\.?$")
_CLAUSE = re.compile(
    r"^(?:\d{1,2}(?:\.\d{1,2}){1,4}\.?|§\s?\d{1,4}[a-z]?|(?:Art|Art\.|Article)\s?\d{1,3}|Q\d{1,3}[.:]?|"
    r"\[[A-Za-z+]{0,6}\d{1,4}[a-z]?\])$"
)
_ANSWERS = re.compile(r"^(?:[☐☒]\s?\w{1,4}\s*){2,3}$")
# Of the text behind the number of a clause. Fewer, and a table's numbered rows become lines of text; chosen.
_CLAUSE_WORDS = 4
_WORD = re.compile(r"[^\W\d_]{3}")
_RTL = re.compile("[\u0590-\u08ff]")


def join_rows(lines: tuple[Line, ...]) -> list[Line]:
    """Join pieces of one row that are less than half an em apart, and list markers with their item.

    Pieces up to two em apart are joined where the next row runs on under the gap: then no column ends there; those up
    to four em apart in a row that is as wide as the line of text above or below it (it was set wide to fill its
    column), or between a bold number and bold words (a heading).
    """
    joined = Ordered(lines)
    for neighbour in (_right_neighbour, _over_a_line, _set_wide, _heading_behind, _clause_behind, _asked_behind):
        joined = _chained(joined, neighbour)
    return list(joined)


def _chained(ordered: Ordered, neighbour: Callable[[Ordered, int], int | None]) -> Ordered:
    follower: dict[int, int] = {}
    taken: set[int] = set()
    for i in sorted(range(len(ordered)), key=lambda k: ordered[k].box.x0):
        j = neighbour(ordered, i)
        if j is not None and j not in taken:
            follower[i] = j
            taken.add(j)
    if not follower:
        return ordered
    joined = []
    for i in range(len(ordered)):
        if i not in taken:
            chain = [i]
            while chain[-1] in follower:
                chain.append(follower[chain[-1]])
            joined.append(_join([ordered[k] for k in chain]))
    return Ordered(joined)


def _right_neighbour(ordered: Ordered, i: int, reach: float = 0.5) -> int | None:
    """The nearest line in the same row that begins within `reach` em of the end of line i; sorted by top edge."""
    line = ordered[i]
    if MARKER.match(line.text) and not numbers_equation(line, _around(ordered, i)):
        reach = 4.0
    reach *= line.size
    best: tuple[float, bool, int, int] | None = None
    left, right = line.box.x0, line.box.x1 + reach
    level = ordered.level(i)
    for j in _row_mates(ordered, i, ordered.edges.between(left, right, level.start, level.stop)):
        other = ordered[j]
        gap = other.box.x0 - line.box.x1
        near = gap < reach and other.box.x0 > left and gap > -_overlap(line, other)
        if near and max(line.size, other.size) < 2.2 * min(line.size, other.size):
            rank = gap, j < i, abs(j - i), j
            best = rank if best is None else min(best, rank)
    return best[3] if best else None


def _around(ordered: Ordered, i: int) -> list[Line]:
    return ordered[max(i - NEAR, 0) : i + NEAR]


def _overlap(line: Line, other: Line) -> float:
    """How far a line may reach under its right neighbour: below a power, its index begins before the power ends."""
    slack = 0.5 * min(line.size, other.size)
    return max(slack, line.words[-1].box.width) if other.words[0].size <= 0.8 * other.size else slack


def _set_wide(ordered: Ordered, i: int) -> int | None:
    """A neighbour up to four em away, if their row fills the width of the line of text above or below it."""
    line = ordered[i]
    j = _right_neighbour(ordered, i, 4.0)
    if j is None:
        return None
    pitches = ((full, abs(full.box.y1 - line.box.y1)) for full in ordered.texts_near(i))
    fulls = [full for full, pitch in pitches if 0.8 * line.size < pitch < 1.7 * line.size]
    mates = [line, *(ordered[k] for k in _row_mates(ordered, i, ordered.level(i)))] if fulls else []
    for full in fulls:
        row = [mate for mate in mates if mate.box.x0 > full.box.x0 - 2 and mate.box.x1 < full.box.x1 + 2]
        if line not in row or ordered[j] not in row or not all(alike(mate, full) for mate in row):
            continue
        indent = min(mate.box.x0 for mate in row) - full.box.x0
        if indent < 4.0 * line.size and abs(max(mate.box.x1 for mate in row) - full.box.x1) < 2:
            return None if _parts_columns(ordered, i, j) else j
    return None


def _parts_columns(ordered: Ordered, i: int, j: int) -> bool:
    """Whether another row close by is white between the same two places: a column ends there."""
    a, b = ordered[i].box, ordered[j].box
    middle, reach = (a.x1 + b.x0) / 2, 3.0 * ordered[i].size
    near = [line for line in _around(ordered, i) if 0.5 * line.size < abs(line.box.y1 - a.y1) < reach]
    lefts = [line.box for line in near if line.box.x1 <= middle and line.box.overlap_x(a) > 0]
    rights = [line.box for line in near if line.box.x0 >= middle and line.box.overlap_x(b) > 0]
    return any(left.is_level_with(right) for left in lefts for right in rights)


def _heading_behind(ordered: Ordered, i: int) -> int | None:
    """The words of a heading up to four em behind their number, in bold type of the same size."""
    line = ordered[i]
    if not line.bold or not _HEADING_NUMBER.match(line.text):
        return None
    j = _right_neighbour(ordered, i, 4.0)
    return j if j is not None and alike(line, ordered[j]) and _WORD.search(ordered[j].text) else None


def _clause_behind(ordered: Ordered, i: int) -> int | None:
    """The text of a clause up to four em behind its hanging number, where nothing follows it as in a table's row."""
    line = ordered[i]
    if not _CLAUSE.match(line.text):
        return None
    j = _right_neighbour(ordered, i, 4.0)
    if j is None or not ordered[j].text[:1].isalpha() or _right_neighbour(ordered, j, 6.0) is not None:
        return None
    return (
        j if len(ordered[j].words) >= _CLAUSE_WORDS or _is_of_clauses(line, ordered[j], _around(ordered, i)) else None
    )


def _is_of_clauses(number: Line, text: Line, others: Sequence[Line]) -> bool:
    """Whether a short text behind a number stands below a clause whose number and text begin where these do."""
    apart = SAME_LEFT * text.size
    numbers = [one for one in others if one.box.y1 < number.box.y0 and abs(one.box.x0 - number.box.x0) < apart]
    texts = [one for one in others if abs(one.box.x0 - text.box.x0) < apart and len(one.words) >= _CLAUSE_WORDS]
    return any(_CLAUSE.match(n.text) and any(n.box.overlap_y(t.box) > 0.5 * n.size for t in texts) for n in numbers)


def _asked_behind(ordered: Ordered, i: int) -> int | None:
    """What is asked up to four em behind boxes that answer it: `☐ Yes ☐ No  Are you employed?`"""
    return _right_neighbour(ordered, i, 4.0) if _ANSWERS.match(ordered[i].text) else None


def _over_a_line(ordered: Ordered, i: int) -> int | None:
    """A neighbour up to two em away, if a line right below reaches from one to the other."""
    j = _right_neighbour(ordered, i, 2.0)
    if j is None:
        return None
    a, b = ordered[i].box, ordered[j].box
    floor = max(a.y1, b.y1)
    for k in range(i + 1, len(ordered)):
        below = ordered[k]
        if below.box.y0 > floor + 0.8 * ordered[i].size:
            return None
        under = below.box.middle[1] > floor and below.box.y0 > floor - 0.5 * below.size
        if under and below.box.x0 < a.x1 - below.size and below.box.x1 > b.x0 + below.size:
            return j
    return None


def _row_mates(ordered: Ordered, i: int, places: Iterable[int]) -> list[int]:
    """Those of some lines that share at least half of the smaller height with line i."""
    # Plain numbers: this runs for each line against many others, and properties cost more than the comparison.
    _, y0, _, y1 = ordered[i].box
    height = y1 - y0
    mates = []
    for j in places:
        _, top, _, bottom = ordered[j].box
        same_row = min(y1, bottom) - max(y0, top) >= 0.5 * min(height, bottom - top)
        if same_row and 0 < abs(j - i) < NEAR and abs(top - y0) < 2 * height:
            mates.append(j)
    return mates


def _join(pieces: list[Line]) -> Line:
    if len(pieces) == 1:
        return pieces[0]
    if sum(len(_RTL.findall(p.text)) for p in pieces) * 2 > sum(len(p.text) for p in pieces):
        pieces = pieces[::-1]
    words: list[Word] = []
    for piece in pieces:
        first = piece.words[0]
        apart = bool(words) and -first.box.overlap_x(words[-1].box) > 0.15 * first.size
        spaced = first.spaced or apart
        words += [Word(first.text, first.box, first.size, first.bold, first.mono, spaced), *piece.words[1:]]
    return line_of(words)
