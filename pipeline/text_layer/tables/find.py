"""Where the tables of a page are: ruled grids, text between rules, and text in columns."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import LEADERS, Line
from pipeline.text_layer.lines.order import side_by_side
from pipeline.text_layer.tables.aligned import BARE, RULED, aligned_table
from pipeline.text_layer.tables.grid import Table
from pipeline.text_layer.tables.lattice import ruled_tables
from pipeline.text_layer.tables.rules import Drawings, Rule, rules_of, sides

_PICTURE = 0.25  # share of a table that images may cover
_MARK = 20.0  # points: curved paths up to this size may be ticks and icons in cells
_ENDS = 8.0  # points: rules whose ends differ by less are as wide as each other
_MAX_STACK = 14  # rules of one width that are tried in all pairs


def find_tables(drawings: Drawings, lines: Sequence[Line], width: float, images: Sequence[Rect] = ()) -> list[Table]:
    """Ruled tables first, then tables between horizontal rules in what is left.

    `width` is the page's, in points.
    """
    grounds, _ = rules_of(edge for box in drawings.shades for edge in sides(box))
    tables = ruled_tables(drawings.horizontal, drawings.vertical, lines, grounds)
    tables += _shaded(drawings, [line for line in lines if not _inside(line, tables)], tables)
    tables = [table for table in tables if not _is_picture(table, drawings, images)]
    free = [rule for rule in drawings.horizontal if not any(_crosses(rule, table.box) for table in tables)]
    rest = [line for line in lines if not _inside(line, tables)]
    for stack in _stacks([rule for rule in free if rule.length > 0.12 * width]):
        for table in _between(stack, free, rest):
            tables.append(table)
            rest = [line for line in rest if not table.box.holds(line.box.middle)]
    return tables


def _is_picture(table: Table, drawings: Drawings, images: Sequence[Rect]) -> bool:
    """Whether images cover a quarter of a grid, or larger curves and slanting lines run through it: a diagram."""
    covered = sum(table.box.common_area(image) for image in images)
    curves = sum(table.box.holds(box.middle) and max(box.width, box.height) > _MARK for box in drawings.curved)
    return covered > _PICTURE * table.box.area or curves > 0.5 * len(table.cells)


def bare_tables(blocks: Sequence[Block], gutter: float) -> tuple[list[Table], list[Block]]:
    """Tables that show by alignment alone, and the blocks that are in none of them."""
    tables: list[Table] = []
    used: set[int] = set()

    def take(band: list[int]) -> bool:
        lines = [line for i in band for line in blocks[i].lines]
        if sum(bool(LEADERS.search(line.text)) for line in lines) > 0.2 * len(lines):
            return False  # a table of contents
        table = aligned_table(lines, [], BARE)
        if table is None:
            return False
        tables.append(table)
        used.update(band)
        return True

    side_by_side([block.box for block in blocks], gutter, take)
    return tables, [block for i, block in enumerate(blocks) if i not in used]


def _shaded(drawings: Drawings, lines: Sequence[Line], tables: Sequence[Table]) -> list[Table]:
    """Tables whose cells show by their colour, with what rules there are; only where no ruled table is."""
    shades = [box for box in drawings.shades if not any(box.common_area(t.box) > 0 for t in tables)]
    if len(shades) < 2:
        return []
    horizontal, vertical = rules_of(edge for box in shades for edge in sides(box))
    free_h = [rule for rule in drawings.horizontal if not any(_crosses(rule, t.box) for t in tables)]
    free_v = [
        rule
        for rule in drawings.vertical
        if not any(
            t.box.x0 - 3 <= rule.at <= t.box.x1 + 3 and rule.end > t.box.y0 and rule.start < t.box.y1 for t in tables
        )
    ]
    return ruled_tables([*horizontal, *free_h], [*vertical, *free_v], lines)


def _inside(line: Line, tables: Sequence[Table]) -> bool:
    return any(table.box.holds(line.box.middle) for table in tables)


def _crosses(rule: Rule, box: Rect) -> bool:
    return box.y0 - 3 <= rule.at <= box.y1 + 3 and min(rule.end, box.x1) - max(rule.start, box.x0) > 0


def _stacks(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules of equal extent, from top to bottom."""
    stacks: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda r: r.at):
        for stack in stacks:
            if abs(stack[0].start - rule.start) < _ENDS and abs(stack[0].end - rule.end) < _ENDS:
                stack.append(rule)
                break
        else:
            stacks.append([rule])
    return [stack for stack in stacks if len(stack) > 1]


def _between(stack: Sequence[Rule], rules: Sequence[Rule], lines: Sequence[Line]) -> list[Table]:
    """The largest tables that begin and end at rules of the stack."""
    pairs = [(i, j) for i in range(len(stack)) for j in range(i + 1, len(stack))]
    if len(stack) > _MAX_STACK:
        pairs = [(i, j) for i, j in pairs if j - i >= len(stack) - 3]
    found: list[tuple[int, int, Table]] = []
    for i, j in sorted(pairs, key=lambda pair: pair[0] - pair[1]):
        if any(i < b and a < j for a, b, _ in found):
            continue
        box = Rect(stack[i].start, stack[i].at, stack[i].end, stack[j].at)
        inside = [line for line in lines if box.holds(line.box.middle)]
        if not inside or any(line.box.x0 < box.x0 - 12 or line.box.x1 > box.x1 + 12 for line in inside):
            continue
        within = [r for r in rules if box.y0 < r.at < box.y1 and box.x0 - 5 <= r.start and r.end <= box.x1 + 5]
        if table := aligned_table(inside, within, RULED, box):
            found.append((i, j, table))
    return [table for _, _, table in found]
