"""Where the tables of a page are: ruled grids, text between rules, and text in columns."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.charts import has_bars, is_picture
from pipeline.text_layer.tables.implied import grids
from pipeline.text_layer.tables.lattice import ruled_tables
from pipeline.text_layer.tables.parts.grid import Table, outside
from pipeline.text_layer.tables.parts.rules import Drawings, Rule, rules_of, sides
from pipeline.text_layer.tables.stacks import between, stacks
from pipeline.text_layer.tables.text.upright import as_printed, upright_heads

# Points: a rule so near to a side of a table is that side; double rules are 3 points apart at most.
_SIDE = 3.0


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
    tables = [table for table in tables if not is_picture(table, drawings, images)]
    free = _free_rules(drawings.horizontal, [table.box for table in tables])
    heads = upright_heads(outside(tables, turned))
    rest = [*outside(tables, lines), *(laid for laid, _ in heads)]
    for stack in stacks(free, rest, width):
        for table in between(stack, free, rest):
            if is_picture(table, drawings, images) or has_bars(table, drawings):
                continue
            tables.append(as_printed(table, heads))
            rest = outside([table], rest)
    return tables


def _shaded(drawings: Drawings, lines: Sequence[Line], tables: Sequence[Table]) -> list[Table]:
    """Tables whose cells show by their colour, with what rules there are; only where no ruled table is."""
    shades = [box for box in drawings.shades if not any(box.common_area(t.box) > 0 for t in tables)]
    if len(shades) < 2:
        return []
    horizontal, vertical = rules_of(edge for box in shades for edge in sides(box))
    free_h = _free_rules(drawings.horizontal, [table.box for table in tables])
    free_v = _free_rules(drawings.vertical, [_flipped(table.box) for table in tables])
    found = ruled_tables([*horizontal, *free_h], [*vertical, *free_v], lines)
    return [table for table in found if not has_bars(table, drawings)]


def _free_rules(rules: Sequence[Rule], boxes: Sequence[Rect]) -> list[Rule]:
    """The horizontal rules that are on none of the boxes; for upright ones, width and height of these changed round."""
    return [rule for rule in rules if not any(_is_on(rule, box) for box in boxes)]


def _is_on(rule: Rule, box: Rect) -> bool:
    return box.y0 - _SIDE <= rule.at <= box.y1 + _SIDE and rule.end > box.x0 and rule.start < box.x1


def _flipped(box: Rect) -> Rect:
    return Rect(box.y0, box.x0, box.y1, box.x1)
