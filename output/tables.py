"""Tables: the model's HTML, pipes or fragments of them as a grid of cells, and that grid as clean HTML or as pipes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

from output import escape, maths
from output.options import MathStyle, TableStyle

MOST_COLUMNS = 100  # wider spans than this are garbage, and would make a browser draw a million cells


@dataclass(frozen=True)
class Piece:
    """A part of a cell: text as a reader sees it, or an inline tag: `br`, `b`, `i`, `sub`, `sup` (`/b` closes)."""

    text: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell; spans count from 1."""

    pieces: tuple[Piece, ...] = ()
    is_header: bool = False
    columns: int = 1
    rows: int = 1


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells; a row lists only the cells that begin in it."""

    rows: tuple[Row, ...]
    caption: tuple[Piece, ...] = ()

    @property
    def has_spans(self) -> bool:
        return any(cell.columns > 1 or cell.rows > 1 for row in self.rows for cell in row)


def markdown(table: Table, tables: TableStyle, math: MathStyle) -> list[str]:
    """The table as chunks of Markdown: HTML, or its caption and pipes where asked for and no cell spans others."""
    table = fit(table)
    if not any(cell.pieces for row in table.rows for cell in row):
        return [_inline(table.caption, math)] if table.caption else []
    if tables is TableStyle.MARKDOWN and not table.has_spans:
        caption = [_inline(table.caption, math)] if table.caption else []
        return [*caption, _pipes(table, math)]
    return [_html(table, math)]


def fit(table: Table) -> Table:
    """The table with spans that stay inside it, and without rows that neither hold nor continue a cell."""
    width = _width(table)
    rows: list[Row] = []
    held: dict[int, int] = {}  # column -> rows below that a cell from above still covers
    for i, row in enumerate(table.rows):
        if not row and not any(held.values()):
            continue
        fitted, column = [], 0
        for cell in row:
            while held.get(column, 0):
                column += 1
            columns, rows_left = max(1, min(cell.columns, width - column)), len(table.rows) - i
            cell = replace(cell, columns=columns, rows=min(cell.rows, rows_left))
            fitted.append(cell)
            for covered in range(column, column + cell.columns):
                held[covered] = max(held.get(covered, 0), cell.rows)
            column += cell.columns
        held = {c: left - 1 for c, left in held.items() if left > 1}
        rows.append(tuple(fitted))
    return replace(table, rows=tuple(rows))


def _width(table: Table) -> int:
    """Columns of the widest row; a cell that is alone in its row only counts if all are."""
    widths = [sum(cell.columns for cell in row) for row in table.rows if len(row) > 1]
    covered = max((sum(cell.columns for cell in row if cell.rows > 1) for row in table.rows), default=0)
    alone = max((row[0].columns for row in table.rows if len(row) == 1), default=1)
    return min(max(widths) + covered if widths else alone, MOST_COLUMNS)


def _html(table: Table, math: MathStyle) -> str:
    """One line a row and no blank line, so that Markdown takes the whole for one HTML block."""
    lines = ["<table>"]
    if table.caption:
        lines.append(f"<caption>{_content(table.caption, math)}</caption>")
    for row in table.rows:
        lines.append("<tr>" + "".join(_cell(cell, math) for cell in row) + "</tr>")
    return "\n".join([*lines, "</table>"])


def _cell(cell: Cell, math: MathStyle) -> str:
    name = "th" if cell.is_header else "td"
    spans = f' rowspan="{cell.rows}"' * (cell.rows > 1) + f' colspan="{cell.columns}"' * (cell.columns > 1)
    return f"<{name}{spans}>{_content(cell.pieces, math)}</{name}>"


def _content(pieces: tuple[Piece, ...], math: MathStyle) -> str:
    return "".join(f"<{p.tag}>" if p.tag else html.escape(_with_formulas(p.text, math), quote=False) for p in pieces)


def _with_formulas(text: str, style: MathStyle) -> str:
    out, at = [], 0
    for formula in maths.find(text):
        out += [text[at : formula.start], maths.inline(formula.latex, style)]
        at = formula.end
    return "".join([*out, text[at:]])


def _pipes(table: Table, math: MathStyle) -> str:
    width = max(len(row) for row in table.rows)
    lines = [[_inline(cell.pieces, math) for cell in row] + [""] * (width - len(row)) for row in table.rows]
    lines.insert(1, ["---"] * width)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _inline(pieces: tuple[Piece, ...], math: MathStyle) -> str:
    shown = (f"<{p.tag}>" if p.tag else escape.inline(p.text, math, in_cell=True) for p in pieces)
    return re.sub(r" +", " ", "".join(shown)).strip()
