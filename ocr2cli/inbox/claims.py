"""Which file of an inbox is whose: locks that die with their process, and what became of files that stay there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocr2cli.record.places import writing

FOLDER = ".ocr2"
"""In the inbox: one small file for each document, by a hash of its path."""


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

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def settled(self, version: Version) -> bool:
        """Whether this version of the file has been dealt with."""
        data = os.pread(self._descriptor, 1000, 0)
        return data == _encode(version)

    def settle(self, version: Version) -> None:
        """Remember that this version has been dealt with and stays where it is."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, _encode(version), 0)


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
        lock = self._lock_of(path)
        with writing(lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            yield Claim(descriptor) if _locked(descriptor) and _is(descriptor, lock) else None
        finally:
            os.close(descriptor)

    def forget(self, path: Path) -> None:
        """The file has left the inbox. Only within `take`: whoever waits for the lock finds another file, or none."""
        self._lock_of(path).unlink(missing_ok=True)

    def _lock_of(self, path: Path) -> Path:
        name = os.fsencode(path.relative_to(self._inbox))
        return self._folder / hashlib.sha256(name).hexdigest()[:24]


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is(descriptor: int, path: Path) -> bool:
    """Whether the lock is still the file of that name: its former owner may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _encode(version: Version) -> bytes:
    return json.dumps([version.size, version.time]).encode()
