"""PyMuPDF, for all of ocr2: nothing outside this folder imports it.

The pin `pymupdf<2` and the licence (AGPL-3.0 or Artifex's commercial one) are decisions about this folder. What else
the code knows of a PDF are the plain values that the functions here return. To move to 2.x: install it, run the tests
of `tests/pipeline/documents` and `tests/pipeline/text_layer`, and mend what differs here. What 2.x costs: its companion
for layout brings an ONNX runtime and its weights, which ocr2 does not use; `rawdict` and `char_flags` must still tell
painted text from text that is not; texts come out a little otherwise, so `VERSION` in `text_layer/version.py` goes up
and kept transcripts are read again. To leave MuPDF altogether: pypdfium2 gives characters, boxes, render modes and
rasters, but no drawings by their paint and no ActualText, which `drawings` and `raw_lines` would have to read.

Coordinates are points, y downwards, in the page's frame before its rotation; `displayed` says how a viewer turns it.
"""

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

from pipeline.documents.mupdf.bindings import ERRORS, Box
from pipeline.documents.mupdf.fonts import PdfFont, encoding_of, glyph_names, page_fonts
from pipeline.documents.mupdf.frames import (
    Displayed,
    alone,
    displayed,
    from_pdf,
    joined_bounds,
    own_box,
    turned,
    turning,
)
from pipeline.documents.mupdf.replaced import Replacement, replacements
from pipeline.documents.mupdf.shown import (
    annotation_boxes,
    drawings,
    has_fields,
    has_hidden_layers,
    images,
    length_of_contents,
    links,
    number,
    page_object,
    painted,
    small_raster,
    strikeouts,
    trailer,
)
from pipeline.documents.mupdf.text import (
    CLIPPING,
    DOUBLED,
    PAINTED,
    STROKED,
    STRUCK,
    Line,
    PaintedLetter,
    has_replaced_text,
    painted_letters,
    raw_lines,
    raw_whole_lines,
)

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
    "Replacement",
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
    "replacements",
    "raw_whole_lines",
    "small_raster",
    "strikeouts",
    "trailer",
    "turned",
    "turning",
]
