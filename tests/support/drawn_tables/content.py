"""What a drawn table says: cells at places of a grid, invented by kind and seed."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from drawn_tables.vocabulary import Language, label

SPACE = 0.8  # em


@dataclass(frozen=True)
class Cell:
    """A cell. `align` is l, r, c or d (decimal point); `indent` in steps; `apart` is a sign that stands at its left.

    What `spills` runs past its column on one line; `note` is raised behind the text; dots lead on from what `leads`.
    """

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    align: str = "l"
    bold: bool = False
    indent: int = 0
    apart: str = ""
    spills: bool = False
    note: str = ""
    leads: bool = False

    @property
    def whole(self) -> str:
        """The text with the sign that stands apart from it."""
        text = " ".join(self.text.split("\n")) + self.note
        return f"{self.apart} {text}" if self.apart else text


@dataclass(frozen=True)
class Above:
    """A rule above a row from one column to another, once or twice; `short` of the columns' white at both ends."""

    row: int
    first: int
    last: int
    times: int = 1
    short: bool = True


@dataclass(frozen=True)
class Content:
    """Cells of a table, the first `head` rows of them its head. `wraps` are the columns of text that may be wrapped.

    `parts` are columns that open a group: a wide gap stands before them. `rules` are drawn whatever the style is.
    `spaced` are rows with `SPACE` above them.
    """

    cells: tuple[Cell, ...]
    rows: int
    columns: int
    head: int
    wraps: frozenset[int] = frozenset()
    parts: frozenset[int] = frozenset()
    rules: tuple[Above, ...] = ()
    spaced: frozenset[int] = frozenset()

    def with_tall_labels(self) -> Content:
        """The label of a first column that nothing parts from the empty cell above it, as one cell of two rows."""
        low = next((c for c in self.cells if c.row == 1 and c.column == 0), None)
        if self.head != 2 or low is None or not low.text:
            return self
        kept = [c for c in self.cells if c.column or c.row > 1]
        return replace(self, cells=(replace(low, row=0, rows=2), *kept))

    def html(self) -> str:
        """The truth, on one line; `th` in the head."""
        rows = []
        for i in range(self.rows):
            name = "th" if i < self.head else "td"
            line = sorted((c for c in self.cells if c.row == i), key=lambda c: c.column)
            rows.append("".join(_tag(name, cell) for cell in line))
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"

    def rows_between(self, start: int, end: int, with_head: bool) -> Content:
        """The table cut to body rows start..end, with or without its head above them."""
        keep = self.head if with_head else 0
        kept = [c for c in self.cells if c.row < keep]
        kept += [
            replace(c, row=c.row - self.head - start + keep) for c in self.cells if start <= c.row - self.head < end
        ]
        return replace(self, cells=tuple(kept), rows=keep + end - start, head=keep)


def _tag(name: str, cell: Cell) -> str:
    spans = f' rowspan="{cell.rows}"' * (cell.rows > 1) + f' colspan="{cell.columns}"' * (cell.columns > 1)
    note = f"<sup>{cell.note}</sup>" if cell.note else ""
    return f"<{name}{spans}>{html.escape(cell.whole.removesuffix(cell.note), quote=False)}{note}</{name}>"


@dataclass(frozen=True)
class Wish:
    """What a table should be like."""

    rows: tuple[int, int] = (3, 12)
    columns: tuple[int, int] = (3, 6)
    label_words: tuple[int, int] = (1, 3)
    text_columns: float = 0.1
    sparse: float = 0.0
    money: bool = False
    levels: int = 1
    head_words: int = 1
    grouped: bool = False
    doubled: bool = False
    wrapped: bool = False
    prose_cells: bool = False
    lines: str = ""


def invent(wish: Wish, language: Language, rng: Random) -> Content:
    """A table that is like the wish."""
    rows, columns = rng.randint(*wish.rows), rng.randint(*wish.columns)
    if wish.doubled:
        columns = 3 if columns < 4 else 2
    kinds = _kinds(wish, columns, rng)
    body = [_data(wish, kinds, language, rng) for _ in range(rows)]
    texts = [_head_text(wish, language, rng) for _ in kinds]
    if wish.doubled:
        body = [left + _moved(_data(wish, kinds, language, rng), columns) for left in body]
        kinds, texts = kinds * 2, texts * 2
    body = _grouped(body, len(kinds), language, rng) if wish.grouped else body
    head = _head(wish, kinds, texts, language, rng)
    count = max(c.row + c.rows for c in head)
    cells = head + [replace(c, row=i + count) for i, row in enumerate(body) for c in row]
    wraps = {i for i, kind in enumerate(kinds) if kind in "lt"} if wish.wrapped or wish.prose_cells else set()
    parts = {columns} if wish.doubled else set()
    return Content(tuple(cells), count + len(body), len(kinds), count, frozenset(wraps), frozenset(parts))


