"""`transcript.jsonl`: the durable record of a document, one line per page, written the moment the page is done."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import no_file
from pipeline.record.atomic import replace_file
from pipeline.record.lines import Key, Line, NewerFormatError, decode, encode
from pipeline.record.writing import OutputError
from pipeline.transcript import Source, Transcript

__all__ = ["FILE_NAME", "NEW_NAME", "Key", "NewerFormatError", "Readings", "Record", "TranscriptLog", "read"]

FILE_NAME = "transcript.jsonl"
NEW_NAME = "transcript.new.jsonl"
"""A record of another key that is not whole yet; the one it will replace stays until then."""


class Readings(Mapping[int, Transcript]):
    """The last reading of each page, by its number. Only places in the file are held: texts stay on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[int, tuple[int, int]] = {}  # offset and length of a line

    def put(self, number: int, offset: int, length: int) -> None:
        """The reading of a page stands in this line from now on."""
        self._places[number] = offset, length

    def line(self, number: int) -> bytes:
        """The page's line as it stands in the file."""
        offset, length = self._places[number]
        with self.path.open("rb") as file:
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
        return end == self.path.stat().st_size

    def __getitem__(self, number: int) -> Transcript:
        """Raises OutputError where another program has changed the file meanwhile."""
        try:
            line = decode(self.line(number), self.path.parent)
        except OSError:
            line = None
        if line is None or line.transcript.ref.number != number:
            raise OutputError(f"{self.path} was changed by another program: leave it alone, and give the command again")
        return line.transcript

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Record:
    """All that a file holds: its key, the document's path and name when it was read, the last reading of each page.

    `damaged` counts lines that could not be read, and so pages that may be missing.
    """

    key: Key
    source: Path
    name: str
    readings: Readings
    warnings: tuple[str, ...] = ()
    damaged: int = 0


class TranscriptLog:
    """Appends readings to a file. Opening it takes up what is there of the same key and heals a torn last line.
    `lay`: see `Line`."""

    def __init__(
        self, path: Path, key: Key, afresh: bool = False, warnings: tuple[str, ...] = (), lay: str | None = None
    ) -> None:
        self.path = path
        self._key, self.warnings, self._lay = key, warnings, lay
        record = None
        if not afresh and path.exists():
            _heal(path)
            record = read(path)
        goes_on = record is not None and record.key == key
        self.readings = record.readings if record is not None and goes_on else Readings(path)
        # Only a record that begins anew empties the file: the caller has chosen a path beside the one that is worth
        # something.
        self._file = path.open("ab" if goes_on else "wb", buffering=0)
        self._size = path.stat().st_size

    def append(self, transcript: Transcript) -> None:
        """Keep a reading, also across a power cut. Raises OSError."""
        line = encode(Line(self._key, transcript, self.warnings, self._lay), self.path.parent) + b"\n"
        rest = memoryview(line)
        while rest:  # not buffered: what a full disk has not taken must not be tried again when the file is closed
            rest = rest[self._file.write(rest) :]
        # After each page: reading one takes far longer than a sync, and what a power cut may cost is then one page.
        os.fsync(self._file.fileno())
        self.readings.put(transcript.ref.number, self._size, len(line))
        self._size += len(line)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def finish(self, path: Path) -> None:
        """Become the file `path`, with the lines in the order of pages, one per page: then it no longer tells in how
        many runs it was written. Raises OSError, with both files as they were."""
        self.close()
        # Then the file is what it should become, and a name is changed instead of gigabytes copied.
        if self.readings.in_order:
            if path != self.path:
                self.path.replace(path)
        else:
            replace_file(path, (self.readings.line(number) for number in sorted(self.readings)))
            if path != self.path:
                self.path.unlink()
        if (record := read(path)) is not None:
            self.readings = record.readings
        self.path = path


def read(path: Path) -> Record | None:
    """The record of the last key in the file, or None where no line can be read. A line that is damaged is left out.

    Raises NewerFormatError, and OSError for a file that is there and cannot be read.
    """
    key, source, readings, warnings = None, Source(Path(), ""), Readings(path), dict[str, None]()
    end = damaged = 0
    try:
        with opened(path) as file:
            for data in file:
                start, end = end, end + len(data)
                line = decode(data, path.parent)
                if line is None:
                    damaged += 1
                    continue
                # A later key stands for a later run: what an earlier reader wrote into the same file no longer counts.
                if line.key != key:
                    key, readings, warnings = line.key, Readings(path), {}
                source = line.transcript.ref.source
                readings.put(line.transcript.ref.number, start, len(data))
                warnings |= dict.fromkeys(line.warnings)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return None if key is None else Record(key, source.path, source.name, readings, tuple(warnings), damaged)


def first(path: Path) -> Line | None:
    """The first line that can be read: it tells whose record this is. Raises what `read` raises."""
    try:
        with opened(path) as file:
            return next((line for data in file if (line := decode(data, path.parent)) is not None), None)
    except (FileNotFoundError, NotADirectoryError):
        return None


def opened(path: Path) -> BinaryIO:
    """A file of a record, open for reading. Raises OSError for what is none: a pipe or a device may never end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise no_file(path)
    return path.open("rb")


def _heal(path: Path) -> None:
    """Cut off a last line without its end: the process was stopped while writing it."""
    whole = end = 0
    with path.open("r+b") as file:
        for line in file:
            end += len(line)
            whole = end if line.endswith(b"\n") else whole
        if whole < end:
            file.truncate(whole)
