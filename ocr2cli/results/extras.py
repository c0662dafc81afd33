"""What is written beside the Markdown on request, each format by the room that makes it; and the check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ocr2cli.options import Extras, Format, HtmlImages
from ocr2cli.results import placed
from ocr2cli.results.drawing import LayoutError, annotated
from ocr2cli.results.stages import Stage, Steps
from output import writer
from output.document.joining.assemble import Assembly
from output.formats.doors import FormatError, written
from output.options import ChunkOptions
from output.pictures.figures import Raster, Region
from pipeline.errors import UserError
from pipeline.record.places import Place
from pipeline.transcript import Pixels, Source

JSON_NAME, HTML_NAME, LAYOUT_NAME, PREVIEW_NAME = "blocks.json", "document.html", "layout.pdf", "preview.html"
TEXT_NAME, CHUNKS_NAME = "document.txt", "chunks.jsonl"
PDF_NAME, HOCR_NAME, ALTO_NAME = "searchable.pdf", "document.hocr", "document.alto.xml"
_PIPED: dict[str, tuple[str, str]] = {
    Format.JSON: ("blocks", JSON_NAME), Format.HTML: ("html", HTML_NAME), Format.TEXT: ("text", TEXT_NAME),
    Format.CHUNKS: ("chunks", CHUNKS_NAME), Format.HOCR: ("hocr", HOCR_NAME), Format.ALTO: ("alto", ALTO_NAME),
}  # fmt: skip

Failed = Callable[[str], None]
"""Takes one line for a thing in a file that could not be drawn."""


@dataclass(frozen=True)
class Scene:
    """A document whose Markdown and pictures are written; `source` and `raster` are None where the source is gone.

    `pictures`: the file in `folder` by the crop's name; two crops may share one.
    """

    assembly: Assembly
    folder: Path
    pictures: Mapping[str, str]
    source: Source | None = None
    raster: Raster | None = None
    step: Steps | None = None


Maker = Callable[[Scene, Failed], Iterable[bytes]]
"""Gives a file's content, in parts where it is long."""


def refuse_for_pipe(extras: Extras) -> None:
    """Raise UserError where standard output cannot hold what was asked for."""
    if len(extras.formats) > 1 or extras.layout_pdf or extras.preview or Format.PDF in extras.formats:
        raise UserError(
            "standard output takes one text: give one --format without --layout-pdf and --preview, or -o DIR"
        )


def piped(place: Place, extras: Extras) -> tuple[str, Path]:
    """What goes to standard output: its name in a JSON report, and its file."""
    found = next((_PIPED[form] for form in extras.formats if form in _PIPED), None)
    if found is None and (names := _others(extras)):
        found = names[0], f"document.{names[0]}"
    return (found[0], place.folder / found[1]) if found else ("markdown", place.markdown)


def _others(extras: Extras) -> list[str]:
    """Formats that other packages bring along."""
    return sorted(extras.formats - set(Format))


def write_extras(scene: Scene, extras: Extras) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write what was asked for: the files, and one line for each thing that could not be drawn. Raises OutputError."""
    files: list[Path] = []
    failures: list[str] = []
    if scene.source is None and extras.layout_pdf:
        failures.append(f"{LAYOUT_NAME} was not made: it needs the document")
    if scene.source is None and Format.PDF in extras.formats:
        failures.append(f"{PDF_NAME} was not made: it needs the document")
    if scene.source is None and extras.check:
        failures.append("the pages were not checked: that needs the document")
    for name, make in _makers(extras):
        if name in (LAYOUT_NAME, PDF_NAME) and scene.source is None:
            continue
        try:
            writer.write_parts(scene.folder / name, make(scene, failures.append))
        except (LayoutError, FormatError) as error:
            failures.append(f"{name} could not be made: {error}")
            continue
        files.append(scene.folder / name)
    return tuple(files), tuple(failures)


def _makers(extras: Extras) -> Iterator[tuple[str, Maker]]:
    if Format.JSON in extras.formats:
        yield JSON_NAME, _json
    if Format.HTML in extras.formats:
        yield HTML_NAME, partial(_html, images=extras.html_images)
    if Format.TEXT in extras.formats:
        yield TEXT_NAME, _text
    if Format.CHUNKS in extras.formats:
        yield CHUNKS_NAME, partial(_chunks, options=extras.chunks)
    if Format.PDF in extras.formats:
        yield PDF_NAME, _searchable
    if Format.HOCR in extras.formats:
        yield HOCR_NAME, lambda scene, failed: map(_utf8, placed.hocr(scene.assembly, scene.raster))
    if Format.ALTO in extras.formats:
        yield ALTO_NAME, lambda scene, failed: map(_utf8, placed.alto(scene.assembly, scene.raster))
    for name in _others(extras):
        yield f"document.{name}", partial(_other, name=name)
    if extras.layout_pdf:
        yield LAYOUT_NAME, _layout
    if extras.preview:
        yield PREVIEW_NAME, _preview


def _json(scene: Scene, failed: Failed) -> Iterator[bytes]:
    from output.formats.json_format import document_json

    yield _utf8(document_json(scene.assembly, scene.pictures))


def _html(scene: Scene, failed: Failed, images: HtmlImages) -> Iterator[bytes]:
    from output.formats.html_format import data_uri, document_html

    sources = scene.pictures
    if images is not HtmlImages.LINK:
        # Read back from the files, not kept since they were cut: a document's pictures would stay in memory to its
        # end.
        sources = {name: data_uri(file, (scene.folder / file).read_bytes()) for name, file in scene.pictures.items()}
    yield _utf8(document_html(scene.assembly, sources))


def _text(scene: Scene, failed: Failed) -> Iterator[bytes]:
    from output.formats.plain_text import document_text

    return map(_utf8, document_text(scene.assembly))


def _chunks(scene: Scene, failed: Failed, options: ChunkOptions) -> Iterator[bytes]:
    from output.formats.chunks.jsonl import document_chunks

    return map(_utf8, document_chunks(scene.assembly, options, scene.pictures))


def _other(scene: Scene, failed: Failed, name: str) -> Iterator[bytes]:
    yield written(name, scene.assembly)


def _layout(scene: Scene, failed: Failed) -> Iterator[bytes]:
    from output.formats.layout import page_image, sheets
    from pipeline.documents.annotations import Sheet, annotate_images

    source, raster = scene.source, scene.raster
    assert source is not None and raster is not None  # else the caller leaves the layout out
    pages = {page.number: page for page in scene.assembly.document.pages}
    drawn = sheets(scene.assembly.document)

    def image(sheet: Sheet) -> bytes | str:
        return page_image(pages[sheet.number], raster)

    data, failures = annotated(drawn, source) or annotate_images(drawn, image)
    for failure in failures:
        failed(failure)
    if scene.step:
        scene.step(Stage.LAYOUT, len(drawn))
    yield data


def _searchable(scene: Scene, failed: Failed) -> Iterator[bytes]:
    assert scene.source is not None and scene.raster is not None  # else the caller leaves it out
    yield placed.searchable(scene.assembly, scene.source, scene.raster, failed)


def _preview(scene: Scene, failed: Failed) -> Iterator[bytes]:
    from output.formats.preview import preview_parts

    return map(_utf8, preview_parts(scene.assembly, _counted(scene), failed))


def _counted(scene: Scene) -> Raster | None:
    """The scene's raster, telling of each page that is drawn."""
    raster, step = scene.raster, scene.step
    if raster is None or step is None:
        return raster

    def drawn(number: int, dpi: float, region: Region) -> Pixels:
        step(Stage.PREVIEW)
        return raster(number, dpi, region)

    return drawn


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
