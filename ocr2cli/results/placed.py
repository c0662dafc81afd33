"""Files in which every word has its place: the searchable PDF, hOCR and ALTO."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ocr2cli.results.drawing import layered
from output.document.joining.assemble import Assembly
from output.formats.layout import page_image
from output.formats.placed.placing import Line, Part, Sheet, sheets
from output.grounding.roles import Role
from output.pictures.figures import Raster
from pipeline.documents.layer.layers import Layer, Marked, Placed
from pipeline.transcript import Source

_TAGS = {Role.TABLE: "Table", Role.CAPTION: "Caption", Role.CODE: "Code", Role.FORMULA: "Formula", Role.LIST: "L"}


def searchable(assembly: Assembly, source: Source, raster: Raster, failed: Callable[[str], None]) -> bytes:
    """The source with an invisible layer of text, or its images as a PDF with one. Raises LayoutError."""
    layers = tuple(_layer(sheet) for sheet in sheets(assembly, raster))
    made = layered(layers, source)
    if made is None:
        from pipeline.documents.layer.searchable import add_layers_to_images

        pages = {page.number: page for page in assembly.document.pages}
        made = add_layers_to_images(layers, lambda layer: page_image(pages[layer.number], raster))
    data, failures = made
    for failure in failures:
        failed(failure)
    return data


def hocr(assembly: Assembly, raster: Raster | None) -> Iterator[str]:
    """The file in parts."""
    from output.formats.placed.hocr import document_hocr

    return document_hocr(assembly.document.name, sheets(assembly, raster))


def alto(assembly: Assembly, raster: Raster | None) -> Iterator[str]:
    """The file in parts."""
    from output.formats.placed.alto import document_alto

    return document_alto(assembly.document.name, sheets(assembly, raster))


def _layer(sheet: Sheet) -> Layer:
    return Layer(
        sheet.number, sheet.width, sheet.height, tuple(map(_marked, sheet.parts)), sheet.is_own_text, sheet.turned
    )


def _marked(part: Part) -> Marked:
    tag = f"H{part.level}" if part.level else _TAGS.get(part.role, "P")
    return Marked(tag, tuple(word for line in part.lines for word in _words(line)))


def _words(line: Line) -> Iterator[Placed]:
    return (Placed(word.text, word.box) for word in line.words)
