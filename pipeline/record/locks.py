"""Small files that one process has to itself: the lock ends with the process, whatever ends it."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from pipeline.errors import no_file

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a byte behind any content: Windows forbids others to read what is locked

    def _flock(descriptor: int, shared: bool = False) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _flock(descriptor: int, shared: bool = False) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


# Bytes of content: what is written there is a digest and a path, of 4 KB at most on any system.
_MOST = 1 << 16


class Lock:
    """A file that is locked until `release`, on all machines where the file system locks for all of them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Lock the file, which is made if need be; None where another process, or this one, has it.

        A file system without locks takes every lock as free. Raises OSError where the file cannot be opened.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # a pipe or a device may never end
            os.close(descriptor)
            raise no_file(path)
        if _is_free(descriptor) and _is(descriptor, path):
            return cls(descriptor)
        os.close(descriptor)
        return None

    def read(self) -> bytes:
        """What the file holds."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _MOST)

    def write(self, data: bytes) -> None:
        """Let the file hold this. Raises OSError."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, data)
        os.ftruncate(self._descriptor, len(data))

    def release(self) -> None:
        """Give it back; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)


def is_locked(descriptor: int) -> bool:
    """Whether somebody else has an open file locked for himself, as some writers do."""
    return not _is_free(descriptor, shared=True)


def _is_free(descriptor: int, shared: bool = False) -> bool:
    try:
        _flock(descriptor, shared)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # no locks there: better one process without them than none
    return True


def _is(descriptor: int, path: Path) -> bool:
    """Whether the lock is still the file of that name: its former owner may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
