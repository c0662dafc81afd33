"""Boxes, arrows and labels as annotations of a PDF's own pages; whatever the PDF could run is taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from pipeline.documents import mupdf
from pipeline.documents.pdf_pages import MUPDF_ERRORS
from pipeline.errors import PageError

Colour = tuple[float, float, float]
Point = tuple[float, float]

# Points, of labels: the smallest that prints legibly. Larger hides more of the page.
_FONT_SIZE = 6.0
# Keys under which a PDF keeps what runs by itself, or carries files, in any object (ISO 32000-1, 12.6 and 7.11).
_RUNNING = {"AA", "OpenAction", "JS", "JavaScript", "XFA", "EmbeddedFiles", "AF", "RichMediaContent"}
# Actions that run, send or open something. Links within the document and to web pages stay: a person has to click them.
_ACTION = re.compile(r"/S\s*/(?:JavaScript|Launch|SubmitForm|ImportData|Rendition|RichMediaExecute|GoToR|GoToE)\b")
_WITHIN = re.compile(r"/(?:AA|OpenAction|JS|XFA)(?=\s*(?:<<|\[|\(|\d))")  # in a dictionary within an object
_ERRORS = (*MUPDF_ERRORS, ValueError, TypeError, IndexError)


class Rect(Protocol):
    """Edges as shares of the page as displayed, 0..1 from its top left corner."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def bottom(self) -> float: ...


class Frame(Protocol):
    """An outlined box with a title and a note. `colour` is red, green, blue, each 0..1."""

    @property
    def rect(self) -> Rect: ...
    @property
    def colour(self) -> Colour: ...
    @property
    def title(self) -> str: ...
    @property
    def note(self) -> str: ...


class Sheet(Protocol):
    """What is drawn on page `number` of `width` x `height` points: frames, arrows from point to point, labels."""

    @property
    def number(self) -> int: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def frames(self) -> Sequence[Frame]: ...
    @property
    def arrows(self) -> Sequence[tuple[Point, Point]]: ...
    @property
    def labels(self) -> Sequence[Frame]: ...


Made = tuple[bytes, tuple[str, ...]]
"""The bytes of a PDF, and one line for each page that lacks something."""


def annotate(pdf: mupdf.Document, sheets: Sequence[Sheet]) -> Made:
    """The document's own pages with annotations.

    `pdf` is the open and unlocked source, which is changed: it is cut down to the pages of `sheets`. Nothing of a page
    is drawn anew. A PDF that was encrypted stays so, with the same passwords. Raises PageError where it is too damaged
    to be written again.
    """
    sheets = [sheet for sheet in sheets if sheet.number <= pdf.page_count]
    try:
        pdf.select([sheet.number - 1 for sheet in sheets])
        scrub(pdf)
        failures = [failure for at, sheet in enumerate(sheets) if (failure := _annotated(pdf, at, sheet))]
        data = written(pdf)
        _verify(data, len(sheets))
        return data, tuple(failures)
    except _ERRORS as error:
        raise PageError(" ".join(str(error).split())) from error


def annotate_images(sheets: Sequence[Sheet], image: Callable[[Sheet], bytes | str]) -> Made:
    """The same for a source that is no PDF: its pages are placed on new ones of their size, then annotated.

    `image` gives a page as a JPEG file, or says in one line why there is none.
    """
    failures: list[str] = []
    with mupdf.open() as pdf:
        for at, sheet in enumerate(sheets):
            failures += add_page(pdf, sheet.number, (sheet.width, sheet.height), image(sheet))
            if failure := _annotated(pdf, at, sheet):
                failures.append(failure)
        return pdf.tobytes(deflate=True, use_objstms=1), tuple(failures)


def add_page(pdf: mupdf.Document, number: int, size: tuple[float, float], image: bytes | str) -> Iterator[str]:
    """A new last page of this size in points, filled by an image file; a line where `image` says why there is none."""
    page = pdf.new_page(width=max(size[0], 1.0), height=max(size[1], 1.0))
    if isinstance(image, str):
        yield f"page {number}: its image cannot be placed: {image}"
    else:
        page.insert_image(page.rect, stream=image)


def scrub(pdf: mupdf.Document) -> None:
    """Take out scripts, actions, forms that run and attached files, wherever an object has them."""
    for xref in range(1, pdf.xref_length()):
        with suppress(*_ERRORS):  # a hole in the table of objects: nothing is there
            _scrub_object(pdf, xref)
    catalog = pdf.pdf_catalog()
    for path in ("Names/JavaScript", "Names/EmbeddedFiles", "AcroForm/XFA"):
        if pdf.xref_get_key(catalog, path)[0] != "null":
            pdf.xref_set_key(catalog, path, "null")


