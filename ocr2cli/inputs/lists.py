"""Lists of inputs: `@files.txt`, and `--files-from` a file or standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError, UserError

STDIN = "-"


def inputs_with_lists(inputs: list[str], files_from: Path | None, null: bool) -> list[str]:
    """All inputs, those of lists in the place of `@name`, those of `files_from` last. Raises UserError.

    A list holds one path a line, or between null bytes; bytes that are no UTF-8 stay what they are.
    """
    if null and files_from is None:
        raise UserError("--null says how --files-from is written: give that too")
    found = [path for text in inputs for path in _expanded(text)]
    if files_from is not None:
        if str(files_from) == STDIN and STDIN in inputs:
            raise UserError("standard input cannot be both a document (-) and a list (--files-from -)")
        found += _paths(_read(files_from), null)
    if not found:
        raise UserError("there is nothing to read: name files, folders, 'patterns*', - or @lists")
    return found


def _expanded(text: str) -> list[str]:
    if not text.startswith("@") or len(text) == 1 or Path(text).exists():
        return [text]
    return list(_paths(_read(Path(text[1:])), null=False))


def _read(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
    except OSError as error:
        raise InputError(f"the list {path} cannot be read: {error.strerror}; check the path") from error


def _paths(data: bytes, null: bool) -> Iterator[str]:
    for line in data.split(b"\0") if null else data.splitlines():
        if line.strip():
            yield os.fsdecode(line)
