"""Standard output carries data only: the real one is kept for us, and libraries that print reach stderr."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO

from pipeline.errors import ExitCode, UserError


class ReaderGoneError(Exception):
    """Whoever read our standard output has closed it (`| head`): there is nobody left to work for."""


class StdoutError(UserError):
    """Standard output is full or broken."""

    exit_code = ExitCode.OUTPUT


class DataOut:
    """Writes to the standard output that the process was started with, at once, unbuffered by anything of ours."""

    def __init__(self, stream: FileIO) -> None:
        self._stream = stream

    @property
    def to_file(self) -> bool:
        """Whether it is a regular file."""
        try:
            return stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode)
        except (OSError, ValueError):  # not a stream of the system, as in tests
            return False

    def line(self, text: str) -> None:
        """One line. File names may hold bytes that are not UTF-8; they leave as they came."""
        self.write(text + "\n")

    def write(self, text: str) -> None:
        try:
            rest = memoryview(text.encode("utf-8", "surrogateescape"))
            while rest:
                rest = rest[self._stream.write(rest) :]
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except OSError as error:
            raise StdoutError(f"standard output cannot be written: {error.strerror}; free some space") from error


@contextmanager
def protected_stdout() -> Iterator[DataOut]:
    """Point file descriptor 1 at stderr while the body runs, so that not even a C library can print into the data."""
    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    stream = os.fdopen(ours, "wb", buffering=0, closefd=False)
    try:
        yield DataOut(stream)
    finally:
        sys.stdout.flush()
        os.dup2(ours, 1)
        os.close(ours)
