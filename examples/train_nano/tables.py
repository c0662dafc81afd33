"""The contents of tables: real ones from Wikipedia and invented ones with numbers, dates, spans and empty cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from train_nano import invent
from train_nano.texts import Texts

BREAK = "\n"  # within a cell's text: the next line begins here; a space in the transcript


@dataclass(frozen=True)
class Cell:
    """A cell at a place in the grid. `face` as in TextStyle."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    face: int = 0


@dataclass(frozen=True)
class Table:
    """Cells in reading order. The first `head` rows are a header."""

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    head: int

    def first_rows(self, rows: int) -> Table:
        """The table cut after `rows` rows; spans that cross the cut are shortened."""
        kept = (
            Cell(c.text, c.row, c.column, min(c.rows, rows - c.row), c.columns, c.face)
            for c in self.cells
            if c.row < rows
        )
        return Table(tuple(kept), rows, self.columns, self.head)

    def html(self) -> tuple[str, list[int]]:
        """One line of HTML, and where each cell's text starts in it."""
        parts, starts, size = ["<table>"], [], len("<table>")
        row = -1
        for cell in self.cells:
            tag = ""
            while row < cell.row:
                tag += "</tr><tr>" if row >= 0 else "<tr>"
                row += 1
            tag += "<td"
            tag += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
            tag += f' colspan="{cell.columns}"' if cell.columns > 1 else ""
            tag += ">"
            starts.append(size + len(tag))
            parts.append(f"{tag}{cell.text.replace(BREAK, ' ')}</td>")
            size += len(parts[-1])
        return "".join(parts) + "</tr></table>", starts


def from_rows(rows: list[list[tuple[str, int, int]]], head: int, bold: bool, limit: int) -> Table:
    """A table from rows of (text, rowspan, colspan), at most `limit` columns; later columns are cut off."""
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    columns = 0
    for r, row in enumerate(rows):
        column = 0
        for text, down, across in row:
            while (r, column) in taken:
                column += 1
            if column >= limit:
                break
            down, across = min(down, len(rows) - r), min(across, limit - column)
            down = 1 if any((r + i, column + j) in taken for i in range(down) for j in range(across)) else down
            taken.update((r + i, column + j) for i in range(down) for j in range(across))
            cells.append(Cell(text, r, column, down, across, 1 if bold and r < head else 0))
            column += across
            columns = max(columns, column)
    cells += [Cell("", r, c) for r in range(len(rows)) for c in range(columns) if (r, c) not in taken]
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table(tuple(cells), len(rows), columns, head)


def real(rng: Generator, texts: Texts, limit: int) -> Table:
    """A window of rows of a real table, with its header row."""
    rows = texts.table(rng)
    head = 1
    if len(rows) > 6 and rng.random() < 0.4 and not any(down > 1 for row in rows for _, down, _ in row):
        start = int(rng.integers(1, len(rows) - 3))
        rows = rows[:1] + rows[start:]
    return from_rows(rows, head, bool(rng.random() < 0.75), limit)


Column = tuple[str, Callable[[Generator], str]]


def _choices(*values: str) -> Callable[[Generator], str]:
    return lambda rng: invent.pick(rng, values)


def _fixed(rng: Generator) -> Callable[[Generator], str]:
    """Numbers of one form, as a column has."""
    places, scale, sign = int(rng.integers(0, 4)), float(rng.uniform(0, 5)), rng.random() < 0.2
    symbol = invent.pick(rng, ("", "", "", "", "$", "€", "%", "±"))

    def make(rng: Generator) -> str:
        value = float(10 ** rng.normal(scale, 0.5)) * (-1 if sign and rng.random() < 0.3 else 1)
        text = f"{value:,.{places}f}"
        if symbol == "%":
            return f"{abs(value) % 100:.{places}f}%"
        if symbol == "±":
            return f"{value:.{places}f} ± {abs(value) * 0.07:.{places}f}"
        return f"({text[1:]})" if text[0] == "-" and sign and places == 0 else symbol + text

    return make


