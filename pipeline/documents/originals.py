"""Pictures that a PDF itself holds at a place of a page: how fine they are, and the one that fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.documents import mupdf

# Of the place: what a picture must fill of it for its resolution to matter. Smaller, and an icon of 1,200 dpi makes the
# whole crop that fine; larger, and a figure of four photographs is cut coarsely. Chosen, not measured.
_SHARE = 0.25
# Points, or one percent of the place: how far a picture's edges may lie from the place's. A network's boxes are a point
# or two off. Larger, and the source's own file is taken for a box that shows less of it, or more.
_ASIDE = 3.0
_FORMATS = ("jpeg", "png")
_PAINTS = ("fill-path", "stroke-path", "fill-text", "stroke-text", "fill-image", "fill-imgmask", "fill-shade")


@dataclass(frozen=True)
class Held:
    """`dpi` of the finest picture at the place, 0 for none; `data` is its JPEG or PNG file where it is all there is."""

    dpi: float = 0.0
    data: bytes | None = None


def held(file: mupdf.Document, number: int, place: tuple[float, float, float, float]) -> Held:
    """What is at a `place` (left, top, right, bottom, in points as displayed) of the page `number`, from 1.

    Raises what MuPDF raises on a broken page (`pdf_pages.MUPDF_ERRORS`).
    """
    from pipeline.documents import mupdf

    page = file[number - 1]
    where = mupdf.Rect(place)
    pictures = [(info, mupdf.Rect(info["bbox"]) * mupdf.turning(page)) for info in page.get_image_info(xrefs=True)]
    there = [(i, box) for i, box in pictures if (box & where).get_area() >= _SHARE * where.get_area() > 0]
    dpi = max((_dpi(info, box) for info, box in there), default=0.0)
    # On a turned page the file lies otherwise than the page shows it.
    if len(there) != 1 or page.rotation or not _fills(there[0][1], where) or not _is_last(page, there[0][1], where):
        return Held(dpi)
    return Held(dpi, _file(file, there[0][0]))


def _dpi(info: dict[str, Any], box: mupdf.Rect) -> float:
    if box.width <= 0 or box.height <= 0:
        return 0.0
    # Long side with long side: the page may show the picture turned by a quarter.
    sides = sorted((info["width"], info["height"])), sorted((box.width, box.height))
    return float(72 * min(pixels / points for pixels, points in zip(*sides, strict=True)))


def _fills(box: mupdf.Rect, where: mupdf.Rect) -> bool:
    slack = max(_ASIDE, 0.01 * max(where.width, where.height))
    return all(abs(a - b) <= slack for a, b in zip(box, where, strict=True))


def _is_last(page: mupdf.Page, box: mupdf.Rect, where: mupdf.Rect) -> bool:
    """Whether nothing is painted over the picture."""
    from pipeline.documents import mupdf

    painted = [(kind, mupdf.Rect(bounds)) for kind, bounds in page.get_bboxlog() if kind in _PAINTS]
    at = max((i for i, (kind, rect) in enumerate(painted) if kind == "fill-image" and _fills(rect, box)), default=-1)
    return at >= 0 and not any((rect & where).get_area() > 0 for _, rect in painted[at + 1 :])


def _file(file: mupdf.Document, info: dict[str, Any]) -> bytes | None:
    """The picture's own file, if a viewer shows it as the page does: upright, without a mask, in grey or RGB."""
    a, b, c, d, _, _ = info["transform"]
    upright = a > 0 and d > 0 and abs(b) + abs(c) < 0.01 * (a + d)
    if not info.get("xref") or info.get("has-mask") or not upright or info.get("colorspace") not in (1, 3):
        return None
    found = file.extract_image(info["xref"])
    if not found or found.get("ext") not in _FORMATS or found.get("smask"):
        return None
    return bytes(found["image"])
