"""The words of a page as PDFium reads them, each letter at its place."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.documents import mupdf
from pipeline.documents.mupdf import Box
from pipeline.documents.pdfium.one_page import INVISIBLE, OnePage, one_page
from pipeline.transcript import Pixels

# Dots per inch at which a word is looked for: small print of 4 points is 6 pixels high, as in `ledger/sight.py`.
_DPI = 100.0
_NEARLY_WHITE = 240
# Pixels: A4 at 100 dpi has one million.
_PIXELS = 4_000_000


@dataclass(frozen=True)
class Letter:
    """A letter or digit: its origin in the page's own frame, its box on the page as displayed, in points, and whether
    PDFium only guessed which letter it is."""

    text: str
    origin: tuple[float, float]
    box: Box
    guessed: bool


@dataclass(frozen=True)
class Word:
    """Letters, or digits, without anything between, and whether they leave a mark on the page."""

    letters: tuple[Letter, ...]
    shows: bool

    @property
    def text(self) -> str:
        """What the letters spell."""
        return "".join(letter.text for letter in self.letters)

    @property
    def box(self) -> Box:
        """On the page as displayed, in points."""
        return mupdf.joined_bounds([letter.box for letter in self.letters])


def printed_words(page: mupdf.Page, is_asked: Callable[[str], bool]) -> list[Word]:
    """Those words of a page, in PDFium's order, of which `is_asked` says so. Errors: as `one_page`."""
    with one_page(page) as seen:
        text, places = seen.characters()
        signs = [_sign(seen.raw.FPDFText_GetUnicode(text.raw, at)) for at in places]
        asked = [run for run in runs(signs) if is_asked("".join(signs[run.start : run.stop]))]
        words = [tuple(_letter(page, seen, text.raw, at, signs[at]) for at in run) for run in asked]
        pixels, scale = _raster(page, seen) if words else (np.zeros((0, 0, 3), np.uint8), 1.0)
        return [
            Word(letters, _shows(pixels, scale, letters) or _shows_elsewhere(seen.raw, text.raw, run[0], signs[run[0]]))
            for letters, run in zip(words, asked, strict=True)
        ]


def _sign(code: int) -> str:
    # Halves of a pair: PDFium gives what a broken map says.
    return " " if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)


def runs(signs: Sequence[str]) -> Iterator[range]:
    """Where letters stand side by side, and where digits do, in a text or in its characters: `m2` has one of each.

    Accents and marks by themselves are neither.
    """
    kinds = [_kind(sign) for sign in signs]
    start = 0
    for at, kind in enumerate([*kinds, ""]):
        if at == len(kinds) or kind != kinds[start]:
            if kinds and kinds[start]:
                yield range(start, at)
            start = at


def _kind(sign: str) -> str:
    if not sign.isalnum() or unicodedata.category(sign) == "Lm":
        return ""
    return unicodedata.category(sign)[0]


def _letter(page: mupdf.Page, seen: OnePage, text: Any, at: int, sign: str) -> Letter:  # noqa: ANN401 a ctypes handle
    x, y = ctypes.c_double(), ctypes.c_double()
    seen.raw.FPDFText_GetCharOrigin(text, at, x, y)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    seen.raw.FPDFText_GetCharBox(text, at, left, right, bottom, top)
    box = mupdf.turned(mupdf.displayed(page), seen.box(left.value, top.value, right.value, bottom.value))
    guessed = seen.raw.FPDFText_HasUnicodeMapError(text, at) != 0
    return Letter(sign, seen.place(x.value, y.value), box, guessed)


def _raster(page: mupdf.Page, seen: OnePage) -> tuple[Pixels, float]:
    shown = mupdf.displayed(page)
    scale = min(_DPI / 72, (_PIXELS / max(shown.width * shown.height, 1.0)) ** 0.5)
    return np.asarray(seen.page.render(scale=scale, rev_byteorder=True).to_numpy()[..., :3]), scale


def _shows(pixels: Pixels, scale: float, letters: Sequence[Letter]) -> bool:
    """Whether any letter's box, a pixel wider on each side, has more than one colour."""
    for letter in letters:
        x0, y0, x1, y1 = (side * scale for side in letter.box)
        part = pixels[max(int(y0) - 1, 0) : max(int(y1) + 2, 0), max(int(x0) - 1, 0) : max(int(x1) + 2, 0)]
        # 16 of 255: what smoothing leaves of a hair line; the palest stamps that are known have 20 of contrast.
        if part.size and int((part.max(axis=(0, 1)).astype(int) - part.min(axis=(0, 1))).max()) > 16:
            return True
    return False


def _shows_elsewhere(raw: Any, text: Any, at: int, sign: str) -> bool:  # noqa: ANN401 PDFium and a ctypes handle
    """Whether a letter leaves no mark only because this machine has no font for it: Chinese, Japanese or Korean in a
    font that the file names and does not hold, in a colour that shows. PDFium itself brings Latin ones alone."""
    if unicodedata.east_asian_width(sign) not in "WF":
        return False
    painted = raw.FPDFText_GetTextObject(text, at)
    if not painted or raw.FPDFTextObj_GetTextRenderMode(painted) in INVISIBLE:
        return False
    if raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(painted)) != 0:
        return False
    colour = [ctypes.c_uint() for _ in range(4)]
    known = raw.FPDFPageObj_GetFillColor(painted, *colour)
    *rgb, opacity = (part.value for part in colour)
    return bool(known) and opacity > 0 and min(rgb) < _NEARLY_WHITE