def _scrub_object(pdf: mupdf.Document, xref: int) -> None:
    source = pdf.xref_object(xref, compressed=True)
    if not source.startswith("<<"):
        return
    for key in _RUNNING & set(pdf.xref_get_keys(xref)):
        pdf.xref_set_key(xref, key, "null")
    if not pdf.xref_is_stream(xref):
        source = pdf.xref_object(xref, compressed=True)
        scrubbed = _ACTION.sub("/S/None", _WITHIN.sub("/None", source))
        if scrubbed != source:
            pdf.update_object(xref, scrubbed)


def written(pdf: mupdf.Document) -> bytes:
    """The file, as small as it can be: objects are not packed where one refers to another that is missing."""
    keep = {"garbage": 1, "deflate": True, "encryption": int(mupdf.PDF_ENCRYPT_KEEP)}
    try:
        return bytes(pdf.tobytes(use_objstms=1, **keep))
    except _ERRORS:
        return bytes(pdf.tobytes(**keep))


def _verify(written: bytes, pages: int) -> None:
    """A page tree that MuPDF has repaired may come out otherwise than it looked."""
    with mupdf.open("pdf", written) as pdf:
        if not pdf.needs_pass and pdf.page_count != pages:
            raise PageError(f"its page tree is damaged: of {pages} pages it gave {pdf.page_count}")


def _annotated(pdf: mupdf.Document, at: int, sheet: Sheet) -> str | None:
    try:
        _annotate_page(pdf[at], sheet)
    except _ERRORS as error:
        return f"page {sheet.number}: cannot be annotated: {' '.join(str(error).split())}"
    return None


def _annotate_page(page: mupdf.Page, sheet: Sheet) -> None:
    """Boxes first, then arrows, then labels, so that none hides a label."""
    for frame in sheet.frames:
        _outline(page, frame)
    for start, end in sheet.arrows:
        _arrow(page, start, end)
    for label in sheet.labels:
        _label(page, label)


def _outline(page: mupdf.Page, frame: Frame) -> None:
    annotation = page.add_rect_annot(_rect(page, frame.rect) * ~mupdf.turning(page))
    annotation.set_border(width=1)
    annotation.set_colors(stroke=frame.colour)
    annotation.set_info(title=frame.title, content=frame.note)
    annotation.update()


def _arrow(page: mupdf.Page, start: Point, end: Point) -> None:
    size = page.rect.width, page.rect.height
    first, last = (mupdf.Point(x * size[0], y * size[1]) * ~mupdf.turning(page) for x, y in (start, end))
    if abs(first - last) < 1:
        return
    annotation = page.add_line_annot(first, last)
    annotation.set_line_ends(mupdf.PDF_ANNOT_LE_CIRCLE, mupdf.PDF_ANNOT_LE_CLOSED_ARROW)
    annotation.set_border(width=0.6)
    annotation.set_colors(stroke=(0.86, 0.15, 0.15), fill=(0.86, 0.15, 0.15))
    annotation.update(opacity=0.6)


def _label(page: mupdf.Page, label: Frame) -> None:
    """The title in the corner above its box, or within where the page ends."""
    rect = _rect(page, label.rect)
    width = mupdf.get_text_length(label.title, "helv", _FONT_SIZE) + 4
    height = _FONT_SIZE + 3
    left = max(min(rect.x0, page.rect.width - width), 0)
    top = rect.y0 - height if rect.y0 >= height else rect.y0
    place = mupdf.Rect(left, top, left + width, top + height)
    annotation = page.add_freetext_annot(
        place * ~mupdf.turning(page), label.title, fontsize=_FONT_SIZE, fontname="helv", text_color=(1, 1, 1),
        fill_color=label.colour, rotate=page.rotation,
    )  # fmt: skip
    annotation.update(opacity=0.85)


def _rect(page: mupdf.Page, rect: Rect) -> mupdf.Rect:
    """In points of the page as displayed; one without an extent gets a point's, for a viewer to show."""
    across, down = page.rect.width, page.rect.height
    left, top = rect.left * across, rect.top * down
    return mupdf.Rect(left, top, max(rect.right * across, left + 1), max(rect.bottom * down, top + 1))
