"""Setters: each puts as much of its text as fits into a piece, and hands back a setter of the rest."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from train_nano.alphabet import HYPHEN, SPACE
from train_nano.draw import Mark, Span
from train_nano.measure import Measured, TextStyle, break_lines, measure


@dataclass
class Piece:
    """Something placed on a page: at most one block of the transcript. Coordinates from its upper left corner.

    `label` None is decoration. `box` is the block's box where its ink is not in the spans alone (pictures, tables).
    """

    label: str | None
    content: str
    width: float
    height: float
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    box: tuple[float, float, float, float] | None = None
    whole: bool = False  # the content is shown by one pseudo glyph in `box`
    colours: list[tuple[float, float, float, float, int]] = field(default_factory=list)  # ink inside rectangles
    children: list[tuple[Piece, float, float]] = field(default_factory=list)  # pieces placed with it, after it


Setter = Callable[[float, float], "tuple[Piece | None, Setter | None]"]
"""Called with width and room: the piece that fits (None: nothing does) and the setter of what is left, if any."""


def line_spans(
    m: Measured,
    line: tuple[int, int, bool],
    style: TextStyle,
    x: float,
    width: float,
    y: float,
    last: bool,
    source: int = 0,
) -> list[Span]:
    """Spans of one line at pen position x, baseline y. `source` is the content index of the text's first character."""
    start, end, hyphen = line
    codes, shown, faces = m.codes[start:end], m.shown[start:end], m.faces[start:end]
    advance, where = m.advance[start:end], np.arange(start + source, end + source)
    if hyphen:
        codes, shown = np.append(codes, HYPHEN), np.append(shown, HYPHEN)
        faces, where = np.append(faces, faces[-1]), np.append(where, -1)
        advance = np.append(advance, style.family.faces[faces[-1]].advance[HYPHEN] * style.size)
    slack = width - float(advance.sum())
    if style.align == "justify" and not last:
        gaps = codes == SPACE
        many = int(gaps.sum())
        if many and slack < 0.28 * width:
            advance = advance + gaps * (slack / many)
    elif style.align == "center":
        x += slack / 2
    elif style.align == "right":
        x += slack
    pen = x + np.concatenate([[0.0], np.cumsum(advance)[:-1]])
    cuts = [0, *(np.flatnonzero(np.diff(faces)) + 1).tolist(), len(codes)]
    return [
        Span(
            style.family.faces[int(faces[a])], style.size, codes[a:b], shown[a:b], where[a:b],
            pen[a:b].astype(np.float32), advance[a:b].astype(np.float32), y, style.ink,
        )
        for a, b in itertools.pairwise(cuts)
        if b > a
    ]  # fmt: skip


def paragraph(
    label: str, text: str, style: TextStyle, faces: NDArray[np.int8] | None = None, prefix: str = ""
) -> Setter:
    """A setter of running text. It is cut where the room ends, never after a hyphenated line.

    `prefix` is transcript markup before the text, such as "# ", that is not on the page.
    """

    def set_text(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        m = measure(text, style, faces)
        hang = max(-style.indent, 0.0)
        lines = break_lines(m, width - hang, width - max(style.indent, 0.0), style.hyphenate)
        fits = max(int((room - 0.2 * style.size) / style.leading), 0)  # room may be negative inside a padded box
        if len(lines) > fits:
            while fits and lines[fits - 1][2]:
                fits -= 1
            if fits < 2 or prefix:
                return None, set_text
        placed = lines[:fits]
        spans = []
        for i, line in enumerate(placed):
            x = max(style.indent, 0.0) if i == 0 else hang
            y = style.first_baseline + i * style.leading
            spans += line_spans(m, line, style, x, width - x, y, last=line[1] == len(text), source=len(prefix))
        end = placed[-1][1] if placed else 0
        piece = Piece(label, prefix + text[:end].rstrip(" "), width, len(placed) * style.leading, spans)
        rest = text[end:].lstrip(" ")
        if not rest:
            return piece, None
        left = None if faces is None else faces[len(text) - len(rest) :]
        return piece, paragraph(label, rest, replace(style, indent=min(style.indent, 0.0)), left)

    return set_text


def stack(setters: list[tuple[Setter, float]]) -> Setter:
    """Blocks one under the other, all or none. Each comes with the space above it."""

    def set_stack(width: float, room: float) -> tuple[Piece | None, Setter | None]:
        whole = Piece(None, "", width, 0.0)
        for setter, gap in setters:
            top = whole.height + (gap if whole.children else 0.0)
            piece, rest = setter(width, room - top)
            if piece is None or rest is not None:
                return None, set_stack
            whole.children.append((piece, 0.0, top))
            whole.height = top + piece.height
        return whole, None

    return set_stack


def one_line(text: str, style: TextStyle, x: float, y: float, source: int = 0, align: str = "left") -> list[Span]:
    """Text on one line with its left end, centre or right end at x, baseline y."""
    m = measure(text, style)
    width = float(m.cumulative[-1])
    x -= {"left": 0.0, "center": width / 2, "right": width}[align]
    return line_spans(m, (0, len(text), False), replace(style, align="left"), x, width, y, last=True, source=source)
