"""Tables whose cells or rules are laid out out of the ordinary: panels, merged cells, pairs, rules in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from drawn_tables.changes import signs_apart, with_units
from drawn_tables.content import Above, Cell, Content, Wish, invent
from drawn_tables.kinds.placed import close_prose, snug, with_notes
from drawn_tables.kinds.science import below, grouped_labels, heads, noted, number
from drawn_tables.paint import draw_table
from drawn_tables.setting import LEFT, WIDTH, Drawn, Kind, done, make, paragraph, sheet_of
from drawn_tables.style import ALL, BARE, BOOKTABS, GRID, LINES, TOP_ONLY, Style
from drawn_tables.vocabulary import label


def panels(content: Content, looks: Style, rng: Random) -> Content:
    """Parts of the body under headings in the middle of the table, with rules around these or without."""
    columns = rng.randint(3, 5)
    body: list[list[Cell]] = []
    rules = []
    ruled = looks.rules not in (GRID, LINES) and rng.random() < 0.6
    for part in "AB" if rng.random() < 0.6 else "ABC":
        at = len(body)
        name = f"{part}. {label(looks.language, rng, rng.randint(2, 3))}"
        body.append([Cell(name, at, 0, columns=columns, align="c")])
        rules += [Above(row, 0, columns - 1, short=False) for row in (at, at + 1) if row] if ruled else []
        for row in range(at + 1, at + 1 + rng.randint(2, 5)):
            body.append([Cell(label(looks.language, rng, rng.randint(1, 2)), row, 0)])
            body[-1] += [Cell(number(looks, rng), row, c, align="c") for c in range(1, columns)]
    return below(heads(looks, rng, columns), body, rules)


def merged_cells(content: Content, looks: Style, rng: Random) -> Content:
    """Cells of the body over two rows or two columns."""
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    for cell in sorted(content.cells, key=lambda one: (one.row, one.column)):
        if (cell.row, cell.column) in taken:
            continue
        rows, columns = (1, 1) if cell.row < content.head else rng.choice([(1, 1), (1, 1), (1, 1), (2, 1), (1, 2)])
        places = {(r, c) for r in range(cell.row, cell.row + rows) for c in range(cell.column, cell.column + columns)}
        if any(r >= content.rows or c >= content.columns for r, c in places) or places & taken:
            rows, columns, places = 1, 1, {(cell.row, cell.column)}
        taken |= places
        cells.append(replace(cell, rows=rows, columns=columns, align="c" if columns > 1 else cell.align))
    return replace(content, cells=tuple(cells))


def left_heads(content: Content, looks: Style, rng: Random) -> Content:
    """Heads at the left of their columns, wherever the body's texts are set; the first may be missing."""
    empty = rng.random() < 0.3
    heads = [replace(c, align="l", text="" if empty and c.column == 0 else c.text) for c in content.cells if not c.row]
    return replace(content, cells=(*heads, *(c for c in content.cells if c.row)))


def pairs(content: Content, looks: Style, rng: Random) -> Content:
    """Names and what they stand for, two pairs in a row or one over the whole width, as in forms."""
    body: list[list[Cell]] = []
    for row in range(rng.randint(3, 7)):
        values = [label(looks.language, rng, 2), f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.2024", number(looks, rng)]
        name = [Cell(label(looks.language, rng, rng.randint(1, 2)), row, c, bold=True) for c in (0, 2)]
        if row and rng.random() < 0.3:
            body.append([name[0], Cell(label(looks.language, rng, rng.randint(3, 6)), row, 1, columns=3)])
        else:
            texts = [rng.choice([*values, ""]) if row else values[0] for _ in name]
            body.append([name[0], Cell(texts[0], row, 1), name[1], Cell(texts[1], row, 3)])
    cells = tuple(cell for row in body for cell in row)
    return Content(cells, len(body), 4, 0)


def rules_in_part(content: Content, looks: Style, rng: Random) -> Content:
    """A label in the middle of its rows; rules between these leave it out."""
    made = grouped_labels(content, looks, rng)
    full = {rule.row for rule in made.rules}
    inner = [r for r in range(made.head + 1, made.rows) if r not in full]
    starts = {cell.row for cell in made.cells if cell.column == 0}
    partial = tuple(Above(r, 1, made.columns - 1, short=False) for r in inner if r not in starts)
    return replace(made, rules=(*made.rules, *partial))


def rules_by_column(content: Content, looks: Style, rng: Random) -> Content:
    """A rule under each cell, as wide as its text may be, with white between the columns."""
    rows = range(content.head, content.rows + (0 if rng.random() < 0.5 else 1))
    chosen = [content.head] if rng.random() < 0.4 else rows
    rules = tuple(Above(row, c, c) for row in chosen if row < content.rows for c in range(content.columns))
    return replace(content, rules=rules)


def _under(tables: Sequence[Content], looks: Style, rng: Random, gap: float) -> Drawn | None:
    sheet = sheet_of()
    y = paragraph(sheet, looks, rng, LEFT, 70, WIDTH) + 1.5 * looks.size
    for content in tables:
        height = draw_table(sheet, content, looks, LEFT, y, WIDTH)
        if height is None:
            return None
        y += height + gap * looks.size
    paragraph(sheet, looks, rng, LEFT, y, WIDTH)
    return done(sheet, *tables)


def stacked(rng: Random, held: bool) -> Drawn | None:
    """Two tables under each other, each between its own rules, with other columns and nothing but white between."""
    count = rng.randint(2, 5)
    first, looks = make(Kind((BOOKTABS, GRID), Wish(rows=(3, 6), columns=(count, count))), rng, held)
    other = invent(Wish(rows=(3, 6), columns=(count + 1, count + 1)), looks.language, rng)
    return _under([first, other], replace(looks, widen=1.0), rng, rng.uniform(1.5, 2.5))


def no_head(rng: Random, held: bool) -> Drawn | None:
    """Rows without a head."""
    content, looks = make(Kind(ALL, Wish(rows=(4, 9), columns=(3, 5))), rng, held)
    cells = tuple(replace(c, row=c.row - content.head) for c in content.cells if c.row >= content.head)
    rules = BARE if looks.rules == TOP_ONLY else looks.rules
    bare = replace(content, cells=cells, rows=content.rows - content.head, head=0)
    return _under([bare], replace(looks, rules=rules), rng, 1.5)


def mixed(rng: Random, held: bool) -> Drawn | None:
    """Two traits of other kinds at once, anywhere on a page."""
    wish = Wish(
        rows=(4, 14),
        columns=(3, 6),
        sparse=rng.choice([0.0, 0.3]),
        money=rng.random() < 0.3,
        levels=rng.choice([1, 1, 2]),
        head_words=rng.choice([1, 2]),
        grouped=rng.random() < 0.4,
        wrapped=rng.random() < 0.3,
    )
    content, looks = make(Kind(ALL, wish), rng, held)
    change = rng.choice([noted, signs_apart, with_units, lambda table, *rest: table])
    content = change(content, looks, rng)
    place = rng.choice([close_prose, snug, with_notes])
    return place(rng, held, (content, looks))
