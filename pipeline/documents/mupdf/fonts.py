"""What a PDF says of its fonts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pymupdf
from pymupdf import Page
from pymupdf import mupdf as raw


@dataclass(frozen=True)
class PdfFont:
    """What a PDF says of a font: its object's number, its /Subtype, its name, the name of its /Encoding ("" for none),
    and whether it has a /ToUnicode."""

    xref: int
    subtype: str
    name: str
    encoding: str
    mapped: bool


def page_fonts(page: Page) -> list[PdfFont]:
    """The fonts that a page names."""
    key = page.parent.xref_get_key
    return [
        PdfFont(xref, kind, name, encoding, key(xref, "ToUnicode")[0] != "null")
        for xref, _, kind, name, _, encoding, *_ in page.get_fonts()
    ]


def encoding_of(page: Page, font: PdfFont) -> str:
    """The /Encoding of a font as it is written in the file."""
    kind, value = page.parent.xref_get_key(font.xref, "Encoding")
    return str(page.parent.xref_object(int(value.split()[0]), compressed=True) if kind == "xref" else value)


def glyph_names(page: Page, font: PdfFont) -> Callable[[int], str]:
    """What names the glyphs of an embedded font by their numbers; nothing has a name in other fonts."""
    program = page.parent.extract_font(font.xref)[3]
    if not program:
        return lambda _: ""
    opened = pymupdf.Font(fontbuffer=program)
    return lambda glyph: str(raw.fz_get_glyph_name2(opened.this, glyph) or "")
