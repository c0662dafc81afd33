"""`transcript.jsonl`: the durable record of a document, one line a page, written the moment the page is done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from output import writer
from pipeline.errors import UserError
from pipeline.transcript import Finish, PageRef, Source, Transcript

FILE_NAME = "transcript.jsonl"


@dataclass(frozen=True)
class Key:
    """What the text of a page depends on: the bytes of the document, and how it is read."""

    document: str
    settings: str


@dataclass(frozen=True)
class Reading:
    """What is kept of a page: the transcript that counts, and the attempts before it that did not ("nano: loop")."""

    transcript: Transcript
    tried: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return self.transcript.ref.number


class Readings(Mapping[int, Reading]):
    """The last reading of each page, by its number. Only places in the file are held: texts stay on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[int, tuple[int, int]] = {}  # offset and length of a line

    def put(self, number: int, offset: int, length: int) -> None:
        """The reading of a page stands in this line from now on."""
        self._places[number] = offset, length

    def line(self, number: int) -> bytes:
        offset, length = self._places[number]
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    @property
    def in_order(self) -> bool:
        """Whether the file is the lines of all pages in their order and nothing else."""
        end = 0
        for _, (offset, length) in sorted(self._places.items()):
            if offset != end:
                return False
            end += length
        return end == self._path.stat().st_size

    def __getitem__(self, number: int) -> Reading:
        decoded = _decode(self.line(number))
        if decoded is None or decoded[1].number != number:
            raise UserError(f"{self._path} was changed by another program: leave it alone, and give the command again")
        return decoded[1]

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Record:
    """All that a file holds: its key, the document's path and name when it was read, the last reading of each page."""

    key: Key
    source: Path
    name: str
    readings: Readings


class TranscriptLog:
    """Appends readings to a file. Opening it takes up what is there of the same key and heals a torn last line."""

    def __init__(self, path: Path, key: Key, afresh: bool = False) -> None:
        self.path = path
        self._key = key
        record = None
        if not afresh and path.exists():
            _heal(path)
            record = read(path)
        goes_on = record is not None and record.key == key
        self.readings = record.readings if record is not None and goes_on else Readings(path)
        self._file = path.open("ab" if goes_on else "wb", buffering=0)
        self._size = path.stat().st_size

    def append(self, reading: Reading) -> None:
        line = _encode(reading, self._key) + b"\n"
        rest = memoryview(line)
        while rest:  # not buffered: what a full disk has not taken must not be tried again when the file is closed
            rest = rest[self._file.write(rest) :]
        os.fsync(self._file.fileno())
        self.readings.put(reading.number, self._size, len(line))
        self._size += len(line)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def tidy(self) -> None:
        """Put the lines into the order of pages, one a page, where they came otherwise: then the file no longer tells
        in how many runs it was written. Raises OSError, with the file as it was."""
        self.close()
        if self.readings.in_order:
            return
        writer.write_parts(self.path, (self.readings.line(number) for number in sorted(self.readings)))
        if (record := read(self.path)) is not None:
            self.readings = record.readings


def read(path: Path) -> Record | None:
    """The record of the last key in the file, or None where no line can be read. A line that is damaged is left out."""
    key, source, readings = None, Source(Path(), ""), Readings(path)
    end = 0
    try:
        with path.open("rb") as file:
            for line in file:
                start, end = end, end + len(line)
                decoded = _decode(line)
                if decoded is None:
                    continue
                line_key, reading = decoded
                if line_key != key:
                    key, readings = line_key, Readings(path)
                source = reading.transcript.ref.source
                readings.put(reading.number, start, len(line))
    except FileNotFoundError:
        return None
    return None if key is None else Record(key, source.path, source.name, readings)


def _heal(path: Path) -> None:
    """Cut off a last line without its end: the process was stopped while writing it."""
    whole = end = 0
    with path.open("r+b") as file:
        for line in file:
            end += len(line)
            whole = end if line.endswith(b"\n") else whole
        if whole < end:
            file.truncate(whole)


def _encode(reading: Reading, key: Key) -> bytes:
    page = reading.transcript
    fields = {
        "page": page.ref.number,
        "finish": page.finish.value,
        "text": page.text,
        "reader": page.reader,
        "tried": list(reading.tried),
        "error": page.error,
        "width": float(page.width),
        "height": float(page.height),
        "prompt_tokens": page.prompt_tokens,
        "output_tokens": page.output_tokens,
        "confidence": page.confidence,
        "turned": page.turned,
        "name": page.ref.source.name,
        "source": str(page.ref.source.path),
        "document": key.document,
        "settings": key.settings,
    }
    # A file name may hold bytes that are no UTF-8, and so lone surrogates: json reads them back as they were.
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _decode(line: bytes) -> tuple[Key, Reading] | None:
    try:
        row: Any = json.loads(line)
        ref = PageRef(Source(Path(row["source"]), row["name"]), int(row["page"]))
        transcript = Transcript(
            ref=ref,
            text=str(row["text"]),
            finish=Finish(row["finish"]),
            width=float(row["width"]),
            height=float(row["height"]),
            reader=str(row["reader"]),
            prompt_tokens=int(row["prompt_tokens"]),
            output_tokens=int(row["output_tokens"]),
            confidence=row["confidence"],
            error=row["error"],
            turned=int(row.get("turned", 0)),  # records of before have no turned pages
        )
        return Key(row["document"], row["settings"]), Reading(transcript, tuple(row["tried"]))
    except (ValueError, KeyError, TypeError):
        return None
