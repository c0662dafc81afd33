"""One line of `transcript.jsonl`: a page's transcript with the key it was read under, as JSON of known types."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, TypeVar

from pipeline.errors import ExitCode, UserError
from pipeline.record.home.ways import follow, way
from pipeline.transcript import Finish, PageRef, Source, Transcript, Unread

T = TypeVar("T")

NAME, VERSION = "ocr2-transcript", 2
"""What each line calls its format. Version 1 had no name; higher ones are refused, for they may mean another thing."""

_FORMAT = re.compile(rf"{NAME}/([1-9][0-9]{{0,8}})")


@dataclass(frozen=True)
class Key:
    """What the text of a page depends on: the bytes of the document (SHA-256), and how it is read."""

    document: str
    settings: str


@dataclass(frozen=True)
class Line:
    """A page's transcript, the key it was read under, and what is to be said of the document as a whole. `lay`: where
    the document lies, told instead of the way there."""

    key: Key
    transcript: Transcript
    warnings: tuple[str, ...] = ()
    lay: str | None = None


class NewerFormatError(UserError):
    """A record was written by a version of ocr2 that is newer than this one."""

    exit_code = ExitCode.OUTPUT


def encode(line: Line, folder: Path | None = None) -> bytes:
    """JSON without its line end, for a record in `folder`: results are shared, and nobody need learn from them which
    folders a disk has."""
    page = _told(line.transcript, folder) if folder else line.transcript
    fields = {
        # On every line, so that any part of a file, and files put together with `cat`, say what they are.
        "format": f"{NAME}/{VERSION}",
        "page": page.ref.number,
        "finish": page.finish.value,
        "text": page.text,
        "reader": page.reader,
        "tried": page.tried,
        "error": page.error,
        "width": float(page.width),
        "height": float(page.height),
        "prompt_tokens": page.prompt_tokens,
        "output_tokens": page.output_tokens,
        "confidence": page.confidence,
        "doubtful": page.doubtful,
        "turned": page.turned,
        "name": page.ref.source.name,
        "source": page.ref.source.origin or line.lay or str(page.ref.source.path),
        "document": line.key.document,
        "settings": line.key.settings,
    }
    if page.tiles:
        fields["tiles"] = page.tiles
    if page.by_block:
        fields["by_block"] = [round(share, 4) for share in page.by_block]
    if page.unread:
        fields["unread"] = [{"box": one.box, "lines": one.lines, "within": one.within} for one in page.unread]
        fields["unread_share"] = page.unread_share
    if line.warnings:
        fields["warnings"] = line.warnings
    # A file name may hold bytes that are no UTF-8, and so lone surrogates: json reads them back as they were.
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(data: bytes, folder: Path | None = None) -> Line | None:
    """None for a line that is damaged: no JSON, a field missing, of another type or out of its range.

    Raises NewerFormatError for a line whose format this version does not know.
    """
    try:
        row = json.loads(data)
        if not isinstance(row, dict):
            return None
        _check_format(row.get("format", f"{NAME}/1"))
        key = Key(_field(row, "document", str), _field(row, "settings", str))
        page = _transcript(row)
        return Line(key, _found(page, folder) if folder else page, _texts(row.get("warnings", [])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _told(transcript: Transcript, folder: Path) -> Transcript:
    """The transcript as a record in `folder` keeps it: the document's path from there, its name without folders that
    were typed from the root."""
    source = transcript.ref.source
    name = PurePath(source.name).name if PurePath(source.name).is_absolute() else source.name
    source = replace(source, path=way(folder, source.path), name=name)
    return replace(transcript, ref=replace(transcript.ref, source=source))


def _found(transcript: Transcript, folder: Path) -> Transcript:
    """The other way round."""
    source = transcript.ref.source
    path = follow(folder, source.path)
    return replace(transcript, ref=replace(transcript.ref, source=replace(source, path=path)))


def _transcript(row: dict[str, Any]) -> Transcript:
    source = _field(row, "source", str)
    if "\0" in source:
        raise ValueError("no path has a null byte")
    return Transcript(
        ref=PageRef(Source(Path(source), _field(row, "name", str)), _count(row, "page", 1)),
        text=_field(row, "text", str),
        finish=Finish(_field(row, "finish", str)),
        width=_size(row, "width"),
        height=_size(row, "height"),
        reader=_field(row, "reader", str),
        prompt_tokens=_count(row, "prompt_tokens"),
        output_tokens=_count(row, "output_tokens"),
        confidence=None if row["confidence"] is None else _size(row, "confidence"),
        error=None if row["error"] is None else _field(row, "error", str),
        turned=_count(row, "turned") if "turned" in row else 0,  # version 1 began without turned pages
        doubtful=row.get("doubtful", False) is True,  # records of before do not say
        tried=_texts(row["tried"]),
        tiles=_grid(row["tiles"]) if "tiles" in row else None,
        by_block=_shares(row.get("by_block", [])),  # records of before do not have it
        unread=tuple(map(_unread, row.get("unread", []))),
        unread_share=_shares([row.get("unread_share", 0.0)])[0],
    )


def _shares(value: object) -> tuple[float, ...]:
    if not isinstance(value, list) or not all(type(v) in (int, float) and 0 <= v <= 1 for v in value):
        raise ValueError("no list of shares")
    return tuple(map(float, value))


def _unread(value: object) -> Unread:
    if not isinstance(value, dict):
        raise TypeError("no place of print")
    box = value["box"]
    if not isinstance(box, list) or len(box) != 4 or not all(type(v) is int and 0 <= v <= 999 for v in box):
        raise ValueError("no box")
    return Unread((box[0], box[1], box[2], box[3]), _count(value, "lines"), _field(value, "within", bool))


def _grid(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(type(v) is int and v >= 0 for v in value):
        raise ValueError("no columns and rows")
    return value[0], value[1]


def _check_format(text: object) -> None:
    known = _FORMAT.fullmatch(text) if isinstance(text, str) else None
    if known is None:
        raise ValueError("the line is of another format")
    if int(known[1]) > VERSION:
        raise NewerFormatError(f"a record has the format {text}, which is newer than this ocr2: update it")


def _field(row: dict[str, Any], name: str, kind: type[T]) -> T:
    value = row[name]
    if type(value) is not kind:  # not isinstance: true is an int to Python
        raise TypeError(f"{name} is no {kind.__name__}")
    return value


def _count(row: dict[str, Any], name: str, least: int = 0) -> int:
    value = _field(row, name, int)
    if value < least:
        raise ValueError(f"{name} is below {least}")
    return value


def _size(row: dict[str, Any], name: str) -> float:
    value = row[name]
    number = float(value) if type(value) in (int, float) else math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"{name} is no size")
    return number


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError("no list of texts")
    return tuple(value)
