"""Tables that show by alignment alone, and what only lines up: lists of contents, indexes, signatures, code."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from pipeline.text_layer.characters.maths import is_wordless
from pipeline.text_layer.lines.blocks import Block, make_blocks
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import LEADERS, Line, line_of
from pipeline.text_layer.lines.rows import entry
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.tables.aligned import BARE, LINED, MARKED, aligned_table
from pipeline.text_layer.tables.bands import Band, bands, has_page, index_entries, is_contents, parts
from pipeline.text_layer.tables.charts import has_bars
from pipeline.text_layer.tables.parts.grid import Table, taken_words, without
from pipeline.text_layer.tables.parts.rules import Drawings, Rule, rules_of, sides
from pipeline.text_layer.tables.text.columns import text_rows
from pipeline.text_layer.tables.text.values import is_value

_EQUAL = re.compile(r"[=≡≤≥<>≈∈→]")
_OF_FORMULA = re.compile(r"[∑∏∫∮√⋃⋂]|^\([A-Z]?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)$")
# Of the cells: two unknowns a row, with a number beside, are two of three; a table of p-values has less. Chosen.
_EQUATIONS = 0.4
# Share of lines with leaders from which columns are a table of contents. Below half, since only every third piece of a
# row (title, dots, number) may have them.
_LED = 0.2
# Less than .9, and a rule under one head speaks for the table; what reaches a quarter beyond is the page's own.
_WHOLE, _BESIDE = 0.9, 0.25  # of a region's width: what a rule or a ground covers of it, and may reach beyond it
# Em between a caption and its table. Further off it belongs to something else.
_CAPTIONED = 3.0
# Of the rows of a listing: those whose comment begins at one place.
_TABBED = 0.3
# Em from a line to sign on down to the name under it, and Points by which the two begin apart.
_SIGNED, _BEGIN = 1.6, 3.0


def bare_tables(blocks: Sequence[Block], drawings: Drawings, mono: bool = False) -> tuple[list[Table], list[Block]]:
    """Tables that show by alignment, and the blocks that are in none of them.

    A rule under a head, or rows on a coloured ground, speak for a table. `mono`: whether a typewriter's face is the
    page's own; else its lines are code, whose parts line up as columns do.
    """
    lines = [line for block in blocks for line in block.lines]
    tables, entries = list[Table](), list[Line]()
    for found in _bare(lines, drawings, len(lines), mono):
        if isinstance(found, Table):
            tables.append(found)
        else:
            entries += found
    taken = {(word.text, word.box) for line in entries for word in line.words}
    in_cells = taken_words(tables)
    left: list[Block] = []
    for block in blocks:
        rest = [line for line in without(in_cells, block.lines) if (line.words[0].text, line.words[0].box) not in taken]
        left += [block] if tuple(rest) == block.lines else make_blocks(rest)
    return tables, left + make_blocks(entries)


def _bare(lines: Sequence[Line], drawings: Drawings, most: int, mono: bool) -> Iterator[Table | list[Line]]:
    """Tables, and the entries of lists of contents and lines of code, from top to bottom."""
    grounds, _ = rules_of(edge for box in drawings.shades for edge in sides(box))
    for band in bands(lines):
        inside = band.lines
        if _is_led(band):
            continue
        if not mono and all(line.mono for line in inside):
            if _is_tabbed(band):
                yield list(map(_joined, band.rows))
            continue
        if cut := _between_captions(band, lines):
            for side in (False, True):
                yield from _bare([line for line in inside if (line.box.x0 > cut) == side], drawings, len(inside), mono)
            continue
        around = bounds(line.box for line in inside)
        top = around.y0 - inside[0].size  # where the ground of the first row begins
        edges = [g.at for g in grounds if top < g.at < around.y1 and _over(g.start, g.end, around) > _WHOLE]
        rules = [r for r in drawings.horizontal if around.y0 < r.at < around.y1 and _over(r.start, r.end, around) > 0]
        rules += _of_columns(rules, len(band.free) + 1)
        full = any(_over(rule.start, rule.end, around) > _WHOLE for rule in rules)
        if index := index_entries(band):
            yield index
            continue
        stripes = _stripes(around, drawings)
        strictness = LINED if _are_rows(stripes, band) else MARKED if full or stripes else BARE
        table = None if _is_signed(band, drawings) else aligned_table(inside, rules, strictness, grounds=edges)
        if table:
            if not has_bars(table, drawings) and not _is_formulas(table):
                yield [_entry(row, band) for row in band.rows] if is_contents(band) else table
            continue
        for part in parts(band):
            if len(part) < most:  # else nothing was parted, and it would go on for ever
                yield from _bare(part, drawings, len(part), mono)


def _is_formulas(table: Table) -> bool:
    """Whether what stands in columns is formulas, aligned at their signs, or parts of one with a sum or a number."""
    texts = [text for cell in table.cells if (text := " ".join(line.text for line in cell.lines))]
    if not all(map(is_wordless, texts)):
        return False
    equal = sum(bool(_EQUAL.search(text)) for text in texts)
    return equal > _EQUATIONS * len(texts) or (equal > 0 and any(map(_OF_FORMULA.search, texts)))


def _over(start: float, end: float, around: Rect) -> float:
    """The share of a region's width that an interval covers; 0 where it reaches far beyond: it is the page's."""
    if start < around.x0 - _BESIDE * around.width or end > around.x1 + _BESIDE * around.width:
        return 0.0
    return (min(end, around.x1) - max(start, around.x0)) / around.width


def _of_columns(rules: Sequence[Rule], columns: int) -> list[Rule]:
    """A rule across the table for each height at which every column has one of its own, with white between them."""
    heights = defaultdict[int, list[Rule]](list)
    for rule in rules:
        heights[round(rule.at)].append(rule)
    return [
        Rule(parts[0].at, min(part.start for part in parts), max(part.end for part in parts))
        for parts in heights.values()
        if len(parts) == columns
    ]


def _stripes(around: Rect, drawings: Drawings) -> list[Rect]:
    """The coloured grounds of a region's width on which some of its rows stand, but not all."""
    across = [s for s in drawings.shades if _over(s.x0, s.x1, around) > _WHOLE and s.overlap_y(around) > 0]
    return [stripe for stripe in across if stripe.height < 0.7 * around.height]


