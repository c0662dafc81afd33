"""Tables: the model's HTML, pipes or fragments of them as a grid of cells, and that grid as clean HTML or as pipes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from output.grounding.blocks import PLAIN, Style
from output.marks import marks
from output.marks.marks import Mark, Marks
from output.options import MathStyle, TableStyle
from output.text import escape, maths

# Wider spans than this are garbage: a column of 2 mm, the narrowest that holds a digit, leaves room for 105 on A4.
# Without a bound one cell of a hostile answer makes a browser draw a million.
MOST_COLUMNS = 100

# Rows with text from which a column without any is a misread rule and not a column to be filled in. With one or two
# rows a form's empty cell would go. Chosen, not measured.
_FEWEST_ROWS = 3


@dataclass(frozen=True)
class Piece:
    """A part of a cell: text as a reader sees it, or an inline tag: br, b, i, s, code, sub, sup (`/b` closes)."""

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


def markdown(table: Table, tables: TableStyle, math: MathStyle, known: Marks | None = None) -> list[str]:
    """The table as chunks of Markdown: HTML, or its caption and pipes where asked for and no cell spans others.

    Words that are `known` to be links or emphasis are written so.
    """
    known = known or Marks()
    table = fit(table)
    if not any(cell.pieces for row in table.rows for cell in row):
        whole = _whole(table.caption)
        return [_inline(whole, known.of(whole), table.caption, math)] if table.caption else []
    if tables is TableStyle.MARKDOWN and not table.has_spans:
        return _pipes(table, math, known)
    return [_html(table, math, known)]


def fit(table: Table) -> Table:
    """The table with spans that stay inside it, and without rows that neither hold nor continue a cell."""
    height = len(table.rows)
    rows = tuple(tuple(replace(c, rows=min(c.rows, height - i)) for c in row) for i, row in enumerate(table.rows))
    placed = list(_placed(rows, MOST_COLUMNS))
    # A row of one cell is often a heading with an absurd span; the others say how wide the table is.
    # This is why the grid is placed twice: once as the spans say, to learn the width, and once cut to that width.
    ends = [row[-1].columns + at[-1] for row, at in placed if len(row) > 1] or [r[0].columns for r, _ in placed if r]
    fitted = list(_placed(rows, min(max(ends, default=1), MOST_COLUMNS)))
    return replace(table, rows=_without_empty_columns(fitted))


def _without_empty_columns(placed: list[tuple[Row, list[int]]]) -> tuple[Row, ...]:
    """Rows without columns in which nothing begins but cells without text, one column wide and one row high."""
    empty: set[int] = set()
    filled: set[int] = set()
    for row, at in placed:
        for cell, column in zip(row, at, strict=True):
            is_empty = not cell.pieces and cell.columns == cell.rows == 1
            (empty if is_empty else filled).add(column)
    dropped = empty - filled
    if not dropped or sum(any(cell.pieces for cell in row) for row, _ in placed) < _FEWEST_ROWS:
        return tuple(row for row, _ in placed)
    return tuple(tuple(_narrowed(row, at, dropped)) for row, at in placed)


def _narrowed(row: Row, at: list[int], dropped: set[int]) -> Iterator[Cell]:
    for cell, column in zip(row, at, strict=True):
        if column not in dropped:
            lost = sum(c in dropped for c in range(column, column + cell.columns))
            yield replace(cell, columns=cell.columns - lost)


def grid(table: Table) -> list[list[Cell | None]]:
    """Rows of equally many places; a cell stands where it begins, None where one goes on or there is none."""
    columns = width(table)
    rows: list[list[Cell | None]] = []
    for row, at in _placed(table.rows, MOST_COLUMNS):
        cells = dict(zip(at, row, strict=True))
        rows.append([cells.get(column) for column in range(columns)])
    return rows


def plain(pieces: tuple[Piece, ...], math: MathStyle) -> str:
    """A cell's text in one line, without its tags."""
    text = "".join(" " if piece.tag == "br" else _with_formulas(piece.text, math) for piece in pieces)
    return " ".join(text.split())


def struck(table: Table, known: Marks) -> Table:
    """The table with what is struck out marked in words, for files that have no other marks."""
    texts = [piece.text for row in table.rows for cell in row for piece in cell.pieces]
    found = iter(known.over(texts))
    return replace(
        table,
        rows=tuple(
            tuple(
                replace(cell, pieces=tuple(replace(p, text=marks.plain(p.text, next(found))) for p in cell.pieces))
                for cell in row
            )
            for row in table.rows
        ),
    )


def width(table: Table) -> int:
    """The number of columns that the rows reach, spans included."""
    return max((at[-1] + row[-1].columns for row, at in _placed(table.rows, MOST_COLUMNS) if row), default=0)


