"""Display formulas: the blocks that their parts became are one again, row by row, with the number beside them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.text_layer.characters.maths import MATHS, is_wordless
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect, bounds, connected
from pipeline.text_layer.lines.lines import TEXT_WORDS, Line
from pipeline.text_layer.lines.writer import Piece, defused

NUMBER = re.compile(r"\([A-Z]?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)")
"""The number of an equation as it is printed at the edge of its column."""

# Of the body's size: the room between two fragments of one formula. A fraction's parts touch and limits stand up to a
# line away, where the next formula of a list is one line and a half below; beside each other, conditions stand off by
# TeX's two quads.
_BELOW, _ASIDE = 1.2, 3.0
_VALUE = re.compile(r"[-+−–±]?[\d.,]*\d%?")
# Words of a condition ("otherwise", "if x is even") that stands beside the parts of a formula. More is a sentence.
_CONDITION_WORDS = 4
# Em from a numerator's baseline down to the bar, and from the bar to the baseline of what stands under it: TeX leaves
# .15 to .7 above and .7 to 1.1 below, for which a line of text with a rule under it has its next line farther off.
_NEAR_BAR, _UNDER_BAR = 0.9, 1.4
# Em by which two rows may still overlap: rounding.
_MEET = 0.1
# Of a formula's largest type: limits are set at .7.
_LIMIT = 0.8
# Parts of a page's formulas: comparing more, as on a page of scattered letters, would take long, and is no formula.
_MOST_PARTS = 1500
# Share of the words that are plain numbers, beyond which parts are the values of a table; matrices have half. Chosen.
_VALUES = 0.8


@dataclass(frozen=True)
class _Part:
    """A block of the page that may belong to a formula, with its place among the blocks."""

    at: int
    block: Block

    @property
    def box(self) -> Rect:
        return self.block.box


def displayed(blocks: Sequence[Block], bars: Sequence[Rect], size: float) -> tuple[list[Piece], list[Block]]:
    """The display formulas of a page, and the blocks that are in none. `size` is the body's, in points.

    `bars` are the page's horizontal lines, among them those of fractions.

    A formula is fragments without words that lie near each other, one at least with a sign of mathematics, the
    conditions beside them, and the number at the end of their rows. Its content has a line for each of its rows.
    """
    gutters = _gutters(blocks)
    parts = [_Part(at, block) for at, block in enumerate(blocks) if is_wordless(_text(block))]
    if len(parts) > _MOST_PARTS:
        return [], list(blocks)
    numbers = [part for part in parts if NUMBER.fullmatch(_text(part.block))]
    groups = [g for g in _grouped([part for part in parts if part not in numbers], gutters, size) if _is_formula(g)]
    for group in groups:
        group += _conditions(blocks, group, gutters, size)
    _give(numbers, groups, blocks, gutters)
    groups = [group for group in groups if len(group) > 1]
    taken = {part.at for group in groups for part in group}
    return [_piece(group, bars) for group in groups], [block for at, block in enumerate(blocks) if at not in taken]


def _text(block: Block) -> str:
    return " ".join(line.text for line in block.lines)


def _is_formula(group: Sequence[_Part]) -> bool:
    words = [word for part in group for word in _text(part.block).split()]
    values = sum(bool(_VALUE.fullmatch(word)) for word in words)
    return any(map(MATHS.search, words)) and values <= _VALUES * len(words)


def _gutters(blocks: Sequence[Block]) -> list[Rect]:
    """The white between blocks of prose that stand side by side: columns end there."""
    prose = [b.box for b in blocks if len(b.lines) > 1 and sum(len(line.words) for line in b.lines) > TEXT_WORDS]
    return [
        Rect(a.x1, min(a.y0, b.y0), b.x0, max(a.y1, b.y1))
        for a in prose
        for b in prose
        if a.x1 < b.x0 and a.overlap_y(b) > 0
    ]


def _are_parted(a: Rect, b: Rect, gutters: Sequence[Rect]) -> bool:
    """Whether a column ends between two boxes."""
    left, right = sorted((a, b), key=lambda box: box.x0)
    return any(left.middle[0] < gutter.middle[0] < right.middle[0] for gutter in gutters)


def _grouped(parts: Sequence[_Part], gutters: Sequence[Rect], size: float) -> list[list[_Part]]:
    """Parts that are near each other, directly or over others."""
    near = (
        (i, j)
        for i, j in _neighbours(parts, size)
        if are_near(parts[i].box, parts[j].box, size) and not _are_parted(parts[i].box, parts[j].box, gutters)
    )
    return [[parts[at] for at in group] for group in connected(range(len(parts)), near)]


def _neighbours(parts: Sequence[_Part], size: float) -> Iterator[tuple[int, int]]:
    """Pairs of which neither lies too far below the other."""
    downwards = sorted(range(len(parts)), key=lambda at: parts[at].box.y0)
    tops = [parts[at].box.y0 for at in downwards]
    for place, i in enumerate(downwards, 1):
        yield from ((i, j) for j in downwards[place : bisect_right(tops, parts[i].box.y1 + _BELOW * size)])


def are_near(a: Rect, b: Rect, size: float) -> bool:
    """Whether two fragments may be of one formula. `size` is the body's, in points."""
    return -a.overlap_y(b) <= _BELOW * size and -a.overlap_x(b) <= _ASIDE * size


