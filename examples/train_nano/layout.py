"""Text to lines: measuring, breaking, justifying. A setter puts as much of its text as fits into a piece."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from train_nano.alphabet import ALPHABET, ASCII, HYPHEN, KERNED, LIGATURES, SPACE, Codes, decode, encode
from train_nano.draw import Mark, Span
from train_nano.fonts import Family, Floats

VOWELS = "aeiouy"
STAND_INS = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "−": "-", "⁄": "/"}
_BREAK_AFTER = np.zeros(len(ALPHABET), bool)
_BREAK_AFTER[[ALPHABET.index(c) for c in "-–—/"]] = True


@dataclass(frozen=True)
class TextStyle:
    """How a block of text is set; lengths in pixels."""

    family: Family
    size: float
    leading: float  # baseline to baseline
    face: int = 0  # 0 regular, 1 bold, 2 italic, 3 bold italic
    align: str = "left"  # left, justify, center, right
    indent: float = 0.0  # of the first line; negative hangs
    hyphenate: bool = False
    kern: bool = True
    ligatures: bool = False
    tracking: float = 0.0  # extra advance of every character
    ink: int | None = None

    @property
    def first_baseline(self) -> float:
        return (self.leading - self.size) / 2 + 0.78 * self.size


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


@dataclass
class Measured:
    """Characters with faces and advances."""

    codes: Codes
    shown: Codes
    faces: NDArray[np.int8]
    advance: Floats
    cumulative: Floats  # (n + 1,)


def fit(text: str, family: Family) -> str:
    """`text` with characters that the family lacks replaced or dropped, single spaces."""
    codes = encode(text)
    bad = (codes < 0) | ~family.has[codes]
    if bad.any():
        text = "".join(STAND_INS.get(c, "") if b else c for c, b in zip(text, bad, strict=True))
    return " ".join(text.split(" ")) if "  " not in text else " ".join(text.split())


def measure(text: str, style: TextStyle, faces: NDArray[np.int8] | None = None) -> Measured:
    """Advances in pixels with pair kerning and ligatures. `faces` (n,) is added to the style's face."""
    codes = encode(text)
    chosen = np.full(len(codes), style.face, np.int8) if faces is None else (faces | style.face).astype(np.int8)
    shown = _ligatures(codes, text, style) if style.ligatures else codes
    advance = np.empty(len(codes), np.float32)
    for face in np.unique(chosen):
        here = chosen == face
        advance[here] = style.family.faces[face].advance[codes[here]]
    if style.ligatures:
        _share_ligature_width(codes, shown, chosen, advance, style)
    if style.kern and len(codes) > 1:
        a, b = codes[:-1], codes[1:]
        both = (a < KERNED) & (b < KERNED) & (chosen[:-1] == chosen[1:])
        kern = style.family.faces[style.face].kern
        advance[:-1][both] += kern[a[both], b[both]]
    advance = advance * style.size + style.tracking
    return Measured(codes, shown, chosen, advance, np.concatenate([[0.0], np.cumsum(advance)]).astype(np.float32))


def _ligatures(codes: Codes, text: str, style: TextStyle) -> Codes:
    shown = codes.copy()
    for letters, ligature in LIGATURES.items():
        code = ALPHABET.index(ligature)
        at = text.find(letters) if style.family.has[code] else -1
        while at >= 0:
            if (shown[at : at + len(letters)] == codes[at : at + len(letters)]).all():
                shown[at], shown[at + 1 : at + len(letters)] = code, -1
            at = text.find(letters, at + 1)
    return shown


def _share_ligature_width(
    codes: Codes, shown: Codes, faces: NDArray[np.int8], advance: Floats, style: TextStyle
) -> None:
    """Each letter of a ligature gets its share of the advance."""
    for at in np.flatnonzero((shown != codes) & (shown >= 0)):
        end = at + 1
        while end < len(shown) and shown[end] < 0:
            end += 1
        advance[at:end] = style.family.faces[faces[at]].advance[shown[at]] / (end - at)


def break_lines(m: Measured, width: float, first_width: float, hyphenate: bool) -> list[tuple[int, int, bool]]:
    """Greedy lines as (start, end, whether a hyphen is added); the space at a break belongs to no line."""
    codes, cumulative = m.codes, m.cumulative
    n = len(codes)
    inner = (
        np.flatnonzero(_BREAK_AFTER[codes[1:-1]] & (codes[2:] != SPACE) & (codes[2:] != HYPHEN)) + 2 if n > 2 else []
    )
    ends = np.concatenate([np.flatnonzero(codes == SPACE), inner, [n]]).astype(np.int64)
    ends.sort()
    reach = cumulative[ends]
    lines: list[tuple[int, int, bool]] = []
    start, room = 0, first_width
    while start < n:
        limit = cumulative[start] + room * 1.002
        k = int(np.searchsorted(reach, limit, "right")) - 1
        end = int(ends[k]) if k >= 0 else -1
        hyphen = False
        if end <= start:  # no word fits: break inside
            end = max(int(np.searchsorted(cumulative, limit, "right")) - 1, start + 1)
        elif hyphenate and end < n and codes[end] == SPACE:
            cut = _hyphen(m, end + 1, int(ends[k + 1]), limit - m.advance[end] * 0.3)
            if cut:
                end, hyphen = cut, True
        lines.append((start, end, hyphen))
        start = end + 1 if end < n and codes[end] == SPACE and not hyphen else end
        room = width
    return lines


def _hyphen(m: Measured, start: int, end: int, limit: float) -> int:
    """The last place in the word [start, end) where it and a hyphen end before `limit`; 0: none."""
    word = decode(m.codes[start:end]).lower()
    if len(word) < 6 or not word[:5].isalpha() or m.cumulative[start + 2] > limit:
        return 0
    hyphen = m.advance[start : start + 2].mean() * 0.7
    for cut in range(len(word) - 3, 2, -1):
        pair = word[cut - 1 : cut + 1]
        if not word[cut - 2 : cut + 2].isalpha() or m.shown[start + cut] < 0:
            continue
        open_syllable = pair[0] in VOWELS and pair[1] not in VOWELS and word[cut + 1] in VOWELS
        between = (
            pair[0] not in VOWELS and pair[1] not in VOWELS and word[cut - 2] in VOWELS and word[cut + 1] in VOWELS
        )
        if (open_syllable or between) and m.cumulative[start + cut] + hyphen <= limit:
            return start + cut
    return 0


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
        fits = int((room - 0.2 * style.size) / style.leading)
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


def width_of(text: str, style: TextStyle) -> float:
    """Natural width in pixels."""
    return float(measure(text, style).cumulative[-1]) if text else 0.0


assert ASCII[HYPHEN] == "-"
