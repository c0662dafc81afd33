"""What a run was asked for: one frozen Options, and the small types in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

from output.options import ChunkOptions, RenderOptions
from pipeline.errors import UserError
from pipeline.reader_options import ReaderOptions


class Format(StrEnum):
    """Forms of the text."""

    MD = "md"
    JSON = "json"
    HTML = "html"
    TEXT = "text"
    CHUNKS = "chunks"
    PDF = "pdf"
    HOCR = "hocr"
    ALTO = "alto"


class HtmlImages(StrEnum):
    """Whether an HTML file holds its pictures or links those beside it."""

    EMBED = "embed"
    LINK = "link"


@dataclass(frozen=True)
class Extras:
    """What is written besides the Markdown, and whether pages are compared with the PDF's own text."""

    formats: frozenset[str] = frozenset({Format.MD})
    html_images: HtmlImages = HtmlImages.EMBED
    layout_pdf: bool = False
    preview: bool = False
    check: bool = False
    chunks: ChunkOptions = ChunkOptions()  # noqa: RUF009 frozen, so it may be shared


ALL = "all"
"""Every form of `Format`."""


def formats(text: str) -> frozenset[str]:
    """`md,json` as a set: names of `Format` or `all` of them, or of formats that other packages bring along.

    Raises UserError.
    """
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    if ALL in names:
        names = names - {ALL} | frozenset(Format)
    known: list[str] = list(Format)
    if not names <= set(known):
        from output.formats.doors import installed

        known += [name for name in installed() if name not in known]
    if not names or not names <= set(known):
        raise UserError(f"--format {text}: give one or more of {', '.join(known)}, with commas between, or {ALL}")
    return names


def chunk_options(size: int, overlap: int | None) -> ChunkOptions:
    """How chunks are cut; an overlap that is not given is an eighth of the size. Raises UserError."""
    try:
        return ChunkOptions(size, size // 8 if overlap is None else overlap)
    except ValueError as error:
        raise UserError(f"--chunk-size {size} --chunk-overlap {overlap}: {error}") from error


class Talk(IntEnum):
    """How much is said on stderr."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


@dataclass(frozen=True)
class Options:
    """One run, as it was asked for."""

    output: Path | None = None
    recursive: bool = False
    pages: str | None = None
    passwords: tuple[str, ...] = ()
    force: bool = False
    dry_run: bool = False
    shard: str = "1/1"  # which part of the documents, see `ocr2cli.inputs.parts`
    reading: ReaderOptions = ReaderOptions()  # noqa: RUF009 frozen, so it may be shared
    style: RenderOptions = RenderOptions()  # noqa: RUF009
    extras: Extras = Extras()
    whole: bool = False
    as_json: bool = False
    talk: Talk = Talk.NORMAL
