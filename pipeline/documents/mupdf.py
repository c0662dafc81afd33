"""PyMuPDF, for all of ocr2: the one module that imports it.

The pin `pymupdf<2` and the licence (AGPL-3.0 or Artifex's commercial one) are decisions about this file. What else the
code knows of a PDF are the plain values that the functions here return. To move to 2.x: install it, run the tests of
`tests/pipeline/documents` and `tests/pipeline/text_layer`, and mend what differs here. What 2.x costs: its companion
for layout brings an ONNX runtime and its weights, which ocr2 does not use; `rawdict` and `char_flags` must still tell
painted text from text that is not; texts come out a little otherwise, so `VERSION` in `text_layer/version.py` goes up
and kept transcripts are read again. To leave MuPDF altogether: pypdfium2 gives characters, boxes, render modes and
rasters, but no drawings by their paint and no ActualText, which `drawings` and `raw_lines` would have to read.

Coordinates are points, y downwards, in the page's frame before its rotation; `displayed` says how a viewer turns it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pymupdf
from pymupdf import (
    PDF_ANNOT_LE_CIRCLE,
    PDF_ANNOT_LE_CLOSED_ARROW,
    PDF_ENCRYPT_KEEP,
    TOOLS,
    Document,
    Matrix,
    Page,
    Point,
    Rect,
    Widget,
    csRGB,
    get_text_length,
    open,
)
from pymupdf import mupdf as raw

from pipeline.transcript import Pixels

__all__ = [
    "Box",
    "CLIPPING",
    "DOUBLED",
    "Displayed",
    "Document",
    "ERRORS",
    "Line",
    "Matrix",
    "PAINTED",
    "PaintedLetter",
    "PdfFont",
    "PDF_ANNOT_LE_CIRCLE",
    "PDF_ANNOT_LE_CLOSED_ARROW",
    "PDF_ENCRYPT_KEEP",
    "Page",
    "Point",
    "Rect",
    "STROKED",
    "STRUCK",
    "TOOLS",
    "Widget",
    "alone",
    "annotation_boxes",
    "csRGB",
    "displayed",
    "encoding_of",
    "from_pdf",
    "drawings",
    "get_text_length",
    "glyph_names",
    "has_fields",
    "has_hidden_layers",
    "has_replaced_text",
    "images",
    "joined_bounds",
    "links",
    "length_of_contents",
    "number",
    "page_object",
    "own_box",
    "open",
    "painted",
    "page_fonts",
    "painted_letters",
    "raw",
    "raw_lines",
    "raw_whole_lines",
    "small_raster",
    "strikeouts",
    "trailer",
    "turned",
    "turning",
]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Line = dict[str, Any]
"""A line of text as MuPDF's `dict` and `rawdict` give it."""

ERRORS = (RuntimeError, ValueError, TypeError, pymupdf.mupdf.FzErrorBase)
"""What MuPDF raises on a broken file; ValueError and TypeError come from its Python wrapper."""

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

# Standard output carries data only, and MuPDF's complaints about a file mean nothing to its reader.
TOOLS.mupdf_display_errors(False)
TOOLS.mupdf_display_warnings(False)
pymupdf.set_messages(pylogging_name="pymupdf", pylogging_level=logging.DEBUG)


@dataclass(frozen=True)
class Displayed:
    """Size of a page as a viewer shows it, and the matrix (a b c d e f, as in PDF) from its own frame to that."""

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float]


class PaintedLetter(NamedTuple):
    """A glyph as a page paints it: its character, its number in the font, its origin, its width, the font's name."""

    text: str
    glyph: int
    origin: tuple[float, float]
    width: float
    font: str


@dataclass(frozen=True)
class PdfFont:
    """What a PDF says of a font: its object's number, its /Subtype, its name, the name of its /Encoding ("" for none),
    and whether it has a /ToUnicode."""

    xref: int
    subtype: str
    name: str
    encoding: str
    mapped: bool


