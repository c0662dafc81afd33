"""Errors of the file system, where results are written, as one line for the user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ExitCode, UserError


class OutputError(UserError):
    """A result cannot be written."""

    exit_code = ExitCode.OUTPUT


class NoRoomError(OutputError):
    """The place for all results is full or broken: what was done stays, and the same command goes on from there."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the file system as one line about `path`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        kind = NoRoomError if no_room(error) else OutputError
        raise kind(f"{path} cannot be written: {reason}; free it or choose another place with -o") from error


def no_room(error: BaseException | None) -> bool:
    """Whether nothing more can be written there, whatever the file is called."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM
