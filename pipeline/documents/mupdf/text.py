"""Letters of a page: as MuPDF puts them into lines, and as the page paints them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pymupdf
from pymupdf import Page

Line = dict[str, Any]
"""A line of text as MuPDF's `dict` and `rawdict` give it."""

PAINTED, STROKED = 16, 32
"""Bits of a span's `char_flags`: its letters are filled, their outlines are drawn. With neither it cannot be seen."""

CLIPPING = 64
"""The bit of a span's `char_flags` for letters through which what is painted later is seen; its `alpha` is then 0."""

DOUBLED = 8
"""The bit of a span's `char_flags` for letters that are printed twice with a small step between, where `raw_lines` was
asked to look for styles; they come once."""

STRUCK = 1
"""The bit of a span's `char_flags` for a line through its letters, where `raw_lines` was asked to look for such."""

_TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP


class PaintedLetter(NamedTuple):
    """A glyph as a page paints it: its character, its number in the font, its origin, its width, the font's name."""

    text: str
    glyph: int
    origin: tuple[float, float]
    width: float
    font: str


def raw_lines(page: Page, replaced: bool, styled: bool) -> list[dict[str, Any]]:
    """Lines of a page's text as MuPDF's `rawdict` gives them: see `letters.text_lines`."""
    flags = _TEXT if replaced else _TEXT | pymupdf.TEXT_IGNORE_ACTUALTEXT
    flags |= pymupdf.TEXT_COLLECT_STYLES if styled else 0
    return _lines(page.get_text("rawdict", flags=flags))


def raw_whole_lines(page: Page, by_letter: bool, replaced: bool = True) -> list[dict[str, Any]]:
    """Lines of all text of a page, that outside of it and of its clip paths, too: of spans, or of their letters."""
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_LIGATURES
    flags |= 0 if replaced else pymupdf.TEXT_IGNORE_ACTUALTEXT
    kind = "rawdict" if by_letter else "dict"
    return _lines(page.get_text(kind, flags=flags, clip=pymupdf.INFINITE_RECT()))


def _lines(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for block in found["blocks"] for line in block.get("lines", ())]


def painted_letters(page: Page) -> Iterator[PaintedLetter]:
    """Every glyph of a page, in the order of painting."""
    for span in page.get_texttrace():
        for code, glyph, origin, box in span["chars"]:
            yield PaintedLetter(chr(max(code, 0)), glyph, origin, box[2] - box[0], span["font"])


def has_replaced_text(page: Page) -> bool:
    """Whether an /ActualText changes what is read."""
    if page.parent.is_pdf and not _has_marks(page):
        return False  # without two more readings of the page, each a third of what reading it costs
    return bool(page.get_text(flags=_TEXT) != page.get_text(flags=_TEXT | pymupdf.TEXT_IGNORE_ACTUALTEXT))


def _has_marks(page: Page) -> bool:
    """Whether anything that a PDF's page shows may have properties; of annotations it is not known."""
    if page.first_annot or page.first_widget:
        return True
    forms = (page.parent.xref_stream(form[0]) for form in page.get_xobjects())
    return b"BDC" in (page.read_contents() or b"") or any(b"BDC" in (form or b"") for form in forms)