def displayed(page: Page) -> Displayed:
    """How a page is shown: crop box and rotation applied."""
    return Displayed(page.rect.width, page.rect.height, tuple(turning(page)))


def turning(page: Page) -> Matrix:
    """From a page's own frame to the page as displayed: PyMuPDF's `rotation_matrix` knows nothing of a /UserUnit."""
    width, height = page.rect.width, page.rect.height
    ways = {90: (0, 1, -1, 0, width, 0), 180: (-1, 0, 0, -1, width, height), 270: (0, -1, 1, 0, 0, height)}
    return Matrix(*ways.get(page.rotation, (1, 0, 0, 1, 0, 0)))


def from_pdf(page: Page) -> Matrix:
    """From a PDF's own space (y upwards, in its /UserUnit) to the page's frame: PyMuPDF's `transformation_matrix` is
    wrong for pages that are cropped and turned."""
    crop = page.cropbox
    unit = max(page.rect.width, page.rect.height) / max(crop.width, crop.height)
    return Matrix(unit, 0, 0, -unit, -unit * crop.x0, unit * (page.mediabox.y1 - crop.y0))


def own_box(page: Page, place: Rect) -> Box:
    """Where PyMuPDF says that a field lies, in the page's own frame: it turns such places back without the unit."""
    return tuple((place * page.rotation_matrix * ~turning(page)).normalize())


def turned(shown: Displayed, box: Box) -> Box:
    """A box of the page's own frame as it is displayed."""
    a, b, c, d, e, f = shown.matrix
    x0, x1 = sorted((a * box[0] + c * box[1] + e, a * box[2] + c * box[3] + e))
    y0, y1 = sorted((b * box[0] + d * box[1] + f, b * box[2] + d * box[3] + f))
    return x0, y0, x1, y1


def number(page: Page) -> int:
    """The page's place in its document, from 1."""
    return int(page.number) + 1


def raw_lines(page: Page, replaced: bool, styled: bool) -> list[dict[str, Any]]:
    """Lines of a page's text as MuPDF's `rawdict` gives them: see `letters.text_lines`."""
    flags = _TEXT if replaced else _TEXT | pymupdf.TEXT_IGNORE_ACTUALTEXT
    flags |= pymupdf.TEXT_COLLECT_STYLES if styled else 0
    return _lines(page.get_text("rawdict", flags=flags))


def raw_whole_lines(page: Page, by_letter: bool) -> list[dict[str, Any]]:
    """Lines of all text of a page, that outside of it and of its clip paths, too: of spans, or of their letters."""
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_PRESERVE_LIGATURES
    kind = "rawdict" if by_letter else "dict"
    return _lines(page.get_text(kind, flags=flags, clip=pymupdf.INFINITE_RECT()))


def _lines(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for block in found["blocks"] for line in block.get("lines", ())]


def painted_letters(page: Page) -> Iterator[PaintedLetter]:
    """Every glyph of a page, in the order of painting."""
    for span in page.get_texttrace():
        for code, glyph, origin, box in span["chars"]:
            yield PaintedLetter(chr(max(code, 0)), glyph, origin, box[2] - box[0], span["font"])


def glyph_names(page: Page, font: PdfFont) -> Callable[[int], str]:
    """What names the glyphs of an embedded font by their numbers; nothing has a name in other fonts."""
    program = page.parent.extract_font(font.xref)[3]
    if not program:
        return lambda _: ""
    opened = pymupdf.Font(fontbuffer=program)
    return lambda glyph: str(raw.fz_get_glyph_name2(opened.this, glyph) or "")


def encoding_of(page: Page, font: PdfFont) -> str:
    """The /Encoding of a font as it is written in the file."""
    kind, value = page.parent.xref_get_key(font.xref, "Encoding")
    return str(page.parent.xref_object(int(value.split()[0]), compressed=True) if kind == "xref" else value)


