"""Which file of an inbox is whose: locks that die with their process, and what became of files that stay there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.record.locks import Lock
from pipeline.record.writing import writing

FOLDER = ".ocr2"
"""In the inbox: one small file for each document that is there, by a hash of its path."""


@dataclass(frozen=True)
class Version:
    """A file as it stands: another size or time is another document."""

    size: int
    time: int  # nanoseconds

    @classmethod
    def of(cls, path: Path) -> Version:
        """Raises OSError."""
        facts = path.stat()
        return cls(facts.st_size, facts.st_mtime_ns)


class Claim:
    """A document that is ours alone, in all processes and, where the file system locks, on all machines."""

    def __init__(self, lock: Lock, name: str) -> None:
        self._lock, self._name = lock, name

    def settled(self, version: Version) -> bool:
        """Whether this version of the file has been dealt with."""
        return _facts(self._lock.read())[:2] == [version.size, version.time]

    def settle(self, version: Version) -> None:
        """Remember that this version has been dealt with and stays where it is."""
        self._lock.write(json.dumps([version.size, version.time, self._name]).encode())

    def begin(self) -> None:
        """Say which file it is of, so that it can be told later whether that is still there."""
        facts = _facts(self._lock.read())
        if len(facts) < 3:
            size, time = facts or (-1, -1)
            self._lock.write(json.dumps([size, time, self._name]).encode())


class Claims:
    """The claims of one inbox. Raises OutputError where the inbox cannot be written to."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._folder = inbox / FOLDER
        with writing(self._folder):
            self._folder.mkdir(exist_ok=True)

    @contextmanager
    def take(self, path: Path) -> Iterator[Claim | None]:
        """A claim on a file of the inbox for as long as the body runs; None where another process has it."""
        place = self._lock_of(path)
        with writing(place):
            lock = Lock.take(place)
            claim = Claim(lock, str(path.relative_to(self._inbox))) if lock else None
            if claim is not None:
                claim.begin()
        try:
            yield claim
        finally:
            if lock is not None:
                lock.release()

    def forget(self, path: Path) -> None:
        """The file has left the inbox. Only within `take`: whoever waits for the lock finds another file, or none."""
        # While the lock is held: a process that opened the file before and locks it after would hold a file without a
        # name, which `Lock.take` notices by its inode and gives up.
        self._lock_of(path).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Forget the files that somebody else has taken away. What cannot be swept stays for the next time."""
        with suppress(OSError):
            for place in list(self._folder.iterdir()):
                self._sweep(place)

    def _sweep(self, place: Path) -> None:
        name = _name(place)
        if name is None or os.path.lexists(self._inbox / name):
            return
        if (lock := Lock.take(place)) is not None:
            # Asked again under the lock: a file of this name may have arrived, and been claimed, between the two.
            if not os.path.lexists(self._inbox / name):
                place.unlink(missing_ok=True)
            lock.release()

    def _lock_of(self, path: Path) -> Path:
        name = os.fsencode(path.relative_to(self._inbox))
        # A hash, as names may be as long as a file system takes and hold bytes that are no text. 96 bits never meet by
        # chance.
        return self._folder / hashlib.sha256(name).hexdigest()[:24]


def _name(place: Path) -> str | None:
    """The file that a claim is of, by its path within the inbox; None of what is no claim of ours."""
    facts = _facts(place.read_bytes())
    name = facts[2] if len(facts) == 3 else None
    return name if isinstance(name, str) and name and "\0" not in name else None


def _facts(data: bytes) -> list[object]:
    """Size, time and, since ocr2 0.2, name."""
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return facts if isinstance(facts, list) and len(facts) in (2, 3) else []