def _kinds(wish: Wish, columns: int, rng: Random) -> str:
    kinds = "l"
    numeric = rng.choice("nnpde" if not wish.money else "m")
    for _ in range(columns - 1):
        kinds += "t" if rng.random() < wish.text_columns else numeric
        numeric = rng.choice("nnpde") if not wish.money and rng.random() < 0.4 else numeric
    return kinds


def _data(wish: Wish, kinds: str, language: Language, rng: Random) -> list[Cell]:
    scale = 10 ** rng.randint(0, 4)
    return [_value(wish, kind, column, scale, language, rng) for column, kind in enumerate(kinds)]


def _value(wish: Wish, kind: str, column: int, scale: int, language: Language, rng: Random) -> Cell:
    if kind in "lt":
        words = rng.randint(*wish.label_words) if kind == "l" else rng.randint(1, 2)
        words = rng.choice([1, 2, 7, 10]) if wish.wrapped and kind == "l" else words
        words = rng.randint(2, 14) if wish.prose_cells and column else words
        if wish.lines and column:
            mark = {"address": "", "bullets": "• "}[wish.lines]
            count = rng.randint(1, 4)
            return Cell("\n".join(mark + label(language, rng, rng.randint(1, 3)) for _ in range(count)), 0, column)
        return Cell(label(language, rng, words), 0, column)
    if rng.random() < wish.sparse:
        return Cell(rng.choice(["–", "—", "-", "", "", "n/a"]), 0, column, align="r")
    if kind == "m":
        amount = f"{rng.randint(1, 10 * scale):,}".replace(",", language.comma)
        amount = f"({amount})" if rng.random() < 0.25 else amount
        return Cell(amount, 0, column, align="r")
    if kind == "n":
        return Cell(f"{rng.randint(1, 10 * scale):,}".replace(",", language.comma), 0, column, align="r")
    if kind == "p":
        return Cell(f"{rng.uniform(-9, 99):.1f}".replace(".", language.point) + "%", 0, column, align="r")
    if kind == "d":
        return Cell(f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.{rng.randint(1980, 2030)}", 0, column, align="c")
    digits = rng.randint(0, 3)
    return Cell(f"{rng.uniform(0, 300):.{digits}f}".replace(".", language.point), 0, column, align="d")


def _head_text(wish: Wish, language: Language, rng: Random) -> str:
    parts = [rng.choice(language.heads)]
    if wish.head_words > 1 and rng.random() < 0.6:
        parts += [
            f"{rng.choice(language.joints)} {rng.choice(language.nouns).lower()}" for _ in range(wish.head_words - 1)
        ]
    elif rng.random() < 0.25:
        parts.append(rng.choice(["(m)", "(%)", "2019", "2024", "(kg)"]))
    return " ".join(parts) if language.spaced else "".join(parts)


def _head(wish: Wish, kinds: str, texts: Sequence[str], language: Language, rng: Random) -> list[Cell]:
    aligns = ["l" if kind in "lt" else rng.choice("rc") for kind in kinds]
    aligns = [aligns[1] if a != "l" and len(aligns) > 1 else a for a in aligns]
    lowest = [Cell(t, wish.levels - 1, i, align=aligns[i]) for i, t in enumerate(texts)]
    if wish.money and rng.random() < 0.7:
        lowest[0] = replace(lowest[0], text="")
        lowest[1:] = [replace(c, text=str(2025 - c.column)) for c in lowest[1:]]
    if wish.levels == 1:
        return lowest
    above, column = [Cell("", 0, 0)], 1
    while column < len(kinds):
        width = min(rng.randint(2, 3), len(kinds) - column)
        width += len(kinds) - column - width == 1  # no heading stands over a single column
        above.append(Cell(label(language, rng, rng.randint(1, 2)), 0, column, columns=width, align="c"))
        column += width
    return above + lowest


def _moved(row: list[Cell], columns: int) -> list[Cell]:
    return [replace(c, column=c.column + columns) for c in row]


def _grouped(body: list[list[Cell]], columns: int, language: Language, rng: Random) -> list[list[Cell]]:
    """Rows under headings of their own, indented, with totals."""
    out: list[list[Cell]] = []
    left = 0
    for row in body:
        if left == 0:
            left = rng.randint(2, 4)
            out.append([Cell(label(language, rng, 2), 0, 0, bold=rng.random() < 0.5)])
            out[-1] += [Cell("", 0, c) for c in range(1, columns)]
        out.append([replace(c, indent=1) if c.column == 0 else c for c in row])
        left -= 1
        if left == 0 and rng.random() < 0.5:
            total = [replace(c, bold=True) for c in row]
            out.append([replace(c, text=language.total) if c.column == 0 else c for c in total])
    return out
