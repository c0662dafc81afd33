"""A page as it is sent: its raster upright as PNG, made in a guarded process, and what is known of it besides."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.errors import InputError
from pipeline.transcript import PageRef, PrintLines
from pipeline.views.print_lines import print_of
from pipeline.views.ready_page import BrokenPage, broken, documents, stand

QUICK = 1
"""Of zlib's levels: a page of text takes a quarter of the default's time, and a fifth more bytes."""


@dataclass(frozen=True)
class Sheet:
    """`width` and `height` are those of the page as displayed, in points; `png` is turned by `turned` quarter turns,
    and of a part of the page where `ref` has one."""

    ref: PageRef
    width: float
    height: float
    turned: int
    blank: bool
    pdf: bool  # else it is an image
    png: bytes | None  # None: so blank that no model need be asked
    print: PrintLines | None = None


def sheet_of(ref: PageRef, dpi: float, upright: bool) -> Sheet | BrokenPage:
    """In a worker's process. The pixels are those from which the released script makes its views, bit by bit."""
    try:
        stands = stand(documents(), ref, dpi, upright)
        png = None if stands.bare else _png(Image.fromarray(np.ascontiguousarray(stands.pixels)))
        lines = print_of(ref, stands.pixels)
    except (InputError, MemoryError) as error:
        return broken(ref, error)
    is_pdf = stands.pdf and not ref.is_picture
    return Sheet(ref, stands.page.width, stands.page.height, stands.turned, stands.blank, is_pdf, png, lines)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=QUICK)
    return file.getvalue()
