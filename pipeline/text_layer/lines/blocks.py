"""Lines → blocks: lines of one size that follow each other at the usual pitch, each the only neighbour of the next."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from pipeline.text_layer.characters.maths import MATHS, is_wordless
from pipeline.text_layer.lines.geometry import Rect, bounds
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
_LONE_NUMBER = re.compile(r"^\d{1,4}$")
_WORD = re.compile(r"[^\W\d_]{3}")
_INSET = 2.0  # em from the edge of its text: display formulas stand in the middle or are set in by two em and more
_SAME_LEFT = 0.3  # em by which two lines of one column begin apart: an optical margin or a scan askew
_RTL = re.compile("[\u0590-\u08ff]")


@dataclass(frozen=True)
class Block:
    """Lines of one column without a gap between them, from top to bottom."""

    lines: tuple[Line, ...]
    box: Rect

    @cached_property
    def size(self) -> float:
        return median(line.size for line in self.lines)


def block_of(lines: list[Line]) -> Block:
    return Block(tuple(lines), bounds(line.box for line in lines))


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
        if line not in row or ordered[j] not in row or not all(_alike(mate, full) for mate in row):
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
    return j if j is not None and _alike(line, ordered[j]) and _WORD.search(ordered[j].text) else None


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
    apart = _SAME_LEFT * text.size
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


def make_blocks(lines: list[Line]) -> list[Block]:
    """Group lines (sorted by top edge) from the bottom up; blocks come sorted by top edge."""
    below = _neighbours(lines)
    above: dict[int, list[int]] = defaultdict(list)
    for i, targets in below.items():
        for j in targets:
            above[j].append(i)
    _part_last_words(lines, below, above)
    pairs = [(i, js[0]) for i, js in below.items() if len(js) == 1 and len(above[js[0]]) == 1]
    pairs = [(i, j) for i, j in pairs if _alike(lines[i], lines[j])]
    usual = _usual_pitch(lines, pairs)
    nexts = {i: j for i, j in pairs if _pitch(lines[i], lines[j]) <= 1.25 * usual[round(lines[j].size)] + 0.5}
    heads = set(range(len(lines))) - set(nexts.values())
    blocks = []
    for i in sorted(heads):
        chain = [i]
        while chain[-1] in nexts:
            chain.append(nexts[chain[-1]])
        blocks.append(block_of([lines[k] for k in chain]))
    return blocks


def _part_last_words(lines: list[Line], below: dict[int, list[int]], above: dict[int, list[int]]) -> None:
    """Take away pairs of which the upper line is a paragraph's last word and the lower one the second of the next.

    The first line of the next paragraph is set in so far that it does not stand under the word, but under its line.
    """
    for j, tops in above.items():
        if len(tops) != 2:
            continue
        word, first = sorted(tops, key=lambda i: lines[i].box.y1)
        is_lower = lines[first].box.y0 > lines[word].box.middle[1]
        at_edge = abs(lines[word].box.x0 - lines[j].box.x0) < _SAME_LEFT * lines[j].size
        if is_lower and at_edge and any(lines[h].box.overlap_x(lines[first].box) > 0 for h in above.get(word, ())):
            tops.remove(word)
            below[word].remove(j)


def _neighbours(lines: list[Line]) -> dict[int, list[int]]:
    """For each line the lines of the next row under it that share some of its width."""
    below: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        row: list[int] = []
        floor = float("inf")
        for j in range(i + 1, len(lines)):
            box = lines[j].box
            if box.y0 > min(line.box.y1 + 2.5 * line.size, floor):
                break
            if box.middle[1] > line.box.y1 - 0.1 * line.size and box.overlap_x(line.box) > 0:
                row.append(j)
                floor = min(floor, box.y1 - 0.4 * box.height)
        below[i] = row
    return below


def _alike(a: Line, b: Line) -> bool:
    """Of one size and weight: what could be two lines of one paragraph or heading."""
    if max(a.size, b.size) > 1.12 * min(a.size, b.size) + 0.3 or a.mono != b.mono:
        return False
    if _LONE_NUMBER.match(b.text) and b.box.x0 - a.box.x0 > 4 * a.size:
        return False  # a page number, right below the last line
    if _is_displayed(a, b) or _is_displayed(b, a):
        return False
    # Bold type within a paragraph goes on in lower case; a bold heading is followed by a capital.
    return a.bold == b.bold or (b.text[:1].islower() and a.text[-1:] not in ".:!?")


def _is_displayed(line: Line, other: Line) -> bool:
    """Whether a line is a formula that is set in from a line of text above or below it."""
    inset = line.box.x0 - other.box.x0 > _INSET * line.size
    return inset and bool(MATHS.search(line.text)) and is_wordless(line.text) and not is_wordless(other.text)


def _pitch(a: Line, b: Line) -> float:
    return b.foot - a.foot


def _usual_pitch(lines: list[Line], pairs: list[tuple[int, int]]) -> dict[int, float]:
    """The median distance of baselines per rounded font size, at most twice the size."""
    pitches: dict[int, list[float]] = defaultdict(list)
    for i, j in pairs:
        pitches[round(lines[j].size)].append(_pitch(lines[i], lines[j]))
    usual = {size: 1.25 * size for size in {round(line.size) for line in lines}}
    for size, values in pitches.items():
        usual[size] = min(max(median(values), 1.1 * size), 2.0 * size) if len(values) > 2 else 1.35 * size
    return usual
