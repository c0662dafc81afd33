"""Standard output carries data only: the real one is kept for us, and libraries that print reach stderr."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ocr2cli.telling.line import on_one_line
from pipeline.errors import ExitCode, UserError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderGoneError(Exception):
    """Whoever read our standard output has closed it (`| head`): there is nobody left to work for."""


class StdoutError(UserError):
    """Standard output is full or broken."""

    exit_code = ExitCode.OUTPUT


class ClosedStdoutError(StdoutError):
    """Standard output was closed from the start."""


class DataOut:
    """Writes to the standard output that the process was started with, at once, unbuffered by anything of ours."""

    def __init__(self, stream: io.FileIO) -> None:
        self._stream = stream

    @property
    def to_file(self) -> bool:
        """Whether it is a regular file."""
        try:
            return stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode)
        except (OSError, ValueError):  # not a stream of the system, as in tests
            return False

    @property
    def to_terminal(self) -> bool:
        """Whether a person reads along."""
        try:
            return os.isatty(self._stream.fileno())
        except (OSError, ValueError):
            return False

    def line(self, text: str) -> None:
        """One line about what was done. File names may hold bytes that are not UTF-8; they leave as they came, but for
        a person at a terminal: what a file is called cannot move the cursor there.

        Where standard output was closed from the start (`>&-`), nobody wants to know.
        """
        with suppress(ClosedStdoutError):
            self.write((on_one_line(text) if self.to_terminal else text) + "\n")

    def write(self, text: str) -> None:
        try:
            rest = memoryview(text.encode("utf-8", "surrogateescape"))
            while rest:
                rest = rest[self._stream.write(rest) :]
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        except OSError as error:
            if error.errno == errno.EBADF:
                raise ClosedStdoutError("standard output is closed: name a folder with -o, or open it") from error
            raise StdoutError(f"standard output cannot be written: {error.strerror}; free some space") from error


def open_closed_descriptors() -> None:
    """Open those of descriptors 0 to 2 that the process was started without (`<&-`, `>&-`, `2>&-`): else the next file
    that is opened would take the place, and get what is meant for a terminal.

    Nothing is on standard input then, stderr leads nowhere, and data for stdout fails (see `DataOut`).
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # it gets the lowest number that is free: this one
    # What Python could not open is None there, and print(file=None) would write to stdout.
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 for as long as the process runs
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    elif (given := sys.__stderr__) is not None and sys.stderr is given:
        raw = io.BufferedWriter(_Messages(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(raw, given.encoding, given.errors, line_buffering=True)


class _Messages(io.FileIO):
    """Where messages go: they are lost where there is no room for them, and the work that they are about is not."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:  # somebody was there, and wants no more
            raise
        except OSError:
            return memoryview(data).nbytes


@contextmanager
def protected_stdout() -> Iterator[DataOut]:
    """Point file descriptor 1 at stderr while the body runs, so that not even a C library can print into the data."""
    sys.stdout.flush()
    # By descriptor, not by `sys.stdout`: libraries in C print past that.
    ours = os.dup(1)
    os.dup2(2, 1)
    stream = os.fdopen(ours, "wb", buffering=0, closefd=False)
    try:
        yield DataOut(stream)
    finally:
        sys.stdout.flush()
        os.dup2(ours, 1)
        os.close(ours)
