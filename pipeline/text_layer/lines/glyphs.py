"""Glyphs of a page → clean words on lines, in the frame in which the page's main text runs from left to right."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from pipeline.text_layer.lines.geometry import Frame, Rect, bounds
from pipeline.text_layer.lines.lines import Line, Word, line_of

if TYPE_CHECKING:
    import pymupdf

BULLET = "•"
_MONO_NAMES = re.compile(r"courier|mono|consol|typewriter|cmtt|menlo|fixed", re.I)
_BOLD_NAMES = re.compile(r"bold|black|heavy|semibold|demi|cmbx|\b[a-z]*-b\b", re.I)
_LETTERS = re.compile("[^\\W_\u0500-\U0010ffff]{2}")  # Latin, Greek, Cyrillic: scripts with spaces and no formulas
_UNREADABLE = re.compile("\ufffd{2,}")
_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")  # ligatures and Arabic presentation forms


_Seen = dict[tuple[str, int, int], list[tuple[float, float]]]  # glyphs by text and 4-point cell of their origin


@dataclass(frozen=True)
class PageGlyphs:
    """The text of a page: lines of the main direction, those of other directions (in the same frame), raw text."""

    frame: Frame
    lines: tuple[Line, ...]
    turned: tuple[Line, ...]
    raw: str


@dataclass(frozen=True)
class _Glyph:
    text: str
    box: Rect
    origin: tuple[float, float]
    size: float
    bold: bool
    mono: bool


def read_glyphs(page: pymupdf.Page) -> PageGlyphs:
    """All text of a pymupdf page, invisible text included, that lies inside the displayed page.

    Overprinted copies of a glyph (shadows, poor man's bold) and control characters are left out, ligatures taken apart.
    """
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP
    blocks = page.get_text("rawdict", flags=flags)["blocks"]
    raw_lines = [line for block in blocks for line in block.get("lines", ())]
    frame = Frame(page.rect.width, page.rect.height, tuple(page.rotation_matrix))
    frame = replace(frame, turns=_main_direction(raw_lines, frame))
    straight: list[Line] = []
    turned: list[Line] = []
    seen: _Seen = {}
    raw: list[str] = []
    odd = _odd_sizes(raw_lines)
    for raw_line in raw_lines:
        raw.append("".join(char["c"] for span in raw_line["spans"] for char in span["chars"]))
        into = straight if frame.direction(*raw_line["dir"]) == frame.turns else turned
        into.extend(_split_line(list(_glyphs(raw_line, frame, odd, seen))))
    width, height = frame.size
    page_box = Rect(0, 0, width, height)
    inside = [line for line in straight if page_box.holds(line.box.middle)]
    return PageGlyphs(frame, tuple(inside), tuple(x for x in turned if page_box.holds(x.box.middle)), "\n".join(raw))


def _main_direction(raw_lines: list[Any], frame: Frame) -> int:
    votes: Counter[int] = Counter()
    for line in raw_lines:
        votes[frame.direction(*line["dir"])] += sum(len(span["chars"]) for span in line["spans"])
    return votes.most_common(1)[0][0] if votes else 0


def _odd_sizes(raw_lines: list[Any]) -> dict[str, float]:
    """Sizes in points by name of fonts whose own size cannot be true: Type 3 fonts with a matrix of their own.

    The glyphs are right, but their height is that of the font's whole box; advances are half an em on average.
    """
    advances: dict[str, list[float]] = defaultdict(list)
    for line in raw_lines:
        across = abs(line["dir"][0]) < abs(line["dir"][1])
        for span in line["spans"]:
            x0, y0, x1, y1 = span["bbox"]
            height = x1 - x0 if across else y1 - y0
            if not 0.4 * span["size"] <= height <= 3 * span["size"]:
                advances[span["font"]] += [_extent(char["bbox"], across) for char in span["chars"]]
    return {font: max(2.1 * sum(widths) / len(widths), 0.5) for font, widths in advances.items() if widths}


def _extent(box: tuple[float, float, float, float], across: bool) -> float:
    return box[3] - box[1] if across else box[2] - box[0]


def _glyphs(raw_line: Mapping[str, Any], frame: Frame, odd: Mapping[str, float], seen: _Seen) -> Iterator[_Glyph]:
    straight = frame.direction(*raw_line["dir"]) == frame.turns
    for span in raw_line["spans"]:
        size = odd.get(span["font"], span["size"])
        bold = bool(span["flags"] & 16 or _BOLD_NAMES.search(span["font"]))
        mono = bool(span["flags"] & 8 or _MONO_NAMES.search(span["font"]))
        for char in span["chars"]:
            box = frame.rect(char["bbox"])
            x, y = frame.point(*char["origin"])
            if straight:
                # The em box about the baseline: fonts' own ascenders differ too much to compare lines by them.
                box = Rect(box.x0, y - 0.78 * size, box.x1, y + 0.22 * size)
            glyph = _Glyph(_clean(char["c"]), box, (x, y), size, bold, mono)
            if not glyph.text.strip() or not _overprinted(glyph, seen):
                yield glyph


def _clean(char: str) -> str:
    if _COMPATIBLE.match(char):
        return unicodedata.normalize("NFKC", char)
    if char.isspace():
        return " "
    if 0xF000 <= ord(char) <= 0xF0FF:  # symbol fonts: their bullets are the only thing that text needs
        return BULLET
    category = unicodedata.category(char)
    return "" if category in ("Cc", "Cs", "Cn", "Co") or char in "\u200b\ufeff" else char


def _overprinted(glyph: _Glyph, seen: _Seen) -> bool:
    """Whether the same glyph stands within a tenth of an em. (The narrowest letters advance by two tenths.)"""
    reach = 0.1 * glyph.size + 0.01
    x, y = glyph.origin
    column, row = int(x / 4), int(y / 4)
    for key in ((glyph.text, column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
        if any(abs(x - a) < reach and abs(y - b) < reach for a, b in seen.get(key, ())):
            return True
    seen.setdefault((glyph.text, column, row), []).append(glyph.origin)
    return False


def _split_line(glyphs: list[_Glyph]) -> Iterator[Line]:
    """Words, and a new line wherever a gap is wider than 1.5 em."""
    words: list[Word] = []
    run: list[_Glyph] = []
    spaced = False

    def close() -> None:
        nonlocal spaced
        if run and "".join(g.text for g in run):
            words.append(_word(run, spaced))
            spaced = False
        run.clear()

    usual = _usual_gap(glyphs)
    for glyph in glyphs:
        if glyph.text == " ":
            close()
            spaced = True
            continue
        edge = run[-1].box if run else words[-1].box if words else glyph.box
        gap = -edge.overlap_x(glyph.box)
        if gap > 1.5 * glyph.size:
            close()
            if words:
                yield line_of(words)
            words.clear()
        elif run and gap > usual + 0.13 * glyph.size and _LETTERS.match(run[-1].text + glyph.text):
            close()
            spaced = True
        run.append(glyph)
    close()
    if words:
        yield line_of(words)


def _usual_gap(glyphs: list[_Glyph]) -> float:
    """The median gap between neighbouring glyphs: 0, or more in spaced-out type."""
    gaps = [-a.box.overlap_x(b.box) for a, b in pairwise(glyphs) if a.text != " " and b.text != " "]
    return max(median(gaps), 0.0) if gaps else 0.0


def _word(run: list[_Glyph], spaced: bool) -> Word:
    text = _UNREADABLE.sub("\ufffd", "".join(g.text for g in run))
    bold = sum(g.bold for g in run) * 2 > len(run)
    size = Counter(round(g.size, 2) for g in run).most_common(1)[0][0]
    return Word(text, bounds(g.box for g in run), size, bold, all(g.mono for g in run), spaced)
