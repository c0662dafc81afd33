"""The rows of a formula: fractions and what stands beside them, limits, the rows of a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line

# Em from a numerator's baseline down to the bar, and from the bar to the baseline of what stands under it: TeX leaves
# .15 to .7 above and .7 to 1.1 below, for which a line of text with a rule under it has its next line farther off.
_NEAR_BAR, _UNDER_BAR = 0.9, 1.4
# Em by which two rows may still overlap: rounding.
MEET = 0.1
"""Em by which two rows may still overlap."""
# Of a formula's largest type: limits are set at .7.
_LIMIT = 0.8


def rows_of(lines: Sequence[Line], bars: Sequence[Rect]) -> list[str]:
    """The rows of a formula from top to bottom, in each what stands in it from left to right."""
    return [" ".join(line.marked for line in _row(strip)) for strip in _rows(list(_strips(_stacks(lines, bars))))]


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
        slack = MEET * min(line.size for line in stack)
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
