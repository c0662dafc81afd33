"""Tables of papers: labels over groups of rows, errors under coefficients, counts with shares, marks, matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from drawn_tables.content import Above, Cell, Content
from drawn_tables.style import FRAMED, GRID, LINES, Style
from drawn_tables.vocabulary import label


def heads(looks: Style, rng: Random, count: int, align: str = "c") -> list[Cell]:
    """One row of heads, the first at the left."""
    texts = [rng.choice(looks.language.heads) for _ in range(count)]
    return [Cell(text, 0, i, align=align if i else "l") for i, text in enumerate(texts)]


def below(head: Sequence[Cell], body: Sequence[Sequence[Cell]], rules: Sequence[Above] = ()) -> Content:
    """A table of these rows, whose cells and rules count their rows from the first below the head."""
    top = max(cell.row + cell.rows for cell in head)
    cells = [replace(cell, row=cell.row + top) for row in body for cell in row]
    rows = max(cell.row + cell.rows for cell in cells)
    columns = max(cell.column + cell.columns for cell in cells)
    moved = tuple(replace(rule, row=rule.row + top) for rule in rules)
    return Content((*head, *cells), rows, columns, top, rules=moved)


def number(looks: Style, rng: Random, most: float = 99.0, digits: int = 1) -> str:
    return f"{rng.uniform(0, most):.{digits}f}".replace(".", looks.language.point)


def grouped_labels(content: Content, looks: Style, rng: Random) -> Content:
    """A label in the middle of each group of rows, and a rule between the groups."""
    columns = rng.randint(2, 5)
    body: list[list[Cell]] = []
    rules = []
    for _ in range(rng.randint(2, 4)):
        count, start = rng.randint(1, 4), len(body)
        if start and looks.rules not in (GRID, LINES):
            rules.append(Above(start, 0, columns + 1, short=False))
        for i in range(count):
            row = [Cell(label(looks.language, rng, 1), start, 0, rows=count)] if i == 0 else []
            row.append(Cell(label(looks.language, rng, rng.randint(1, 2)), start + i, 1))
            row += [Cell(number(looks, rng), start + i, 2 + c, align="c") for c in range(columns)]
            body.append(row)
    return below(heads(looks, rng, columns + 2), body, rules)


def first_labels(content: Content, looks: Style, rng: Random) -> Content:
    """A label in the first row of each group, nothing below it, and perhaps rules between the groups."""
    grouped = grouped_labels(content, looks, rng)
    cells = []
    for cell in grouped.cells:
        cells.append(replace(cell, rows=1))
        cells += [Cell("", cell.row + i, 0) for i in range(1, cell.rows)]
    ruled = rng.random() < 0.5 and looks.rules != FRAMED
    return replace(grouped, cells=tuple(cells), rules=grouped.rules if ruled else ())


def coefficients(content: Content, looks: Style, rng: Random) -> Content:
    """Under each coefficient its error in brackets, stars for its weight, and counts below a rule."""
    columns = rng.randint(2, 5)
    body: list[list[Cell]] = []

    def row(name: str, texts: Sequence[str]) -> None:
        at = len(body)
        body.append([Cell(name, at, 0), *(Cell(text, at, 1 + i, align="c") for i, text in enumerate(texts))])

    for _ in range(rng.randint(3, 7)):
        given = [rng.random() < 0.85 for _ in range(columns)]
        given[rng.randrange(columns)] = True
        stars = rng.choices(["", "*", "**", "***"], k=columns)
        values = [number(looks, rng, 2, 3) + star for star in stars]
        row(label(looks.language, rng, rng.randint(1, 2)), [v if g else "" for v, g in zip(values, given, strict=True)])
        row("", [f"({number(looks, rng, 1, 3)})" if g else "" for g in given])
    rule = Above(len(body), 0, columns, short=False)
    row(looks.language.total, [number(looks, rng, 900, 0) for _ in range(columns)])
    row("R2", [number(looks, rng, 1, 3) for _ in range(columns)])
    head = [Cell("", 0, 0), *(Cell(f"({i + 1})", 0, 1 + i, align="c") for i in range(columns))]
    if rng.random() < 0.5:
        names = [rng.choice(looks.language.heads) for _ in range(columns)]
        head += [Cell("", 1, 0), *(Cell(name, 1, 1 + i, align="c") for i, name in enumerate(names))]
    return below(head, body, [rule])


def shares(content: Content, looks: Style, rng: Random) -> Content:
    """Groups of patients: counts with shares, means with deviations, ranges, and a column of probabilities."""
    columns = rng.randint(2, 3)
    head = heads(looks, rng, columns + 2)
    for i in range(1, columns + 1):
        head[i] = replace(head[i], text=f"{head[i].text}\n(n = {rng.randint(20, 400)})")
    head[-1] = replace(head[-1], text="P")
    body: list[list[Cell]] = []

    def row(name: str, indent: int, kind: str) -> None:
        at = len(body)
        cells = [Cell(name, at, 0, indent=indent)]
        cells += [Cell(_share(kind, looks, rng), at, 1 + i, align="c") for i in range(columns)]
        chance = rng.choice(["<0.001", f"0.{rng.randint(10, 99)}", "NS"]).replace(".", looks.language.point)
        body.append([*cells, Cell("" if indent or not kind else chance, at, columns + 1, align="c")])

    for _ in range(rng.randint(3, 6)):
        kind = rng.choice(["mean", "range", "group"])
        if kind == "group":
            row(label(looks.language, rng, 1) + ", n (%)", 0, "")
            for _ in range(rng.randint(2, 3)):
                row(label(looks.language, rng, 1), 1, "share")
        else:
            row(label(looks.language, rng, rng.randint(1, 3)), 0, kind)
    return below(head, body)


def _share(kind: str, looks: Style, rng: Random) -> str:
    if not kind:
        return ""
    if kind == "share":
        return f"{rng.randint(1, 200)} ({number(looks, rng)}%)"
    if kind == "mean":
        return f"{number(looks, rng)} ± {number(looks, rng, 9)}"
    return f"{number(looks, rng, 2, 2)} ({number(looks, rng, 1, 2)}–{number(looks, rng, 9, 2)})"


def ticks(content: Content, looks: Style, rng: Random) -> Content:
    """What has which trait: marks in the middle of their columns."""
    columns = rng.randint(3, 6)
    yes, no = rng.choice([("✓", ""), ("✓", "–"), ("●", "○"), ("•", ""), ("x", ""), ("Yes", "No"), ("+", "–")])
    count = rng.randint(4, 10)
    body = [
        [Cell(label(looks.language, rng, rng.randint(1, 3)), i, 0)]
        + [Cell(yes if rng.random() < 0.6 else no, i, 1 + c, align="c") for c in range(columns)]
        for i in range(count)
    ]
    body[0][1:] = [replace(cell, text=yes) for cell in body[0][1:]]  # no column is empty
    return below(heads(looks, rng, columns + 1), body)


def noted(content: Content, looks: Style, rng: Random) -> Content:
    """Raised letters and signs behind labels, heads and values, which notes below explain."""
    signs = rng.choice(["abcde", "*†‡", "123"])
    return replace(
        content,
        cells=tuple(
            replace(cell, note=rng.choice(signs)) if cell.text and cell.columns == 1 and rng.random() < 0.2 else cell
            for cell in content.cells
        ),
    )


def matrix(content: Content, looks: Style, rng: Random) -> Content:
    """Each with each: numbered heads, and values on one side of the diagonal."""
    count = rng.randint(3, 7)
    names = [f"{i + 1}. {label(looks.language, rng, 1)}" for i in range(count)]
    head = [Cell("", 0, 0), *(Cell(str(i + 1), 0, 1 + i, align="c") for i in range(count))]
    full = rng.random() < 0.3
    body = [
        [Cell(name, i, 0)]
        + [
            Cell(("1" if i == c else number(looks, rng, 1, 2)) if c <= i or full else "", i, 1 + c, align="c")
            for c in range(count)
        ]
        for i, name in enumerate(names)
    ]
    return below(head, body)


def numbered_columns(content: Content, looks: Style, rng: Random) -> Content:
    """A row of column numbers in brackets under the heads."""
    top = content.head
    cells = [replace(c, row=c.row + 1) if c.row >= top else c for c in content.cells]
    cells += [Cell(f"({i + 1})", top, i, align="c") for i in range(content.columns)]
    return replace(content, cells=tuple(cells), rows=content.rows + 1, head=top + 1)


def deep_head(content: Content, looks: Style, rng: Random) -> Content:
    """Heads of three rows, each text over the columns that it heads, with a rule under it."""
    groups = [[rng.randint(2, 3) for _ in range(rng.randint(1, 2))] for _ in range(2)]
    head, rules, column = [Cell("", 0, 0), Cell("", 1, 0), Cell(rng.choice(looks.language.heads), 2, 0)], [], 1
    for group in groups:
        head.append(Cell(label(looks.language, rng, 2), 0, column, columns=sum(group), align="c"))
        rules.append(Above(1, column, column + sum(group) - 1))
        for width in group:
            head.append(Cell(label(looks.language, rng, 1), 1, column, columns=width, align="c"))
            rules.append(Above(2, column, column + width - 1))
            head += [Cell(rng.choice(looks.language.heads), 2, c, align="c") for c in range(column, column + width)]
            column += width
    body = [
        [Cell(label(looks.language, rng, 1), i, 0)]
        + [Cell(number(looks, rng), i, c, align="c") for c in range(1, column)]
        for i in range(rng.randint(3, 8))
    ]
    return replace(below(head, body), rules=() if looks.rules in (GRID, LINES) else tuple(rules))
