"""Mistakes that a user can mend: each carries its exit code, and its text names the remedy."""

from __future__ import annotations

import errno
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process tells the shell; the table in README.md is the contract."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    PARTLY = 4
    NO_MODEL = 5
    OUTPUT = 6
    INTERRUPTED = 130


class UserError(Exception):
    """A one-line message that says what is wrong and what to do about it."""

    exit_code = ExitCode.USAGE


class InputError(UserError):
    """A document does not exist, cannot be opened, or is not what its name says."""

    exit_code = ExitCode.INPUT


class PasswordError(InputError):
    """A document is encrypted and no given password opens it."""


class PageError(InputError):
    """One page of an open document cannot be read; the others may be. Callers make it a `Finish.ERROR` transcript."""


class ModelError(UserError):
    """No usable checkpoint or device."""

    exit_code = ExitCode.NO_MODEL


def no_file(path: Path) -> OSError:
    """What reading a pipe, a device or a folder where a file should be is refused with: it may never end."""
    return OSError(errno.EINVAL, "it is no file", str(path))
