"""Where the tables of a page are: ruled grids, text between rules, and text in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.text_layer.lines.blocks import Block, make_blocks
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import LEADERS, Line
from pipeline.text_layer.lines.rows import entry
from pipeline.text_layer.tables.aligned import BARE, LINED, MARKED, RULED, aligned_table
from pipeline.text_layer.tables.bands import bands, is_contents, parts
from pipeline.text_layer.tables.grid import Table, outside
from pipeline.text_layer.tables.implied import grids
from pipeline.text_layer.tables.lattice import ruled_tables
from pipeline.text_layer.tables.rules import Drawings, Rule, rules_of, sides

# Share of a table that images may cover: logos and small pictures in cells. More, and a ruled poster is a table;
# chosen.
_PICTURE = 0.25
# Points: curved paths up to this size may be ticks and icons in cells.
_MARK = 20.0
# Larger curves and slanting lines: a diagram, however many boxes it has. One may be a signature across a form. Set on
# the drawn diagrams of tests/support, whose arrows slant.
_CURVES = 2
# Points: rules whose ends differ by less are as wide as each other. Word processors end some at the text of their
# column; smaller parts the rules of one table, larger makes one stack of two tables of nearly one width.
_ENDS = 8.0
# Share of lines with leaders from which columns are a table of contents. Below half, since only every third piece of a
# row (title, dots, number) may have them.
_LED = 0.2
# Less than .9, and a rule under one head speaks for the table; what reaches a quarter beyond is the page's own.
_WHOLE, _BESIDE = 0.9, 0.25  # of a region's width: what a rule or a ground covers of it, and may reach beyond it
# Rules of one width that are tried in all pairs: 91 pairs. Ruled paper has 30 and more, and each pair is read as a
# table, so beyond it only pairs are tried that leave out two rules at most.
_MAX_STACK = 14


def find_tables(
    drawings: Drawings,
    lines: Sequence[Line],
    width: float,
    images: Sequence[Rect] = (),
    turned: Sequence[Line] = (),
) -> list[Table]:
    """Ruled tables first, then tables between horizontal rules in what is left.

    `width` is the page's, in points; `turned` are the lines of other directions, which may stand in cells.
    """
    grounds, _ = rules_of(edge for box in drawings.shades for edge in sides(box))
    # From what is most certain to what is least: boxes, rules, colours, rules without columns. What one kind has taken
    # is gone from the page, so that no text comes into two tables.
    tables = [table for rules in grids(drawings.boxes) for table in ruled_tables(*rules, lines, turned=turned)]
    rest = outside(tables, lines)
    tables += ruled_tables(drawings.horizontal, drawings.vertical, rest, grounds, turned)
    tables += _shaded(drawings, outside(tables, lines), tables)
    tables = [table for table in tables if not _is_picture(table, drawings, images)]
    free = [rule for rule in drawings.horizontal if not any(_crosses(rule, table.box) for table in tables)]
    rest = outside(tables, lines)
    long = [rule for rule in free if rule.length > 0.12 * width and not _to_write_on(rule, rest)]
    for stack in _stacks(long):
        for table in _between(stack, free, rest):
            if _is_picture(table, drawings, images):
                continue
            tables.append(table)
            rest = outside([table], rest)
    return tables


def _is_picture(table: Table, drawings: Drawings, images: Sequence[Rect]) -> bool:
    """Whether images cover a quarter of a grid, or larger curves and slanting lines run through it: a diagram."""
    covered = sum(table.box.common_area(image) for image in images)
    curves = sum(table.box.holds(box.middle) and max(box.width, box.height) > _MARK for box in drawings.curved)
    return covered > _PICTURE * table.box.area or curves > min(0.5 * len(table.cells), _CURVES)


def bare_tables(blocks: Sequence[Block], drawings: Drawings) -> tuple[list[Table], list[Block]]:
    """Tables that show by alignment, and the blocks that are in none of them.

    A rule under a head, or rows on a coloured ground, speak for a table.
    """
    lines = [line for block in blocks for line in block.lines]
    tables, entries = list[Table](), list[Line]()
    for found in _bare(lines, drawings, len(lines)):
        if isinstance(found, Table):
            tables.append(found)
        else:
            entries += found
    taken = {(word.text, word.box) for line in entries for word in line.words}
    left: list[Block] = []
    for block in blocks:
        rest = [line for line in outside(tables, block.lines) if (line.words[0].text, line.words[0].box) not in taken]
        left += [block] if len(rest) == len(block.lines) and tuple(rest) == block.lines else make_blocks(rest)
    return tables, left + make_blocks(entries)


def _bare(lines: Sequence[Line], drawings: Drawings, most: int) -> Iterator[Table | list[Line]]:
    """Tables, and the entries of lists of contents, from top to bottom."""
    for band in bands(lines):
        inside = band.lines
        if sum(bool(LEADERS.search(line.text)) for line in inside) > _LED * len(inside):
            continue  # a table of contents
        around = bounds(line.box for line in inside)
        rules = [r for r in drawings.horizontal if around.y0 < r.at < around.y1 and _over(r.start, r.end, around) > 0]
        full = any(_over(rule.start, rule.end, around) > _WHOLE for rule in rules)
        if table := aligned_table(inside, rules, MARKED if full or _on_grounds(around, drawings) else BARE):
            yield [entry(row) for row in band.rows] if is_contents(band) else table
            continue
        for part in parts(band):
            if len(part) < most:  # else nothing was parted, and it would go on for ever
                yield from _bare(part, drawings, len(part))


def _over(start: float, end: float, around: Rect) -> float:
    """The share of a region's width that an interval covers; 0 where it reaches far beyond: it is the page's."""
    if start < around.x0 - _BESIDE * around.width or end > around.x1 + _BESIDE * around.width:
        return 0.0
    return (min(end, around.x1) - max(start, around.x0)) / around.width


def _on_grounds(around: Rect, drawings: Drawings) -> bool:
    """Whether some rows of a region, but not all of it, stand on a coloured ground of its width."""
    stripes = [s for s in drawings.shades if _over(s.x0, s.x1, around) > _WHOLE and s.overlap_y(around) > 0]
    return any(stripe.height < 0.7 * around.height for stripe in stripes)


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


def _to_write_on(rule: Rule, lines: Sequence[Line]) -> bool:
    """Whether a rule begins right behind a text, on its baseline: a form's line to write on."""
    return any(
        abs(line.box.y1 - rule.at) < 0.5 * line.size and -1 < rule.start - line.box.x1 < 2 * line.size
        for line in lines
    )  # fmt: skip


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
        if table := aligned_table(inside, within, LINED if j - i > 2 else RULED, box):
            found.append((i, j, table))
    return [table for _, _, table in found]