def _placed(rows: tuple[Row, ...], width: int) -> Iterator[tuple[Row, list[int]]]:
    """Each row with the columns that its cells begin at; column spans end at `width`, empty rows are left out."""
    held: dict[int, int] = {}  # column -> rows from here on that a cell from above covers
    for row in rows:
        placed: list[tuple[Cell, int]] = []
        covered, column = dict(held), 0
        for cell in row:
            while held.get(column):
                column += 1
            cell = replace(cell, columns=max(1, min(cell.columns, width - column)))
            placed.append((cell, column))
            covered |= {c: max(covered.get(c, 0), cell.rows) for c in range(column, column + cell.columns)}
            column += cell.columns
        if row or held:
            yield tuple(cell for cell, _ in placed), [at for _, at in placed]
        held = {c: left - 1 for c, left in covered.items() if left > 1}


def _html(table: Table, math: MathStyle, known: Marks) -> str:
    """One line per row and no blank line, so that Markdown takes the whole for one HTML block."""
    cells = [table.caption, *(cell.pieces for row in table.rows for cell in row)]
    found = iter(known.over([piece.text for pieces in cells for piece in pieces]))
    lines = ["<table>"]
    if table.caption:
        lines.append(f"<caption>{_content(table.caption, math, found)}</caption>")
    for row in table.rows:
        lines.append("<tr>" + "".join(_cell(cell, math, found) for cell in row) + "</tr>")
    return "\n".join([*lines, "</table>"])


def _cell(cell: Cell, math: MathStyle, found: Iterator[list[Mark]]) -> str:
    name = "th" if cell.is_header else "td"
    spans = f' rowspan="{cell.rows}"' * (cell.rows > 1) + f' colspan="{cell.columns}"' * (cell.columns > 1)
    return f"<{name}{spans}>{_content(cell.pieces, math, found, cell.is_header)}</{name}>"


def _content(pieces: tuple[Piece, ...], math: MathStyle, found: Iterator[list[Mark]], is_header: bool = False) -> str:
    """A cell's pieces, each with its own of the marks that are `found`; the cells of a head are bold by themselves."""

    def shown(text: str) -> str:
        return escape.ticked(html.escape(_with_formulas(text, math), quote=False))

    each = ((piece, next(found)) for piece in pieces)
    return "".join(
        f"<{piece.tag}>" if piece.tag else marks.as_html(piece.text, _in_head(own) if is_header else own, shown)
        for piece, own in each
    )


def _in_head(own: list[Mark]) -> list[Mark]:
    lighter = [replace(mark, style=mark.style.without(Style(bold=True))) for mark in own]
    return [mark for mark in lighter if mark.target or mark.style != PLAIN]


def _with_formulas(text: str, style: MathStyle) -> str:
    out, at = [], 0
    for formula in maths.find(text):
        out += [text[at : formula.start], maths.inline_in_html(formula.latex, style)]
        at = formula.end
    return "".join([*out, text[at:]])


def _pipes(table: Table, math: MathStyle, known: Marks) -> list[str]:
    """The caption, if there is one, and the rows. Pipes have a head of one row, which is bold by itself."""
    width = max(len(row) for row in table.rows)
    cells = [table.caption, *(cell.pieces for row in table.rows for cell in row)]
    found = iter(known.over([_whole(pieces) for pieces in cells]))
    caption = _inline(_whole(table.caption), next(found), table.caption, math)
    lines = []
    for i, row in enumerate(table.rows):
        each = [(cell.pieces, next(found)) for cell in row]
        shown = [_inline(_whole(p), own if i else _in_head(own), p, math, in_cell=True) for p, own in each]
        lines.append([*shown, *[""] * (width - len(row))])
    lines.insert(1, ["---"] * width)
    return [*[caption] * bool(caption), "\n".join("| " + " | ".join(line) + " |" for line in lines)]


def _whole(pieces: tuple[Piece, ...]) -> str:
    """Text and tags as one text, to be examined as a whole: emphasis could begin before a tag and end behind.

    A filler holds each tag's place: as text it would be escaped, and left out it would hide what it parts.
    """
    whole = "".join(escape.FILLER if p.tag else p.text.replace(escape.FILLER, "") for p in pieces)
    return " ".join(whole.split())


def _inline(whole: str, own: list[Mark], pieces: tuple[Piece, ...], math: MathStyle, in_cell: bool = False) -> str:
    """The whole as inline Markdown, with the tags of its pieces in their places."""
    tags = (f"<{p.tag}>" for p in pieces if p.tag)
    return re.sub(escape.FILLER, lambda _: next(tags), escape.ticked(marks.markdown(whole, own, math, in_cell)))
