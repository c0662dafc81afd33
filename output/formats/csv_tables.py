"""Tables as CSV files: one a table, named after the page on which it begins."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from output.document.joining import assemble
from output.document.survey import Survey
from output.grounding.blocks import Document
from output.options import MathStyle, RenderOptions
from output.tables import table as tables
from output.tables.table import Table

NAME = re.compile(r"p\d{3,}-t\d+\.csv")
"""What they are called: p003-t1.csv is the first that begins on page 3."""


def files(document: Document, options: RenderOptions, facts: Survey) -> dict[str, str]:
    """CSV by file name, for every table of the document that has any text, as the Markdown shows it."""
    found: dict[str, str] = {}
    counts: Counter[int] = Counter()
    for run in assemble.runs(document.pages, options):
        for piece in assemble.pieces(run, options, facts):
            for part in piece.parts:
                if isinstance(part, Table) and (text := _csv(part, options.math)):
                    counts[piece.number] += 1
                    found[f"p{piece.number:03d}-t{counts[piece.number]}.csv"] = text
    return found


def _csv(table: Table, math: MathStyle) -> str:
    """RFC 4180 but for plain line ends. A cell that spans others stands in the first; the others are empty."""
    rows = [[_text(cell, math) for cell in row] for row in tables.grid(tables.fit(table))]
    if not any(map(any, rows)):
        return ""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _text(cell: tables.Cell | None, math: MathStyle) -> str:
    return tables.plain(cell.pieces, math) if cell else ""
