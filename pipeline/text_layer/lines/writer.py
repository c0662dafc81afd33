"""Pieces of a page → grounded text in the model's own grammar."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.text_layer.lines.lines import LOWERED, RAISED

GRID = 999
"""A page's width and height in the units of grounded text: 0 is one edge and 999 the other, as the released model has
it (its own script draws boxes at x / 999 of the width). `output.grounding.parser.GRID` is the same number."""

_TOKEN = re.compile(r"<(?=[|｜]|/?(?:image|table|tr|td|th|thead|tbody|caption|center|sup|sub)\b)", re.I)
_TAGS = str.maketrans(dict(zip((*RAISED, *LOWERED), ("<sup>", "</sup>", "<sub>", "</sub>"), strict=True)))
_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Piece:
    """A labelled part of a page: its box in the reading frame and its content as Markdown or one-line HTML."""

    label: str
    box: Rect
    content: str = ""
    doubtful: bool = False  # a table that could not be told for sure, or a formula of several parts


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, how many columns and rows it spans, and whether it stands in the head."""

    text: str
    columns: int = 1
    rows: int = 1
    head: bool = False


def grounded(pieces: Iterable[Piece], frame: Frame) -> str:
    """For each piece `<|ref|>LABEL<|/ref|><|det|>[[x1, y1, x2, y2]]<|/det|>`, its content under it, a blank line."""
    return "".join(_block(piece, frame) for piece in pieces)


def _block(piece: Piece, frame: Frame) -> str:
    box = frame.displayed(piece.box)
    x1, x2 = (_grid(x, frame.width) for x in (box.x0, box.x1))
    y1, y2 = (_grid(y, frame.height) for y in (box.y0, box.y1))
    content = piece.content if piece.label == "code" else _BLANK_LINES.sub("\n", piece.content)
    content = content.strip("\n")
    head = f"<|ref|>{piece.label}<|/ref|><|det|>[[{x1}, {y1}, {x2}, {y2}]]<|/det|>"
    # A blank line ends a block in this grammar, so none may stand within one; only code has them on purpose.
    return f"{head}\n{content}\n\n" if content else f"{head}\n\n"


def _grid(value: float, full: float) -> int:
    return min(max(round(value / full * GRID), 0), GRID) if full > 0 else 0


def defused(text: str) -> str:
    """The text with its raised and lowered signs tagged, and a space after each `<` that opens another tag or token.

    What is printed on a page must not pass for the reader's own markup; a parser that strips tokens leaves it visible.
    """
    return _TOKEN.sub("< ", text).translate(_TAGS)


def table_html(rows: Iterable[Iterable[Cell]]) -> str:
    """One-line HTML of a table. Cells that a span covers are left out by the caller."""
    return "<table>" + "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows) + "</table>"


def _cell(cell: Cell) -> str:
    spans = (f' rowspan="{cell.rows}"' if cell.rows > 1 else "") + (
        f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    )
    text = html.escape(_TOKEN.sub("< ", cell.text), quote=False).translate(_TAGS)
    name = "th" if cell.head else "td"
    return f"<{name}{spans}>{text}</{name}>"