def _column(rng: Generator, texts: Texts) -> Column:
    kinds: tuple[Callable[[], Column], ...] = (
        lambda: ("Name", invent.name), lambda: ("Date", invent.date), lambda: ("Code", invent.code),
        lambda: (invent.pick(rng, invent.MONTHS)[:3], _fixed(rng)),
        lambda: (str(int(rng.integers(1950, 2030))), _fixed(rng)),
        lambda: (texts.words(rng, 1, 3), _fixed(rng)), lambda: (texts.words(rng, 1, 2), _fixed(rng)),
        lambda: (texts.words(rng, 1, 2), lambda r: texts.words(r, 1, 4)),
        lambda: ("Notes", lambda r: texts.words(r, 2, 12)),
        lambda: ("Status", _choices("Yes", "No", "Open", "Closed", "n/a", "–")),
        lambda: ("Time", invent.time), lambda: ("Qty", lambda r: str(int(r.integers(1, 100)))),
        lambda: ("Price", invent.money), lambda: ("City", _choices(*invent.CITIES)), lambda: ("Item", invent.item),
        lambda: ("Phone", invent.phone), lambda: ("Total", invent.money), lambda: ("Company", invent.company),
        lambda: ("No.", lambda r: invent.digits(r, 3)),
    )  # fmt: skip
    return kinds[int(rng.integers(len(kinds)))]()


def invented(rng: Generator, texts: Texts, limit: int, most_rows: int = 24, least_rows: int = 2) -> Table:
    """A table of typed columns: with a chance of grouped headers, grouped rows, section rows and a total."""
    many, count = int(rng.integers(2, max(limit, 2) + 1)), int(rng.integers(least_rows, most_rows + 1))
    if rng.random() < 0.4:  # one kind of number in all columns, as in accounts and results
        make = _fixed(rng)
        columns: list[Column] = [(texts.words(rng, 1, 2), make) for _ in range(many)]
        if rng.random() < 0.5:
            first = int(rng.integers(1950, 2025))
            columns = [(str(first + i), make) for i in range(many)]
    else:
        columns = [_column(rng, texts) for _ in range(many)]
    if rng.random() < 0.7:
        columns[0] = (
            invent.pick(rng, ("", "Item", "Category", "Method", "Year", "Region", columns[0][0])),
            lambda r: texts.words(r, 1, 4),
        )
    empty = 0.0 if rng.random() < 0.6 else float(rng.uniform(0.02, 0.3))
    rows: list[list[tuple[str, int, int]]] = []
    head = 0
    if rng.random() < 0.85:
        rows += _header(rng, texts, [name for name, _ in columns])
        head = len(rows)
    grouped = rng.random() < 0.12 and many > 2
    rows += _grouped_rows(rng, columns, count) if grouped else _rows(rng, texts, columns, count, empty)
    table = from_rows(rows, head, bool(rng.random() < 0.75), limit)
    return table if rng.random() > 0.15 else _bold_somewhere(rng, table)


def _header(rng: Generator, texts: Texts, names: list[str]) -> list[list[tuple[str, int, int]]]:
    """One row, or two with cells that span columns."""
    if rng.random() < 0.75 or len(names) < 4:
        return [[(name, 1, 1) for name in names]]
    top: list[tuple[str, int, int]] = [(names[0], 2, 1)]
    low: list[tuple[str, int, int]] = []
    at = 1
    while at < len(names):
        span = min(int(rng.integers(1, 4)), len(names) - at)
        if span == 1:
            top.append((names[at], 2, 1))
        else:
            top.append((texts.words(rng, 1, 3), 1, span))
            low += [(name, 1, 1) for name in names[at : at + span]]
        at += span
    return [top, low] if low else [[(name, 1, 1) for name, _, _ in top]]


def _rows(
    rng: Generator, texts: Texts, columns: list[Column], count: int, empty: float
) -> list[list[tuple[str, int, int]]]:
    rows = []
    sections = rng.random() < 0.15
    for _ in range(count):
        if sections and rng.random() < 0.2:
            rows.append([(texts.words(rng, 1, 5), 1, len(columns))])
        rows.append([("" if i and rng.random() < empty else make(rng), 1, 1) for i, (_, make) in enumerate(columns)])
    if rng.random() < 0.2:
        rows.append([("Total", 1, 1), *((make(rng), 1, 1) for _, make in columns[1:])])
    return rows


def _grouped_rows(rng: Generator, columns: list[Column], count: int) -> list[list[tuple[str, int, int]]]:
    """The first column spans several rows."""
    rows: list[list[tuple[str, int, int]]] = []
    while len(rows) < count:
        span = int(rng.integers(1, 5))
        for i in range(span):
            row = [(make(rng), 1, 1) for _, make in columns[1:]]
            rows.append([(columns[0][1](rng), span, 1), *row] if i == 0 else row)
    return rows


def _bold_somewhere(rng: Generator, table: Table) -> Table:
    """Bold first column or bold single cells."""
    column = rng.random() < 0.5
    bold = np.array([c.column == 0 if column else rng.random() < 0.1 for c in table.cells])
    cells = tuple(
        Cell(c.text, c.row, c.column, c.rows, c.columns, 1 if b else c.face)
        for c, b in zip(table.cells, bold, strict=True)
    )
    return Table(cells, table.rows, table.columns, table.head)
