"""A folder that documents arrive in: which of them are complete."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ocr2cli.inbox.claims import Version
from ocr2cli.inputs.plan import walk
from pipeline.documents.document import cut_off, page_count
from pipeline.documents.guard import guard
from pipeline.errors import InputError, PasswordError
from pipeline.record.locks import is_locked
from pipeline.transcript import Source


@dataclass(frozen=True)
class Arrival:
    """A file that has been waited for long enough. Whether it can be read is for the reader to say."""

    path: Path
    version: Version

    def is_other_now(self) -> bool:
        """Whether another version lies there now; a file that is gone is no other one."""
        try:
            return Version.of(self.path) != self.version
        except OSError:
            return False


@dataclass(frozen=True)
class _Sighting:
    version: Version
    since: float  # when this version was first seen


class Inbox:
    """Looks at a folder again and again. A file is complete when it has kept its size and time for `settle` seconds,
    nobody has it locked, and it opens; one that does not open is given up after `patience` seconds without a change.
    """

    def __init__(self, folder: Path, recursive: bool, settle: float = 2.0, patience: float = 30.0) -> None:
        self.folder = folder
        self._recursive, self._settle, self._patience = recursive, settle, patience
        self._seen: dict[Path, _Sighting] = {}
        self._handled: dict[Path, Version] = {}

    def arrivals(self) -> list[Arrival]:
        """What is complete now and was not handled, in the order of names."""
        now = time.monotonic()
        paths = list(self._paths())
        self._seen = {path: seen for path in paths if (seen := self._look(path, now))}
        self._handled = {path: version for path, version in self._handled.items() if path in self._seen}
        return [
            Arrival(path, seen.version)
            for path, seen in self._seen.items()
            if self._handled.get(path) != seen.version and self._complete(path, now - seen.since)
        ]

    @property
    def waiting(self) -> bool:
        """Whether a file is there that was not handled."""
        return any(self._handled.get(path) != seen.version for path, seen in self._seen.items())

    def handled(self, arrival: Arrival) -> None:
        """Do not show this version of the file again."""
        self._handled[arrival.path] = arrival.version

    def _complete(self, path: Path, quiet: float) -> bool:
        # From cheap to dear: opening a document in the guard is asked last, and never of a file that is still being
        # written.
        return quiet >= self._settle and not _in_use(path) and (quiet >= self._patience or _opens(path))

    def _paths(self) -> Iterator[Path]:
        try:
            yield from walk(self.folder, self._recursive)
        except OSError:
            return  # a network folder that is away for a while, or a folder that has gone while it was read

    def _look(self, path: Path, now: float) -> _Sighting | None:
        try:
            version = Version.of(path)
        except OSError:
            return None
        former = self._seen.get(path)
        return former if former and former.version == version else _Sighting(version, now)


def _in_use(path: Path) -> bool:
    """Whether somebody has locked the file, as some writers do."""
    try:
        with path.open("rb") as file:
            return is_locked(file.fileno())
    except OSError:
        return False  # that it cannot be read is for the reader to say


def _opens(path: Path) -> bool:
    try:
        guard().call(page_count, Source(path, str(path)))
        return not cut_off(path)
    except PasswordError:
        return True  # waiting will not open it
    except (InputError, OSError):
        return False


def is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
