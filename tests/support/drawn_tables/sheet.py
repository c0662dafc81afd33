"""A page that is being drawn, and the places of a table on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pymupdf

from drawn_tables.content import Cell
from drawn_tables.style import Style, advance, face

SIDE = 0.45  # em between a vertical rule and text


@dataclass
class Sheet:
    """A page that is being drawn, and the words that were written on it."""

    page: pymupdf.Page
    written: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Before each stroke PyMuPDF reads all that was drawn, to balance it, which what it drew itself is.
        self.page.wrap_contents = lambda: None

    def write(
        self, x: float, y: float, text: str, style: Style, bold: bool = False, size: float = 0.0, white: bool = False
    ) -> None:
        """One line of text from (x, y), y being the baseline."""
        used, size = face(style, bold, text), size or style.size
        self.written += text.split()
        writer = pymupdf.TextWriter(self.page.rect)
        for word in text.split() if style.by_word else [text]:
            writer.append((x, y), word, font=used, fontsize=size)
            x += advance(used, word + " ", size)
        writer.write_text(self.page, color=(1, 1, 1) if white else (0, 0, 0))

    def raised(self, x: float, y: float, text: str, style: Style, size: float, white: bool = False) -> None:
        """The mark of a note, which is part of the word before it."""
        writer = pymupdf.TextWriter(self.page.rect)
        writer.append((x, y), text, font=face(style, False, text), fontsize=size)
        writer.write_text(self.page, color=(1, 1, 1) if white else (0, 0, 0))

    def rule(self, x0: float, y0: float, x1: float, y1: float, style: Style, stops: Sequence[float] = ()) -> None:
        """A straight rule, in one piece or cut at `stops`, stroked or as a thin filled box."""
        flat = y0 == y1
        start, end = (x0, x1) if flat else (y0, y1)
        cuts = [start, *(s for s in stops if start < s < end), end] if style.cut_rules else [start, end]
        for a, b in pairwise(cuts):
            ends = ((a, y0), (b, y0)) if flat else ((x0, a), (x0, b))
            if style.filled_rules:
                w = style.weight / 2
                box = pymupdf.Rect(a, y0 - w, b, y0 + w) if flat else pymupdf.Rect(x0 - w, a, x0 + w, b)
                corners = (box.tl, box.tr, box.br, box.bl) if style.by_word else None  # line by line
                self.page.draw_polyline(corners, color=None, fill=(0, 0, 0), closePath=True) if corners else (
                    self.page.draw_rect(box, color=None, fill=(0, 0, 0))
                )
            else:
                self.page.draw_line(*ends, width=style.weight)


@dataclass(frozen=True)
class Layout:
    """Edges of columns and rows, and the lines of each cell."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    lines: dict[Cell, list[str]]