def page_fonts(page: Page) -> list[PdfFont]:
    """The fonts that a page names."""
    key = page.parent.xref_get_key
    return [
        PdfFont(xref, kind, name, encoding, key(xref, "ToUnicode")[0] != "null")
        for xref, _, kind, name, _, encoding, *_ in page.get_fonts()
    ]


def has_replaced_text(page: Page) -> bool:
    """Whether an /ActualText changes what is read."""
    return bool(page.get_text(flags=_TEXT) != page.get_text(flags=_TEXT | pymupdf.TEXT_IGNORE_ACTUALTEXT))


def painted(page: Page) -> list[tuple[str, Box]]:
    """What a page paints, in the order of painting: kind ("fill-text", "stroke-path", "fill-image", …) and bounds."""
    return [(kind, tuple(bounds)) for kind, bounds, *_ in page.get_bboxlog()]


def drawings(page: Page) -> list[dict[str, Any]]:
    """The vector paths of a page as MuPDF's `get_cdrawings` gives them."""
    return list(page.get_cdrawings())


def images(page: Page) -> list[Box]:
    """Where a page shows images."""
    return [tuple(info["bbox"]) for info in page.get_image_info()]


def links(page: Page) -> Iterator[tuple[str, bool, Box]]:
    """Addresses of a page's links, whether they lead out of the document, and their areas."""
    # Not pymupdf's own `next`, which lists all annotations of the page for each link anew.
    link = raw.fz_load_links(page.this)
    while link.m_internal:
        uri, box = str(link.uri() or ""), link.rect()
        yield uri, bool(raw.fz_is_external_link(uri)), (box.x0, box.y0, box.x1, box.y1)
        link = link.next()


def annotation_boxes(page: Page) -> list[Box]:
    """Where annotations lie, as displayed; they are painted over everything else."""
    return [tuple(annotation.rect * page.rotation_matrix) for annotation in page.annots()]


def strikeouts(page: Page) -> list[Box]:
    """Where annotations strike text out, as displayed."""
    found = page.annots(types=[pymupdf.PDF_ANNOT_STRIKE_OUT])
    return [tuple(annotation.rect * page.rotation_matrix) for annotation in found]


def has_fields(page: Page) -> bool:
    """Whether fields of a form lie on the page."""
    return page.first_widget is not None


def has_hidden_layers(document: Document) -> bool:
    """Whether a viewer opens the document with any of its layers switched off."""
    return any(not layer["on"] for layer in document.get_ocgs().values())


def small_raster(page: Page, zoom: float) -> Pixels:
    """A page as displayed over white, uint8 (height, width, 3), at `zoom` pixels per point."""
    pixmap = page.get_pixmap(matrix=Matrix(zoom, zoom), colorspace=csRGB, alpha=False)
    lines = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
    return lines[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()


def length_of_contents(page: Page) -> int:
    """How many bytes describe what a page shows."""
    return len(page.read_contents() or b"")


def joined_bounds(boxes: Sequence[Box]) -> Box:
    """The smallest box around at least one box."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def trailer(document: Document) -> Any:  # noqa: ANN401 a type of MuPDF's own bindings, which `tags.objects` reads
    """The object of a PDF that all others hang on; None for other files."""
    return pymupdf.mupdf.pdf_trailer(pymupdf._as_pdf_document(document)) if document.is_pdf else None


def page_object(page: Page) -> Any:  # noqa: ANN401
    """A PDF page's dictionary."""
    return pymupdf._as_pdf_page(page).obj()


def alone(page: Page) -> tuple[bytes, Callable[[float, float], tuple[float, float]]]:
    """A PDF of one page, and what takes a point of its own space (y upwards) to the page's frame."""
    file = Document()
    at = page.number
    file.insert_pdf(page.parent, from_page=at, to_page=at, links=False, annots=False, widgets=False)
    a, b, c, d, e, f = from_pdf(page)
    return file.tobytes(), lambda x, y: (a * x + c * y + e, b * x + d * y + f)
