"""`transcript.jsonl`: the durable record of a document, one line a page, written the moment the page is done."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from output import writer
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


@dataclass(frozen=True)
class Record:
    """All that a file holds: its key, the document's path and name when it was read, the last reading of each page."""

    key: Key
    source: Path
    name: str
    readings: dict[int, Reading]


class TranscriptLog:
    """Appends readings to a file. Opening it takes up what is there of the same key and heals a torn last line."""

    def __init__(self, path: Path, key: Key, afresh: bool = False) -> None:
        self.path = path
        self._key = key
        record = None if afresh else read(path)
        if record is not None and record.key == key:
            self.readings = record.readings
            _heal(path)
            self._file = path.open("ab", buffering=0)
        else:
            self.readings = {}
            self._file = path.open("wb", buffering=0)

    def append(self, reading: Reading) -> None:
        self.readings[reading.number] = reading
        rest = memoryview(_encode(reading, self._key) + b"\n")
        while rest:  # not buffered: what a full disk has not taken must not be tried again when the file is closed
            rest = rest[self._file.write(rest) :]
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def tidy(self) -> None:
        """Put the lines into the order of pages, one a page, where they came otherwise: then the file no longer tells
        in how many runs it was written. Raises OSError, with the file as it was."""
        self.close()
        lines = [_encode(self.readings[number], self._key) + b"\n" for number in sorted(self.readings)]
        if b"".join(lines) != self.path.read_bytes():
            writer.write_bytes(self.path, b"".join(lines))


def read(path: Path) -> Record | None:
    """The record of the last key in the file, or None where no line can be read. A line that is damaged is left out."""
    key, source, readings = None, Source(Path(), ""), dict[int, Reading]()
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return None
    for line in lines:
        decoded = _decode(line)
        if decoded is None:
            continue
        line_key, reading = decoded
        if line_key != key:
            key, readings = line_key, {}
        source = reading.transcript.ref.source
        readings[reading.number] = reading
    return None if key is None else Record(key, source.path, source.name, readings)


def _heal(path: Path) -> None:
    """Cut off a last line without its end: the process was stopped while writing it."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
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
        )
        return Key(row["document"], row["settings"]), Reading(transcript, tuple(row["tried"]))
    except (ValueError, KeyError, TypeError):
        return None
