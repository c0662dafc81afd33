"""OCRmyPDF reads with ocr2: `ocrmypdf --plugin ocr2cli.ocrmypdf_plugin --jobs 1 scan.pdf out.pdf`.

The model is the one that `ocr2 convert` would take; `OCR2_MODEL` names another. Each of OCRmyPDF's workers loads it, so
one job is usually the fastest. OCRmyPDF does not come with ocr2: `pip install '.[ocrmypdf]'`.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ocrmypdf import hookimpl
from ocrmypdf.builtin_plugins import tesseract_ocr
from ocrmypdf.hocrtransform import BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image

from ocr2cli.api import convert
from output.document.joining.assemble import assemble
from output.formats.placed import hocr
from output.formats.placed.placing import Box, Part, Sheet, sheets
from output.grounding.blocks import Document
from output.grounding.roles import Role
from output.pictures.figures import Pixels, Region
from pipeline import open_transcriber
from pipeline.reader_options import ReaderOptions

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from pluggy import PluginManager

    from pipeline.transcriber import Transcriber

_LINES = {Role.RUNNING: OcrClass.HEADER, Role.CAPTION: OcrClass.CAPTION}


class Engine(OcrEngine):  # type: ignore[misc]
    """ocr2 as OCRmyPDF asks for it."""

    @staticmethod
    def version() -> str:
        """Of ocr2."""
        return version("ocr2")

    @staticmethod
    def creator_tag(options: object) -> str:
        """What the PDF says of who read it."""
        return f"ocr2 {version('ocr2')}"

    def __str__(self) -> str:
        return self.creator_tag(None)

    @staticmethod
    def languages(options: object) -> set[str]:
        """Whatever is asked for: the model is not told languages."""
        return set(getattr(options, "languages", None) or {"eng"})

    @staticmethod
    def get_orientation(input_file: Path, options: object) -> OrientationConfidence:
        """No turn: ocr2 reads turned pages as they lie."""
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Words come as a tree, and not by way of a file."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: object, page_number: int = 0) -> tuple[OcrElement, str]:
        """The words of a page's image, with boxes in its pixels."""
        sheet, scale, size = _read(input_file)
        box = BoundingBox(left=0, top=0, right=size[0], bottom=size[1])
        page = OcrElement(OcrClass.PAGE, bbox=box, dpi=72 * scale, page_number=page_number)
        page.children = [_paragraph(part, scale, sheet.turned) for part in sheet.parts]
        return page, "\n".join(line.text for part in sheet.parts for line in part.lines)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: object) -> None:
        """The same as files, for who asks in the older way."""
        sheet, _, _ = _read(input_file)
        output_hocr.write_text("".join(hocr.document_hocr(input_file.name, [sheet])), encoding="utf-8")
        text = "\n".join(line.text for part in sheet.parts for line in part.lines)
        output_text.write_text(text, encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: object) -> None:
        """Never asked for where `generate_ocr` is."""
        raise NotImplementedError("ocr2 gives OCRmyPDF words and no PDF: use --pdf-renderer auto")


@hookimpl  # type: ignore[untyped-decorator]
def initialize(plugin_manager: PluginManager) -> None:
    """OCRmyPDF's own reader would have Tesseract installed, which nobody needs here."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl  # type: ignore[untyped-decorator]
def add_options(parser: ArgumentParser) -> None:
    """Tesseract's options, since OCRmyPDF looks at their values whoever reads; they change nothing here."""
    tesseract_ocr.add_options(parser)


@hookimpl  # type: ignore[untyped-decorator]
def register_options() -> object:
    """See `add_options`."""
    return tesseract_ocr.register_options()


@hookimpl  # type: ignore[untyped-decorator]
def get_ocr_engine(options: object) -> Engine:
    """OCRmyPDF's hook: whoever names this plugin wants its reader."""
    return Engine()


@cache
def _reader() -> Transcriber:
    """One for all pages of a worker."""
    return open_transcriber(ReaderOptions(model=os.environ.get("OCR2_MODEL", "auto")))[0]


def _read(path: Path) -> tuple[Sheet, float, tuple[int, int]]:
    """The page, pixels per point, and the image's size in pixels."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    result = convert(path, reader=_reader())
    height, width = pixels.shape[:2]
    scale = width / max(result.pages[0].width, 1.0)

    def raster(number: int, dpi: float, region: Region) -> Pixels:
        return pixels

    (sheet,) = sheets(assemble(Document(path.name, result.pages)), raster)
    return sheet, scale, (width, height)


def _paragraph(part: Part, scale: float, turned: int) -> OcrElement:
    kind = _LINES.get(part.role, OcrClass.LINE)
    lines = [
        OcrElement(
            kind, bbox=_pixels(line.box, scale), textangle=-90.0 * turned if turned else None,
            children=[
                OcrElement(OcrClass.WORD, bbox=_pixels(word.box, scale), text=word.text, confidence=part.confidence)
                for word in line.words
            ],
        )
        for line in part.lines
    ]  # fmt: skip
    return OcrElement(OcrClass.PARAGRAPH, bbox=_pixels(part.box, scale), children=lines)


def _pixels(box: Box, scale: float) -> BoundingBox:
    left, top, right, bottom = (value * scale for value in box)
    return BoundingBox(left=left, top=top, right=max(right, left + 1), bottom=max(bottom, top + 1))