def _is_tabbed(band: Band) -> bool:
    """Whether the second texts of rows begin at one place: comments behind code, not another listing beside it."""
    starts = [row[1].box.x0 for row in band.rows if len(row) > 1 and row[0].box.x0 < band.free[0][0]]
    common = sum(abs(start - min(starts)) < _BEGIN for start in starts)
    return common > _TABBED * len(band.rows)


def _are_rows(stripes: Sequence[Rect], band: Band) -> bool:
    """Whether several grounds of one width have a row of several cells each."""
    held = [
        stripe
        for stripe in stripes
        if any(len(row) > 1 and all(stripe.holds(piece.box.middle) for piece in row) for row in band.rows)
    ]
    return len(held) > 1 and all(abs(s.x0 - held[0].x0) + abs(s.x1 - held[0].x1) < _BEGIN for s in held)


def _is_led(band: Band) -> bool:
    """Whether a band is a table of contents: leaders, and one number in a row, which only rises."""
    led = sum(bool(LEADERS.search(line.text)) for line in band.lines)
    values = [[piece.text for piece in row[1:] if is_value(piece.text)] for row in band.rows]
    numbers = [int(texts[0]) for texts in values if len(texts) == 1 and texts[0].isdecimal()]
    if led <= _LED * len(band.lines) or sum(len(texts) > 1 for texts in values) > len(values) / 2:
        return False
    return len(numbers) < len(list(filter(None, values))) / 2 or numbers == sorted(numbers)


def _entry(row: Sequence[Line], band: Band) -> Line:
    return entry(row) if has_page(list(row), band) else _joined(row)


def _joined(row: Sequence[Line]) -> Line:
    return line_of([replace(w, spaced=i == 0 or w.spaced) for piece in row for i, w in enumerate(piece.words)])


def _between_captions(band: Band, lines: Sequence[Line]) -> float | None:
    """Where two tables beside each other are parted, each of which has a caption of its own; None for one table."""
    top, bottom, size = band.rows[0][0].box.y0, band.rows[-1][0].box.y1, band.rows[0][0].size
    around = bounds(line.box for line in band.lines)
    near = [line for line in lines if top - _CAPTIONED * size < line.box.middle[1] < bottom + _CAPTIONED * size]
    named = [piece for row in text_rows(near) for piece in row if CAPTION.match(piece.text)]
    for a, b in combinations(sorted(named, key=lambda piece: piece.box.x0), 2):
        inside = [(x0, x1) for x0, x1 in band.free if x1 > a.box.x0 and x0 < b.box.x0 + size]
        if a.box.x1 < b.box.x0 < around.x1 and inside:
            return sum(max(inside)) / 2
    return None


def _is_signed(band: Band, drawings: Drawings) -> bool:
    """Whether each text of the first row has a line to sign on right above it, and none has two. A line at its foot
    underlines a head."""
    return len(band.rows[0]) > 1 and all(
        any(
            piece.box.y1 - _SIGNED * piece.size < rule.at < piece.box.middle[1]
            and abs(rule.start - piece.box.x0) < _BEGIN
            and rule.end < (band.rows[0][i + 1].box.x0 if i + 1 < len(band.rows[0]) else rule.end + 1)
            for rule in drawings.horizontal
        )
        for i, piece in enumerate(band.rows[0])
    )
