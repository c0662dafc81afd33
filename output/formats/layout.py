"""What was found on the original pages: labelled boxes and the reading order, as annotations of the PDF itself."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

from output.grounding.blocks import Block, Box, Document, PageBlocks
from output.grounding.parser import GRID
from output.grounding.roles import Role
from output.pictures.figures import CropError, Raster, Region

if TYPE_CHECKING:
    import pymupdf

Colour = tuple[float, float, float]

COLOURS: dict[Role, Colour] = {
    Role.TITLE: (0.70, 0.11, 0.11),
    Role.HEADING: (0.76, 0.25, 0.05),
    Role.TEXT: (0.11, 0.31, 0.85),
    Role.LIST: (0.05, 0.43, 0.47),
    Role.TABLE: (0.49, 0.13, 0.81),
    Role.FIGURE: (0.08, 0.40, 0.20),
    Role.CAPTION: (0.30, 0.40, 0.05),
    Role.FORMULA: (0.75, 0.09, 0.36),
    Role.CODE: (0.34, 0.33, 0.31),
    Role.RUNNING: (0.39, 0.45, 0.55),
}
"""Red, green, blue, each 0..1; white text on any of them has a contrast of at least 4.5."""

_MOST_BLOCKS = 200  # a page with more is a repetition loop, and MuPDF's time grows with the square of annotations
_FONT_SIZE = 6.0
_NOTE_LENGTH = 300
_IMAGE_DPI = 144.0


class LayoutError(Exception):
    """A PDF is too damaged to be written again; the text says why in one line."""


def annotate(document: Document, pdf: pymupdf.Document) -> tuple[bytes, tuple[str, ...]]:
    """The document's own pages with annotations, as the bytes of a PDF, and one line for each page that has none.

    `pdf` is the open and unlocked source, which is changed: it is cut down to the pages of `document`. Nothing of a
    page is drawn anew. A PDF that was encrypted stays so, with the same passwords. Raises LayoutError.
    """
    pages = [page for page in document.pages if page.number <= pdf.page_count]
    try:
        pdf.select([page.number - 1 for page in pages])
        failures = [failure for at, page in enumerate(pages) if (failure := _annotated(pdf, at, page))]
        written = _written(pdf)
        _verify(written, len(pages))
        return written, tuple(failures)
    except _errors() as error:
        raise LayoutError(" ".join(str(error).split())) from error


def from_images(document: Document, raster: Raster) -> tuple[bytes, tuple[str, ...]]:
    """The same for a source that is no PDF: its pages are placed on new ones of their size, then annotated."""
    import pymupdf

    failures: list[str] = []
    with pymupdf.open() as pdf:
        for at, page in enumerate(document.pages):
            new = pdf.new_page(width=max(page.width, 1.0), height=max(page.height, 1.0))
            try:
                pixels = raster(page.number, _IMAGE_DPI, Region(0, 0, page.width, page.height))
                new.insert_image(new.rect, stream=_jpeg(pixels))
            except (CropError, OSError, MemoryError) as error:
                failures.append(f"page {page.number}: its image cannot be placed: {error}")
            if failure := _annotated(pdf, at, page):
                failures.append(failure)
        return pdf.tobytes(deflate=True, use_objstms=1), tuple(failures)


def _written(pdf: pymupdf.Document) -> bytes:
    """The file, as small as it can be: objects are not packed where one refers to another that is missing."""
    keep = {"garbage": 1, "deflate": True, "encryption": _kept_encryption()}
    try:
        return bytes(pdf.tobytes(use_objstms=1, **keep))
    except _errors():
        return bytes(pdf.tobytes(**keep))


def _verify(written: bytes, pages: int) -> None:
    """A page tree that MuPDF has repaired may come out otherwise than it looked."""
    import pymupdf

    with pymupdf.open("pdf", written) as pdf:
        if not pdf.needs_pass and pdf.page_count != pages:
            raise LayoutError(f"its page tree is damaged: of {pages} pages it gave {pdf.page_count}")


def _annotated(pdf: pymupdf.Document, at: int, blocks: PageBlocks) -> str | None:
    try:
        _annotate_page(pdf[at], blocks)
    except _errors() as error:
        return f"page {blocks.number}: cannot be annotated: {' '.join(str(error).split())}"
    return None


def _annotate_page(page: pymupdf.Page, found: PageBlocks) -> None:
    """Boxes first, then arrows, then labels, so that none hides a label."""
    blocks = [(order, block) for order, block in enumerate(found.blocks[:_MOST_BLOCKS], 1) if block.boxes]
    for order, block in blocks:
        for box in block.boxes:
            _outline(page, _rect(page, box), order, block)
    for before, after in pairwise(block for _, block in blocks):
        _arrow(page, _rect(page, before.boxes[-1]), _rect(page, after.boxes[0]))
    for order, block in blocks:
        _label(page, _rect(page, block.boxes[0]), order, block)


def _outline(page: pymupdf.Page, rect: pymupdf.Rect, order: int, block: Block) -> None:
    annotation = page.add_rect_annot(rect * page.derotation_matrix)
    annotation.set_border(width=1)
    annotation.set_colors(stroke=COLOURS[block.role])
    annotation.set_info(title=f"{order} {block.label or 'text'}", content=block.text[:_NOTE_LENGTH])
    annotation.update()


def _arrow(page: pymupdf.Page, start: pymupdf.Rect, end: pymupdf.Rect) -> None:
    import pymupdf

    first, last = ((rect.tl + rect.br) / 2 * page.derotation_matrix for rect in (start, end))
    if abs(first - last) < 1:
        return
    annotation = page.add_line_annot(first, last)
    annotation.set_line_ends(pymupdf.PDF_ANNOT_LE_CIRCLE, pymupdf.PDF_ANNOT_LE_CLOSED_ARROW)
    annotation.set_border(width=0.6)
    annotation.set_colors(stroke=(0.86, 0.15, 0.15), fill=(0.86, 0.15, 0.15))
    annotation.update(opacity=0.6)


def _label(page: pymupdf.Page, rect: pymupdf.Rect, order: int, block: Block) -> None:
    """The block's place in the order and its label in the corner above its box, or within where the page ends."""
    import pymupdf

    text = f"{order} {block.label or 'text'}"
    width = pymupdf.get_text_length(text, "helv", _FONT_SIZE) + 4
    height = _FONT_SIZE + 3
    left = max(min(rect.x0, page.rect.width - width), 0)
    top = rect.y0 - height if rect.y0 >= height else rect.y0
    place = pymupdf.Rect(left, top, left + width, top + height)
    annotation = page.add_freetext_annot(
        place * page.derotation_matrix, text, fontsize=_FONT_SIZE, fontname="helv", text_color=(1, 1, 1),
        fill_color=COLOURS[block.role], rotate=page.rotation,
    )  # fmt: skip
    annotation.update(opacity=0.85)


def _rect(page: pymupdf.Page, box: Box) -> pymupdf.Rect:
    """A box in points of the page as displayed; one without an extent gets a point's, for a viewer to show."""
    import pymupdf

    across, down = page.rect.width / GRID, page.rect.height / GRID
    rect = pymupdf.Rect(box.x1 * across, box.y1 * down, box.x2 * across, box.y2 * down)
    return pymupdf.Rect(rect.x0, rect.y0, max(rect.x1, rect.x0 + 1), max(rect.y1, rect.y0 + 1))


def _jpeg(pixels: object) -> bytes:
    from PIL import Image

    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=88)  # type: ignore[arg-type]
    return encoded.getvalue()


def _errors() -> tuple[type[Exception], ...]:
    """What MuPDF and its Python wrapper raise on a damaged file."""
    import pymupdf

    return (RuntimeError, ValueError, TypeError, IndexError, pymupdf.mupdf.FzErrorBase)


def _kept_encryption() -> int:
    import pymupdf

    return int(pymupdf.PDF_ENCRYPT_KEEP)
