"""A document to the files that a person opens: pictures first, then the Markdown that links them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from output import figures, writer
from output.blocks import Document, PageBlocks
from output.figures import CropError, Raster, Region, window
from output.grounding import parse
from output.markdown import Links, document_markdown, page_markdown
from output.options import MathStyle, RenderOptions, Running, TableStyle
from output.survey import Survey, survey
from output.writer import OutputError

__all__ = [
    "CropError", "Links", "MathStyle", "OutputError", "Raster", "Region", "RenderOptions", "Rendered", "Running",
    "Survey", "TableStyle", "document_markdown", "page_markdown", "parse", "picture_folder", "render", "survey",
    "window",
]  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """`files`: what was written, the Markdown first. `failures`: one line for each picture that could not be cut."""

    files: tuple[Path, ...]
    failures: tuple[str, ...] = ()


def render(
    document: Document, target: Path, options: RenderOptions | None = None, raster: Raster | None = None
) -> Rendered:
    """Write `target` (out/a.md) and the document's pictures (out/a/p003-1.png …), each file atomically.

    A picture that cannot be cut is not linked, and named in the result. Pictures of an earlier run that this one has
    not are removed; without a `raster` all stay as they are, and those that the document has are linked. Raises
    OutputError.
    """
    options = options or RenderOptions()
    folder = picture_folder(target)
    if raster is None:
        pictures = [folder / figure.name for _, figure in _planned(document) if (folder / figure.name).is_file()]
        writer.write_text(target, document_markdown(document, options, _links(pictures)))
        return Rendered((target,))
    pictures, failures = _write_pictures(document, folder, options, raster)
    writer.write_text(target, document_markdown(document, options, _links(pictures)))
    writer.remove_stale(folder, figures.NAME, keep={path.name for path in pictures})
    return Rendered((target, *pictures), failures)


def picture_folder(target: Path) -> Path:
    """The folder beside a Markdown file, of its name without `.md`."""
    if not target.suffix:
        raise ValueError(f"{target} has no suffix, so its folder would have the same name")
    return target.with_suffix("")


def _write_pictures(
    document: Document, folder: Path, options: RenderOptions, raster: Raster
) -> tuple[list[Path], tuple[str, ...]]:
    written: list[Path] = []
    failures: list[str] = []
    for page, figure in _planned(document):
        try:
            data = figures.cut(figure, page, raster, options.figure_dpi)
        except (CropError, OSError, MemoryError) as error:
            failures.append(f"page {page.number}: {figure.name} could not be cut: {error}")
            continue
        writer.write_bytes(folder / figure.name, data)
        written.append(folder / figure.name)
    return written, tuple(failures)


def _planned(document: Document) -> Iterator[tuple[PageBlocks, figures.Figure]]:
    for page in document.pages:
        for figure in figures.plan(page):
            yield page, figure


def _links(pictures: Sequence[Path]) -> Links:
    """Paths from the Markdown file, percent-encoded so that spaces and brackets in a name cannot break a link."""
    return {p.name: "/".join(quote(os.fsencode(part), safe="") for part in (p.parent.name, p.name)) for p in pictures}
