"""Tables as grids of cells, and what text goes into which cell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from language.hyphens import Vocabulary
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line, Word, line_of
from pipeline.text_layer.lines.writer import Cell, table_html
from pipeline.text_layer.paragraphs.joining import join_lines
from pipeline.text_layer.paragraphs.paragraphs import CAPTION

_NOTE = re.compile(r"(?:source|notes?|quelle|anmerkung|注|资料来源)\b", re.I)


@dataclass(frozen=True)
class GridCell:
    """A cell at a place of the grid, with the number of rows and columns that it covers, and its lines of text."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1
    lines: tuple[Line, ...] = ()
    head: bool = False


@dataclass(frozen=True)
class Table:
    """A table's box in the reading frame and its cells; together they cover the grid without overlap."""

    box: Rect
    cells: tuple[GridCell, ...]

    @property
    def row_count(self) -> int:
        return max((cell.row + cell.rows for cell in self.cells), default=0)

    @property
    def column_count(self) -> int:
        return max((cell.column + cell.columns for cell in self.cells), default=0)

    def peeled(self) -> tuple[Table, list[GridCell], list[GridCell]]:
        """The table without a caption in its first row or a note in its last, and those cells."""
        columns, last = self.column_count, self.row_count - 1
        whole = [c for c in self.cells if c.columns == columns and c.rows == 1 and c.lines]
        heads = [c for c in whole if c.row == 0 and CAPTION.match(_text(c))]
        feet = [c for c in whole if c.row == last and _NOTE.match(_text(c))]
        kept = [replace(c, row=c.row - len(heads)) for c in self.cells if c not in heads and c not in feet]
        if not kept or (not heads and not feet):
            return self, [], []
        top = max((line.box.y1 for c in heads for line in c.lines), default=self.box.y0)
        bottom = min((line.box.y0 for c in feet for line in c.lines), default=self.box.y1)
        return replace(self, box=Rect(self.box.x0, top, self.box.x1, max(bottom, top)), cells=tuple(kept)), heads, feet

    def html(self, known: Vocabulary) -> str:
        """One-line HTML. `known`: the words of the document, for hyphens at line ends."""
        rows: dict[int, list[GridCell]] = defaultdict(list)
        for cell in sorted(self.cells, key=lambda c: (c.row, c.column)):
            rows[cell.row].append(cell)
        return table_html(
            [Cell(join_lines([x.marked for x in c.lines], known), c.columns, c.rows, c.head) for c in rows[i]]
            for i in range(self.row_count)
        )


def outside(tables: Sequence[Table], lines: Sequence[Line]) -> list[Line]:
    """The lines without the words that stand in a table's cells: whatever no cell took stays on the page."""
    return without(taken_words(tables), lines)


Taken = set[tuple[str, Rect]]
"""Words by text and box, not by identity: lines are cut and joined on their way into cells, words are not."""


def taken_words(tables: Sequence[Table]) -> Taken:
    """The words that stand in cells."""
    return {(w.text, w.box) for table in tables for cell in table.cells for line in cell.lines for w in line.words}


def without(taken: Taken, lines: Sequence[Line]) -> list[Line]:
    """The lines without some words."""
    left = []
    for line in lines:
        words = [word for word in line.words if (word.text, word.box) not in taken]
        if len(words) == len(line.words) and (line.text, line.box) not in taken:
            left.append(line)
        elif words and len(words) < len(line.words):
            left.append(line_of(words))
    return left


def _text(cell: GridCell) -> str:
    return " ".join(line.text for line in cell.lines)


def completed(cells: Sequence[GridCell], columns: int) -> tuple[GridCell, ...]:
    """The cells, with an empty one at each place that none covers."""
    rows = max(cell.row + cell.rows for cell in cells)
    heads = {cell.row for cell in cells if cell.head}
    covered = {
        (r, c)
        for cell in cells
        for r in range(cell.row, cell.row + cell.rows)
        for c in range(cell.column, cell.column + cell.columns)
    }
    places = ((r, c) for r in range(rows) for c in range(columns) if (r, c) not in covered)
    return (*cells, *(GridCell(r, c, head=r in heads) for r, c in places))


def lines_of_words(words: Sequence[Word]) -> tuple[Line, ...]:
    """Words in the order of their lines → lines: a new one where a word stands lower or further left."""
    lines: list[Line] = []
    run: list[Word] = []
    for word in words:
        if run and (word.box.overlap_y(run[-1].box) < 0.3 * word.box.height):
            lines.append(line_of(run))
            run = []
        if run and -word.box.overlap_x(run[-1].box) > 0.15 * word.size:
            word = replace(word, spaced=True)
        run.append(word)
    if run:
        lines.append(line_of(run))
    return tuple(sorted(lines, key=lambda line: line.box.y0))


def without_empty(cells: Sequence[GridCell]) -> tuple[GridCell, ...]:
    """The cells without grid rows and columns in which no cell with text begins and none is held open by a span."""
    rows = sorted({cell.row for cell in cells if cell.lines})
    columns = sorted({cell.column for cell in cells if cell.lines})
    kept = []
    for cell in cells:
        height = sum(cell.row <= r < cell.row + cell.rows for r in rows)
        width = sum(cell.column <= c < cell.column + cell.columns for c in columns)
        if height and width:
            row = sum(r < cell.row for r in rows)
            column = sum(c < cell.column for c in columns)
            kept.append(GridCell(row, column, height, width, cell.lines, cell.head))
    return tuple(kept)
