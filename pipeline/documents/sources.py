"""Input files before they are opened: what they are by content, their digest, and standard input as a file."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import stat
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.transcript import Source

READABLE = "ocr2 reads PDF, PNG, JPEG, TIFF and WebP"
# Bytes looked at, at the head for the format and at the end for the end mark: readers of PDF accept junk before the
# header, and mail and web servers leave some. Smaller refuses such files; larger reads more of every file in a folder.
_HEAD = 8192
# Bytes copied at a time, a mebibyte: fewer calls, and no memory to speak of. No threshold.
_CHUNK = 1 << 20


class Kind(StrEnum):
    """A file format, as its first bytes tell."""

    PDF = "PDF"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    WEBP = "WebP"


_IMAGES = {
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"\xff\xd8\xff": Kind.JPEG,
    b"II*\0": Kind.TIFF,
    b"MM\0*": Kind.TIFF,
    b"II+\0": Kind.TIFF,  # BigTIFF
    b"MM\0+": Kind.TIFF,
}
_FOREIGN = {
    b"GIF8": "a GIF image",
    b"BM": "a BMP image",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 image",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"%!PS": "PostScript",
    b"AT&TFORM": "a DjVu document",
    b"{\\rtf": "an RTF document",
    b"<": "HTML or XML",
}

# Of ASCII, as no file of ours begins with a line of letters alone but a PDF, whose mark would be among them.
_TEXT = bytes(range(32, 127)) + b"\t\n\r"
"""Bytes of plain text."""


def shown(source: Source) -> str:
    """What messages call the source: its name as typed, on one line."""
    if source.name == "-":
        return "standard input"
    return source.name if source.name.isprintable() else ascii(source.name)


_OBJECT = re.compile(rb"(?:^|\s)\d{1,9} \d{1,5} obj\b")

Stamp = tuple[int, int, int] | None
"""What tells a file from another of its name: inode, bytes, nanoseconds; None where it is gone."""


def stamp(source: Source) -> Stamp:
    """The file as it is now."""
    try:
        facts = source.path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def kind_of(source: Source) -> Kind:
    """The format of a file by its content; its name does not count.

    Raises InputError where it is missing, a folder, not a regular file, unreadable, empty, or of another format.
    """
    head = _head(source)
    if (image := _image(head)) is not None:
        return image
    foreign = _foreign(head)
    if foreign is None and (b"%PDF-" in head or (_OBJECT.search(head) and _ends_as_pdf(source.path))):
        return Kind.PDF
    raise InputError(f"{shown(source)} is {foreign or 'neither a PDF nor an image'}: {READABLE}, so convert it first")


def is_foreign(path: Path) -> bool:
    """Whether a file's first bytes are plainly of something else than we read, whatever is still to come: another
    format, or text. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head or b"%PDF-" in head or _image(head) is not None:
        return False
    return _foreign(head) is not None or not (_OBJECT.search(head) or head.translate(None, _TEXT))


def _image(head: bytes) -> Kind | None:
    """The format of an image that begins so; None for anything else."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    return next((kind for magic, kind in _IMAGES.items() if head.startswith(magic)), None)


def _ends_as_pdf(path: Path) -> bool:
    """Whether a file without a header, which some mail and download tools cut off, ends as PDFs do."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _HEAD))
            tail = file.read()
    except OSError:
        return False
    return b"startxref" in tail or b"trailer" in tail


def cut_off(path: Path) -> bool:
    """Whether a PDF has no end mark where its end should be: a copy that is not whole, of which a repair may make a
    shorter document. Raises OSError."""
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(_HEAD):
            return False
        file.seek(max(0, file.seek(0, os.SEEK_END) - _HEAD))
        return b"%%EOF" not in file.read()


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits, read as a stream. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spool_stdin(stream: IO[bytes], passwords: tuple[str, ...] = ()) -> Source:
    """Copy a binary stream to a private temporary file, so that it can be sought and opened by other processes.

    The file can be read by its owner only and is removed when this process exits. Raises InputError where it cannot be
    kept.
    """
    owner = os.getpid()
    try:
        descriptor, name = tempfile.mkstemp(prefix="ocr2-", suffix=".stdin")
        path = Path(name)
        # A forked child has the same exit handlers, and must not remove what its parent still reads.
        atexit.register(lambda: path.unlink(missing_ok=True) if os.getpid() == owner else None)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
    except OSError as error:
        raise InputError(
            f"standard input cannot be copied to {_temporary_folder()}: {error.strerror or error}; free some space "
            "there, or name another folder with TMPDIR"
        ) from error
    return Source(path, "-", passwords)


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:  # none of the usual ones can be written to
        return "a temporary folder"


def _head(source: Source) -> bytes:
    """The first bytes of a regular file."""
    name = shown(source)
    try:
        mode = source.path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{name} is a folder: name the files in it")
        if not stat.S_ISREG(mode):
            raise InputError(f"{name} is not a regular file: to read from a pipe, redirect it to `ocr2 convert -`")
        with source.path.open("rb") as file:
            head = file.read(_HEAD)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{name} does not exist: check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise unreadable(name, error) from None
    if not head:
        raise InputError(f"{name} is empty: 0 bytes, so copy or download it again")
    return head


def unreadable(name: str, error: OSError | ValueError) -> InputError:
    """A file or folder that is there and cannot be read."""
    why = (getattr(error, "strerror", None) or str(error)).lower()
    remedy = ", check its access rights" if isinstance(error, PermissionError) else ""
    return InputError(f"{name} cannot be read: {why}{remedy}")


def _foreign(head: bytes) -> str | None:
    """The name of a common format that is not ours."""
    if head[4:8] == b"ftyp":
        return "a HEIC or AVIF image or a film"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for magic, name in _FOREIGN.items() if start.startswith(magic)), None)
