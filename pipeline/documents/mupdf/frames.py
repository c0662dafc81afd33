"""A page's own frame, the frame of its PDF, and the page as a viewer shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymupdf import Document, Matrix, Page, Rect

from pipeline.documents.mupdf.bindings import Box


@dataclass(frozen=True)
class Displayed:
    """Size of a page as a viewer shows it, and the matrix (a b c d e f, as in PDF) from its own frame to that."""

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float]


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


def joined_bounds(boxes: Sequence[Box]) -> Box:
    """The smallest box around at least one box."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def alone(page: Page) -> tuple[bytes, Callable[[float, float], tuple[float, float]]]:
    """A PDF of one page, and what takes a point of its own space (y upwards) to the page's frame."""
    file = Document()
    at = page.number
    file.insert_pdf(page.parent, from_page=at, to_page=at, links=False, annots=False, widgets=False)
    a, b, c, d, e, f = from_pdf(page)
    return file.tobytes(), lambda x, y: (a * x + c * y + e, b * x + d * y + f)
