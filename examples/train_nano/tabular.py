"""Setting a table: column widths, wrapped cells, rules and shades in many styles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from train_nano.cell_text import Lines, lines_of, longest_line, longest_word, shown_of
from train_nano.draw import Fill, Mark, Span
from train_nano.fonts import Floats
from train_nano.layout import Piece, Setter, line_spans
from train_nano.measure import Measured, TextStyle, measure
from train_nano.tables import BREAK, Cell, Table
from train_nano.theme import Theme


@dataclass(frozen=True)
class Look:
    """How a table is drawn; lengths in pixels."""

    rules: str  # grid, rows, booktabs, box, columns, none
    thick: float
    thin: float
    rule_grey: int
    head_grey: int | None
    head_ink: int | None
    zebra: int | None
    pad_x: float
    pad_y: float
    numbers: str  # alignment of cells that are numbers
    words: str
    heads: str
    middle: bool  # vertical alignment
    full: bool  # stretched to the whole width


def choose_look(rng: Generator, theme: Theme) -> Look:
    """A random look."""
    dark = rng.random() < 0.12
    shaded = rng.random() < 0.3
    unit = theme.unit
    return Look(
        rules=str(
            rng.choice(["grid", "rows", "booktabs", "box", "columns", "none"], p=[0.38, 0.13, 0.2, 0.06, 0.05, 0.18])
        ),
        thick=unit * float(rng.uniform(0.6, 1.6)),
        thin=unit * float(rng.uniform(0.25, 0.8)),
        rule_grey=theme.ink if rng.random() < 0.6 else int(rng.integers(0, 190)),
        head_grey=int(rng.integers(20, 110)) if dark else int(rng.integers(170, 240)) if shaded else None,
        head_ink=int(rng.integers(225, 256)) if dark else None,
        zebra=int(rng.integers(215, 245)) if rng.random() < 0.18 else None,
        pad_x=theme.size * float(rng.uniform(0.25, 0.9)),
        pad_y=theme.size * float(rng.uniform(0.03, 0.4)),
        numbers=str(rng.choice(["right", "center", "left"], p=[0.5, 0.35, 0.15])),
        words="center" if rng.random() < 0.2 else "left",
        heads=str(rng.choice(["left", "center", "same"], p=[0.3, 0.4, 0.3])),
        middle=bool(rng.random() < 0.5),
        full=bool(rng.random() < 0.35),
    )


def table_setter(theme: Theme, table: Table, look: Look, style: TextStyle, align: str = "center") -> Setter:
    """A setter of a table that drops last rows where room is short, and gives up below header + 1 rows."""
    table = replace(table, cells=tuple(replace(c, text=shown_of(theme, c.text)) for c in table.cells))

    def set_table(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        grid = _Grid(table, look, style)
        widths = grid.widths(width)
        if widths is None:
            return None, set_table
        rows = grid.heights(widths)
        fitting = int(np.searchsorted(np.cumsum(rows), room - 2 * look.thick, "right"))
        if fitting < min(table.head + 1, table.rows):
            return None, set_table
        if fitting < table.rows:
            grid = _Grid(table.first_rows(fitting), look, style)
            rows = grid.heights(widths)
            if rows.sum() > room:
                return None, set_table
        left = {"left": 0.0, "center": (width - float(widths.sum())) / 2}[align]
        return grid.piece(widths, rows, left, width), None

    return set_table


class _Grid:
    """A table being set."""

    def __init__(self, table: Table, look: Look, style: TextStyle) -> None:
        self.table, self.look, self.style = table, look, style
        self.texts: list[Measured | None] = [self._measure(cell) for cell in table.cells]
        self.lines: list[Lines] = []
        body = [cell for cell in table.cells if cell.row >= table.head and cell.columns == 1 and cell.text]
        votes = [[_is_number(cell.text) for cell in body if cell.column == column] for column in range(table.columns)]
        self.numeric = [sum(vote) * 2 > len(vote) for vote in votes]

    def _measure(self, cell: Cell) -> Measured | None:
        text = cell.text.replace(BREAK, " ")
        return measure(text, replace(self.style, face=cell.face)) if text else None

    def widths(self, room: float) -> Floats | None:
        """Column widths with padding; None when not even the longest words fit."""
        natural, least = (np.full(self.table.columns, self.style.size, np.float32) for _ in range(2))
        for cell, text in zip(self.table.cells, self.texts, strict=True):
            if cell.columns == 1 and text is not None:
                natural[cell.column] = max(natural[cell.column], longest_line(cell.text, text) + 1)
                least[cell.column] = max(least[cell.column], longest_word(text) + 1)
        for cell, text in zip(self.table.cells, self.texts, strict=True):
            if cell.columns > 1 and text is not None:
                span = slice(cell.column, cell.column + cell.columns)
                for columns, need in (
                    (natural, min(text.cumulative[-1] + 1, room / 2)),
                    (least, longest_word(text) + 1),
                ):
                    lack = need - columns[span].sum() - (cell.columns - 1) * 2 * self.look.pad_x
                    columns[span] += max(lack, 0) / cell.columns
        natural = np.maximum(natural, least)
        free = room - 2 * self.look.pad_x * self.table.columns - 2 * self.look.thick
        if least.sum() > free:
            return None
        if natural.sum() > free:
            share = (free - least.sum()) / max(natural.sum() - least.sum(), 1e-6)
            natural = least + (natural - least) * share
        elif self.look.full:
            natural = natural + (free - natural.sum()) / self.table.columns
        return (natural + 2 * self.look.pad_x).astype(np.float32)

    def heights(self, widths: Floats) -> Floats:
        """Row heights; also breaks the cells' lines."""
        edges = np.concatenate([[0.0], np.cumsum(widths)])
        rows = np.full(self.table.rows, self.style.leading + 2 * self.look.pad_y, np.float32)
        self.lines = []
        spanning = []
        for cell, text in zip(self.table.cells, self.texts, strict=True):
            width = edges[cell.column + cell.columns] - edges[cell.column] - 2 * self.look.pad_x
            lines = [] if text is None else lines_of(cell.text, text, float(width))
            self.lines.append(lines)
            need = len(lines) * self.style.leading + 2 * self.look.pad_y
            if cell.rows == 1:
                rows[cell.row] = max(rows[cell.row], need)
            else:
                spanning.append((cell, need))
        for cell, need in spanning:
            span = slice(cell.row, cell.row + cell.rows)
            rows[span] += max(need - rows[span].sum(), 0) / cell.rows
        return rows

    def piece(self, widths: Floats, rows: Floats, left: float, width: float) -> Piece:
        xs, ys = left + np.concatenate([[0.0], np.cumsum(widths)]), np.concatenate([[0.0], np.cumsum(rows)])
        html, starts = self.table.html()
        spans: list[Span] = []
        for i, cell in enumerate(self.table.cells):
            spans += self._cell(i, cell, xs, ys, starts[i])
        marks = self._shades(xs, ys) + self._rules(xs, ys)
        box = None
        if marks:
            grow = self.look.thick / 2
            box = (float(xs[0]) - grow, -grow, float(xs[-1]) + grow, float(ys[-1]) + grow)
        return Piece("table", html, width, float(ys[-1]), spans, marks, box)

    def _cell(self, i: int, cell: Cell, xs: Floats, ys: Floats, start: int) -> list[Span]:
        text, look, head = self.texts[i], self.look, cell.row < self.table.head
        if text is None:
            return []
        align = look.numbers if self.numeric[cell.column] and cell.column else look.words
        if head and look.heads != "same":
            align = look.heads
        if cell.columns > 1:
            align = "center" if head or look.words == "center" else align
        ink = look.head_ink if head else None
        style = replace(self.style, face=cell.face, align=align, ink=ink)
        x, width = xs[cell.column] + look.pad_x, xs[cell.column + cell.columns] - xs[cell.column] - 2 * look.pad_x
        room = ys[cell.row + cell.rows] - ys[cell.row] - len(self.lines[i]) * style.leading
        y = ys[cell.row] + (room / 2 if look.middle else look.pad_y) + style.first_baseline
        spans: list[Span] = []
        for row, line in enumerate(self.lines[i]):
            spans += line_spans(text, line, style, float(x), float(width), float(y + row * style.leading), True, start)
        return spans

    def _shades(self, xs: Floats, ys: Floats) -> list[Mark]:
        left, right = float(xs[0]), float(xs[-1])
        marks: list[Mark] = []
        if self.look.zebra is not None:
            for row in range(self.table.head, self.table.rows, 2):
                marks.append(Fill(left, float(ys[row]), right, float(ys[row + 1]), self.look.zebra))
        if self.look.head_grey is not None and self.table.head:
            marks.append(Fill(left, 0.0, right, float(ys[self.table.head]), self.look.head_grey))
        return marks

    def _owners(self) -> NDArray[np.int64]:
        owners = np.full((self.table.rows, self.table.columns), -1)
        for i, cell in enumerate(self.table.cells):
            owners[cell.row : cell.row + cell.rows, cell.column : cell.column + cell.columns] = i
        return owners

    def _rules(self, xs: Floats, ys: Floats) -> list[Mark]:
        look, owners, marks = self.look, self._owners(), []
        rows, columns, head = self.table.rows, self.table.columns, self.table.head
        across = {
            "grid": range(rows + 1), "rows": range(rows + 1), "booktabs": {0, head, rows}, "box": {0, head, rows},
            "columns": {head}, "none": set(),
        }[look.rules]  # fmt: skip
        down = {"grid": range(columns + 1), "box": {0, columns}, "columns": range(1, columns)}.get(look.rules, ())
        for row in across:
            outer = row in (0, rows)
            thick = look.thick if outer or (row == head and look.rules != "grid") else look.thin
            cut = np.ones(columns, bool) if outer else owners[row - 1] != owners[row]
            for a, b in _runs(cut):
                y = float(ys[row])
                marks.append(
                    Fill(
                        float(xs[a]) - thick / 2, y - thick / 2, float(xs[b]) + thick / 2, y + thick / 2, look.rule_grey
                    )
                )
        for column in down:
            cut = np.ones(rows, bool) if column in (0, columns) else owners[:, column - 1] != owners[:, column]
            for a, b in _runs(cut):
                x = float(xs[column])
                marks.append(Fill(x - look.thin / 2, float(ys[a]), x + look.thin / 2, float(ys[b]), look.rule_grey))
        return marks


def _is_number(text: str) -> bool:
    return sum(c.isdigit() for c in text) * 2 > len(text)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[start, end) of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
