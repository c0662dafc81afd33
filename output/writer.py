"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from re import Pattern

_REMEDIES = {
    errno.EACCES: "no permission to write there; choose another folder",
    errno.EPERM: "no permission to write there; choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOSPC: "no space left on the device; free some or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file is too large for this file system; choose another folder",
    errno.ENAMETOOLONG: "the path is too long; choose a shorter folder or rename the document",
    errno.EISDIR: "a folder of that name is in the way; remove it or choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EEXIST: "a file is in the way of the folder; remove it or choose another folder",
}


class OutputError(Exception):
    """A file cannot be written. The text is one line, with the path, the reason and what to do."""


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file by way of a temporary one in the same folder, which is made if need be. Raises OutputError."""
    write_parts(path, (data,))


def write_parts(path: Path, parts: Iterable[bytes], half: Path | None = None) -> None:
    """The same for a file that comes in parts, which may be read from the file that is replaced.

    `half`: the folder for the temporary file, which is there and on the same file system: a process that is killed
    leaves half a file in it.
    """
    if "\0" in str(path):
        raise _explained(path, ValueError("there is a null byte in its name"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, parts, half or path.parent)
    except OSError as error:
        raise _explained(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with plain line ends; what cannot be encoded becomes a question mark. Raises OutputError."""
    write_texts(path, (text,))


def write_texts(path: Path, parts: Iterable[str], half: Path | None = None) -> None:
    """The same for a text that comes in parts; `half` as in `write_parts`."""
    write_parts(path, (part.encode("utf-8", errors="replace") for part in parts), half)


def remove_stale(folder: Path, pattern: Pattern[str], keep: Collection[str]) -> None:
    """Remove the folder's own files that match `pattern` as a whole and are not to be kept. Raises OutputError."""
    try:
        for path in folder.iterdir() if folder.is_dir() else ():
            if pattern.fullmatch(path.name) and path.name not in keep and (path.is_file() or path.is_symlink()):
                path.unlink(missing_ok=True)
    except OSError as error:
        raise _explained(folder, error) from error


def _replace(path: Path, parts: Iterable[bytes], half: Path) -> None:
    # A short name of our own: one made from the file's name could be too long where the name itself is not.
    temporary = half / f".{secrets.token_hex(8)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the new name without its content
        # Only now does the name change hands: whoever opens it at any moment finds the old file or the new one, whole.
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)  # gone already if all went well


def _explained(path: Path, error: OSError | ValueError) -> OutputError:
    shown = "".join(c if c.isprintable() else "?" for c in str(path))
    code = error.errno if isinstance(error, OSError) else None
    reason = _REMEDIES.get(code or 0) or (error.strerror if isinstance(error, OSError) else None) or str(error)
    return OutputError(f"cannot write {shown}: {reason}")
