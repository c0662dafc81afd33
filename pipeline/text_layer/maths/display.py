"""Display formulas: the blocks that their parts became are one again, row by row, with the number beside them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.text_layer.characters.maths import MATHS, is_wordless
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect, bounds, connected
from pipeline.text_layer.lines.lines import TEXT_WORDS, Line
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.maths.rows import MEET, rows_of
from pipeline.text_layer.maths.tex import tex_of

NUMBER = re.compile(r"\([A-Z]?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)")
"""The number of an equation as it is printed at the edge of its column."""

# Of the body's size: the room between two fragments of one formula. A fraction's parts touch and limits stand up to a
# line away, where the next formula of a list is one line and a half below; beside each other, conditions stand off by
# TeX's two quads.
_BELOW, _ASIDE = 1.2, 3.0
_MATHS_LETTER = re.compile(r"[\u0370-\u03ff\u2200-\u22ff\U0001d400-\U0001d7ff]")
_VALUE = re.compile(r"[-+−–±]?[\d.,]*\d%?")
# Words of a condition ("otherwise", "if x is even") that stands beside the parts of a formula. More is a sentence.
_CONDITION_WORDS = 4
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
    conditions beside them, and the number at the end of their rows. Its content has a line for each of its rows; one of
    a single line is TeX, where all of it can be told.
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
    groups = [group for group in groups if len(group) > 1 or _stands_alone(group[0], blocks, bars, gutters)]
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


def _stands_alone(part: _Part, blocks: Sequence[Block], bars: Sequence[Rect], gutters: Sequence[Rect]) -> bool:
    """Whether a line by itself in its row is a formula that can be told: with letters or signs of mathematics."""
    (line, *more), box = part.block.lines, part.box
    is_maths = _MATHS_LETTER.search(line.text) or any(script for script, _ in line.scripts())
    if more or not is_maths or _whole(line, bars) is None:
        return False
    level = [other.box for other in blocks if box.overlap_y(other.box) > MEET * line.size and other is not part.block]
    return all(_are_parted(box, other, gutters) for other in level)


def _whole(line: Line, bars: Sequence[Rect]) -> str | None:
    """A formula of one line as TeX; None where it cannot be told, as where the bar of a fraction crosses it."""
    crossed = any(line.box.y0 < bar.y0 < line.box.y1 and bar.overlap_x(line.box) > 0 for bar in bars)
    return None if crossed else tex_of(line)


def _piece(group: Sequence[_Part], bars: Sequence[Rect]) -> Piece:
    parts = sorted(group, key=lambda part: part.box.x0)
    return formula([line for part in parts for line in part.block.lines], bars, bounds(part.box for part in group))


def formula(every: Sequence[Line], bars: Sequence[Rect], box: Rect) -> Piece:
    """Lines as a formula: its rows from top to bottom, its number behind them."""
    lines = [line for line in every if len(every) == 1 or not NUMBER.fullmatch(line.text)]
    behind = "".join(f" {line.text}" for line in every if line not in lines)
    if len(lines) == 1 and (tex := _whole(lines[0], bars)):
        return Piece("equation", box, rf"\[ {defused(tex)} \]{behind}")
    return Piece("text", box, defused("\n".join(rows_of(lines, bars)) + behind), doubtful=len(lines) > 1)


def numbered(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces, where each formula of one line has the number behind it that stands in its row."""
    out: list[Piece] = []
    for piece in pieces:
        last = out[-1] if out else None
        if last and last.label == "equation" and NUMBER.fullmatch(piece.content) and last.box.overlap_y(piece.box) > 0:
            out[-1] = replace(last, box=bounds((last.box, piece.box)), content=f"{last.content} {piece.content}")
        else:
            out.append(piece)
    return out
