"""Tables as CSV files: one per table, named after the page on which it begins."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from output.document.joining.assemble import Assembly
from output.formats.block_markdown import marks_of
from output.marks.marks import Marks
from output.options import MathStyle, RenderOptions
from output.tables import table as tables
from output.tables.table import Table

# What begins a formula in Excel, LibreOffice and Google Sheets, with the full-width forms that some of them fold.
_COMPUTED = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[ ]?[$€£¥]?[ ]?(?:\d[\d.,' ]*)?(?:e[+-]?\d{1,3})?[ ]?[%‰$€£¥]?|[+-]{1,3}", re.IGNORECASE)

# A CSV file has no marks, but what is struck out must be told from what holds: it is said in words.
_STRUCK = RenderOptions(emphasis=False)

NAME = re.compile(r"p\d{3,}-t\d+\.csv")
"""What they are called: p003-t1.csv is the first that begins on page 3."""


def files(assembly: Assembly) -> dict[str, str]:
    """CSV by file name, for every table of the document that has any text, as the Markdown shows it."""
    found: dict[str, str] = {}
    counts: Counter[int] = Counter()
    for piece in (piece for run in assembly.runs for piece in run.pieces):
        for part in piece.parts:
            if isinstance(part, Table) and (text := _csv(part, marks_of(piece, _STRUCK), assembly.options.math)):
                counts[piece.number] += 1
                found[f"p{piece.number:03d}-t{counts[piece.number]}.csv"] = text
    return found


def _csv(table: Table, known: Marks, math: MathStyle) -> str:
    """RFC 4180 but for plain line ends. A cell that spans others stands in the first; the others are empty."""
    rows = [[_text(cell, math) for cell in row] for row in tables.grid(tables.struck(tables.fit(table), known))]
    if not any(map(any, rows)):
        return ""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _text(cell: tables.Cell | None, math: MathStyle) -> str:
    return _harmless(tables.plain(cell.pieces, math)) if cell else ""


def _harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would compute it, as it does when it opens a CSV file.

    Numbers stay numbers, and a dash alone a dash. This is the mending that OWASP's "CSV Injection" names.
    """
    return f"'{text}" if text.lstrip().startswith(_COMPUTED) and not _NUMBER.fullmatch(text.strip()) else text
