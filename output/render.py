"""A document to the files that a person opens: pictures first, then the Markdown that links them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from output import writer
from output.document.joining.assemble import Assembly, assemble
from output.document.survey import Survey, survey
from output.formats import csv_tables
from output.formats.markdown import Links, document_markdown, page_markdown, parts
from output.front_matter import front_matter
from output.grounding.blocks import Document, Figure, PageBlocks
from output.grounding.parser import parse
from output.options import MathStyle, RenderOptions, Running, TableStyle
from output.pictures import figures
from output.pictures import files as pictures
from output.pictures.figures import CropError, Original, Originals, Raster, Region, window
from output.pictures.files import Cutter, Picture
from output.writer import OutputError

__all__ = [
    "Assembly", "CropError", "Links", "MathStyle", "Original", "Originals", "OutputError", "Raster", "Region",
    "RenderOptions", "Rendered", "Running", "Survey", "TableStyle", "assemble", "document_markdown", "page_markdown",
    "parse", "picture_folder", "render", "survey", "window",
]  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """`files`: what was written, the Markdown first. `failures`: one line for each picture that could not be cut.

    `assembly`: the document as it was put together, for other formats to be written from. `pictures`: the file in the
    picture folder by the crop's name, `p003-1.png`; two crops may have the same.
    """

    assembly: Assembly
    files: tuple[Path, ...]
    failures: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)


def render(
    document: Document,
    target: Path,
    options: RenderOptions | None = None,
    raster: Raster | None = None,
    originals: Originals | None = None,
    *,
    cutter: Cutter | None = None,
) -> Rendered:
    """Write `target` (out/a.md), the document's pictures (out/a/p003-1.png …) and tables, each file atomically.

    A picture that cannot be cut is not linked, and named in the result. Pictures of an earlier run that this one has
    not are removed; without a `raster` all stay as they are, and those that the document has are linked. `originals`
    tells what the source itself has at a place, so that no crop is coarser than that. Whoever can cut all figures of a
    page at once gives a `cutter` in place of the two. Raises OutputError.
    """
    folder = picture_folder(target)
    assembly = assemble(document, options)
    # Pictures before the Markdown: a link is only written to a file that is there. Stale ones go last, when no text
    # that can be read links them any longer.
    shown = list(_shown(assembly))
    files, failures = _present(shown, folder), tuple[str, ...]()
    if raster and not cutter:
        cutter = pictures.cutter(raster, originals)
    if cutter:
        files, failures = _write_pictures(shown, folder, assembly.options.figure_dpi, cutter)
    # Half a Markdown of a killed process would lie among other documents' files, where nobody knows whose it is.
    half = folder if folder.is_dir() else None
    front = [front_matter(assembly)] if assembly.options.front_matter else []
    writer.write_texts(target, chain(front, parts(assembly, _links(folder, files))), half)
    written = [folder / name for name in dict.fromkeys(files.values())] if cutter else []
    if cutter:
        writer.remove_stale(folder, figures.NAME, keep=set(files.values()))
    return Rendered(assembly, (target, *written, *_write_tables(assembly, folder)), failures, files)


def picture_folder(target: Path) -> Path:
    """The folder beside a Markdown file, of its name without `.md`."""
    if not target.suffix:
        raise ValueError(f"{target} has no suffix, so its folder would have the same name")
    return target.with_suffix("")


def _shown(assembly: Assembly) -> Iterator[tuple[PageBlocks, Figure]]:
    """The figures of the document without such as run over the pages, unless those are kept."""
    for page in assembly.document.pages:
        for block in page.blocks:
            if assembly.options.headers is Running.KEEP or not block.running:
                yield from ((page, figure) for figure in block.figures)


def _present(shown: Sequence[tuple[PageBlocks, Figure]], folder: Path) -> dict[str, str]:
    """The pictures of an earlier run that are there."""
    names = [(f.name, (f.name, f.name.removesuffix("png") + "jpg")) for _, f in shown]
    return {name: file for name, files in names for file in files if (folder / file).is_file()}


def _write_pictures(
    shown: Sequence[tuple[PageBlocks, Figure]], folder: Path, dpi: int, cutter: Cutter
) -> tuple[dict[str, str], tuple[str, ...]]:
    files: dict[str, str] = {}
    failures: list[str] = []
    # One for the whole document, so that a logo on every page is one file.
    seen = pictures.Seen()
    for figure, picture in _cut(shown, dpi, cutter):
        if isinstance(picture, str):
            failures.append(f"page {figure.page}: {figure.name} could not be cut: {picture}")
            continue
        name = f"{figure.name.removesuffix('.png')}.{picture.suffix}"
        known = seen.known(picture, name)
        if known is None:
            writer.write_bytes(folder / name, picture.data)
        files[figure.name] = known or name
    return files, tuple(failures)


def _cut(
    shown: Sequence[tuple[PageBlocks, Figure]], dpi: int, cutter: Cutter
) -> Iterator[tuple[Figure, Picture | str]]:
    """The figures with their pictures, page by page."""
    for page, each in groupby(shown, key=itemgetter(0)):
        wanted = [figure for _, figure in each]
        yield from zip(wanted, cutter(page, wanted, dpi), strict=True)


def _write_tables(assembly: Assembly, folder: Path) -> list[Path]:
    """One CSV file per table if they were asked for; those of an earlier run go."""
    tables = csv_tables.files(assembly) if assembly.options.csv else {}
    for name, text in tables.items():
        writer.write_text(folder / name, text)
    writer.remove_stale(folder, csv_tables.NAME, keep=tables)
    return [folder / name for name in tables]


def _links(folder: Path, files: Mapping[str, str]) -> Links:
    """Paths from the Markdown file, percent-encoded so that spaces and brackets in a name cannot break a link."""
    return {
        name: "/".join(quote(os.fsencode(part), safe="") for part in (folder.name, file))
        for name, file in files.items()
    }