def _conditions(
    blocks: Sequence[Block], group: Sequence[_Part], gutters: Sequence[Rect], size: float
) -> Iterator[_Part]:
    """Lines of a few words between the first and the last row of a formula, right beside it."""
    around = bounds(part.box for part in group)
    taken = {part.at for part in group}
    for at, block in enumerate(blocks):
        few = len(block.lines) == 1 and len(block.lines[0].words) <= _CONDITION_WORDS
        level = around.y0 <= block.box.middle[1] <= around.y1
        if at not in taken and few and level and _is_beside(block.box, around, gutters, size):
            yield _Part(at, block)


def _is_beside(a: Rect, b: Rect, gutters: Sequence[Rect], size: float) -> bool:
    return a.overlap_y(b) > 0 and -a.overlap_x(b) <= _ASIDE * size and not _are_parted(a, b, gutters)


def _give(
    numbers: Sequence[_Part], groups: Sequence[list[_Part]], blocks: Sequence[Block], gutters: Sequence[Rect]
) -> None:
    """Each number to the formula at its height in its column, if nothing stands between the two."""
    for number in numbers:
        fits = [g for g in groups if _is_numbered(bounds(p.box for p in g), number.box, blocks, gutters)]
        if fits:
            min(fits, key=lambda g: -bounds(p.box for p in g).overlap_x(number.box)).append(number)


def _is_numbered(formula: Rect, number: Rect, blocks: Sequence[Block], gutters: Sequence[Rect]) -> bool:
    if not formula.y0 <= number.middle[1] <= formula.y1 or _are_parted(formula, number, gutters):
        return False
    left, right = sorted((formula, number), key=lambda box: box.x0)
    between = Rect(left.x1, number.y0, right.x0, number.y1)
    return left.x1 <= right.x0 and not any(between.common_area(block.box) > 0 for block in blocks)


def _piece(group: Sequence[_Part], bars: Sequence[Rect]) -> Piece:
    """A formula: its rows from top to bottom, in each what stands in it from left to right, and its number last."""
    parts = sorted(group, key=lambda part: part.box.x0)
    number = " ".join(_text(part.block) for part in parts if NUMBER.fullmatch(_text(part.block)))
    lines = [line for part in parts for line in part.block.lines if not NUMBER.fullmatch(_text(part.block))]
    rows = [" ".join(line.marked for line in _row(strip)) for strip in _rows(list(_strips(_stacks(lines, bars))))]
    text = "\n".join(rows) + (f" {number}" if number else "")
    return Piece("text", bounds(part.box for part in group), defused(text), doubtful=len(lines) > 1)


def _stacks(lines: Sequence[Line], bars: Sequence[Rect]) -> list[list[Line]]:
    """The lines, those over and under the bar of a fraction together."""
    stacks = [[line] for line in lines]
    for bar in bars:
        over = [s for s in stacks if any(_is_over(line, bar) for line in s)]
        under = [s for s in stacks if any(_is_under(line, bar) for line in s)]
        if over and under:
            held = [s for s in stacks if any(s is one for one in (*over, *under))]
            stacks = [s for s in stacks if not any(s is one for one in held)] + [[line for s in held for line in s]]
    return stacks


def _is_over(line: Line, bar: Rect) -> bool:
    return 0 <= bar.y0 - line.words[0].baseline < _NEAR_BAR * line.size and bar.overlap_x(line.box) > 0


def _is_under(line: Line, bar: Rect) -> bool:
    return 0 < line.words[0].baseline - bar.y1 < _UNDER_BAR * line.size and bar.overlap_x(line.box) > 0


def _strips(stacks: Sequence[list[Line]]) -> Iterator[list[Line]]:
    """Lines from top to bottom, parted where nothing reaches over: a fraction and what stands beside it are one row."""
    strip: list[Line] = []
    bottom = 0.0
    for stack in sorted(stacks, key=lambda one: _span(one)[0]):
        top, end = _span(stack)
        # Rows of formulas are led wider than text, so that their em boxes do not meet; what is set to the middle of two
        # rows (the brace of cases) reaches into both by a third.
        slack = _MEET * min(line.size for line in stack)
        if strip and top + slack >= bottom:
            yield strip
            strip = []
        bottom = max(bottom if strip else 0.0, end - slack)
        strip += stack
    if strip:
        yield strip


def _rows(rows: list[list[Line]]) -> list[list[Line]]:
    """Strips, those of limits and of signs of roots joined with the one that they belong to."""
    largest = max(line.size for row in rows for line in row)
    for lone in [row for row in rows if all(_hangs_on(line, largest) for line in row)]:
        others = [row for row in rows if row is not lone]
        if others:
            top, bottom = _span(lone)
            nearest = min(others, key=lambda row: max(_span(row)[0] - bottom, top - _span(row)[1]))
            rows = [[*row, *lone] if row is nearest else row for row in others]
    return rows


def _hangs_on(line: Line, largest: float) -> bool:
    """Whether a line is a limit, in small type, or the sign of a root, which is drawn from above its content."""
    return line.size < _LIMIT * largest or line.text == "√"


def _span(lines: Sequence[Line]) -> tuple[float, float]:
    return min(line.box.y0 for line in lines), max(line.box.y1 for line in lines)


def _row(strip: Sequence[Line]) -> Iterator[Line]:
    """What stands in a row, from left to right: stacks from top to bottom, and side by side the rows of a matrix."""
    stacks: list[list[Line]] = []
    for line in sorted(strip, key=lambda one: one.box.x0):
        if stacks and max(one.box.x1 for one in stacks[-1]) - line.box.x0 > 0.1 * line.size:
            stacks[-1].append(line)
        else:
            stacks.append([line])
    for _, run in groupby(stacks, key=lambda stack: tuple(sorted(round(line.box.y1) for line in stack))):
        yield from sorted((line for stack in run for line in stack), key=lambda one: (round(one.box.y1), one.box.x0))
