"""What a page shows beside its letters: paint, images, links, annotations, fields; and the objects behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pymupdf
from pymupdf import Document, Matrix, Page, csRGB
from pymupdf import mupdf as raw

from pipeline.documents.mupdf.bindings import Box
from pipeline.transcript import Pixels


def number(page: Page) -> int:
    """The page's place in its document, from 1."""
    return int(page.number) + 1


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


def trailer(document: Document) -> Any:  # noqa: ANN401 a type of MuPDF's own bindings, which `tags.objects` reads
    """The object of a PDF that all others hang on; None for other files."""
    return pymupdf.mupdf.pdf_trailer(pymupdf._as_pdf_document(document)) if document.is_pdf else None


def page_object(page: Page) -> Any:  # noqa: ANN401
    """A PDF page's dictionary."""
    return pymupdf._as_pdf_page(page).obj()
