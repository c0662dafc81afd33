"""An archive or a folder of weights that is carried to another machine, each file with its checksum."""

from __future__ import annotations

import hashlib
import re
import secrets
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.model.checkpoints.source import WANTED

SUFFIX = ".tar"
SUMS = "SHA256SUMS"
"""In a folder or an archive of weights: a line for each file, as `sha256sum -c` reads it."""
_SUM = re.compile(r"([0-9a-f]{64})  ([\w][\w.-]*)")


def pack(folder: Path, names: Sequence[str], archive: Path) -> None:
    """Write an archive of these files and their checksums, which appears whole or not at all. Raises ModelError."""
    half = archive.with_name(f".{secrets.token_hex(8)}.tmp")
    with _written(archive), _removed(half):
        with tarfile.open(half, "x") as file:
            sums = sums_of(folder, names).encode()
            head = tarfile.TarInfo(SUMS)
            head.size = len(sums)
            file.addfile(head, BytesIO(sums))
            for name in names:
                file.add((folder / name).resolve(), name)  # the cache has links
        half.replace(archive)


def unpack(archive: Path, folder: Path, said: Callable[[str], None]) -> Path:
    """Take an archive apart, and hold each file against its checksum. Raises ModelError."""
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with tarfile.open(archive) as file:
                members = file.getmembers()
                _refuse_strangers(archive, members)
                for member in members:
                    said(f"unpacking {member.name}")
                    file.extract(member, folder, filter="data")
        except (tarfile.TarError, EOFError) as error:
            raise ModelError(f"{archive} is no whole archive: copy it again") from error
    verify(folder)
    return folder


def verify(folder: Path) -> None:
    """Hold the files of a folder against its list of checksums. Raises ModelError that names the file."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder} has no {SUMS} that could be read: fetch it anew") from error
    for line in lines:
        found = _SUM.fullmatch(line)
        if found is None:
            raise ModelError(f"{folder / SUMS} is damaged: fetch it anew")
        path = folder / found[2]
        if not path.is_file() or sha256(path) != found[1]:
            raise ModelError(f"{path} is not what was fetched (its checksum differs): copy or fetch it again")


def note_sums(folder: Path, names: Sequence[str]) -> None:
    """Leave the list of checksums with the files. Raises ModelError."""
    with _written(folder):
        (folder / SUMS).write_text(sums_of(folder, names), encoding="utf-8")


def sums_of(folder: Path, names: Sequence[str]) -> str:
    """The list of checksums."""
    return "".join(f"{sha256(folder / name)}  {name}\n" for name in names)


@contextmanager
def _removed(half: Path) -> Iterator[None]:
    """Leave no half file behind."""
    try:
        yield
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _refuse_strangers(archive: Path, members: Sequence[tarfile.TarInfo]) -> None:
    """An archive of ours holds plain files of known kinds, side by side."""
    for member in members:
        plain = re.fullmatch(r"\w[\w.-]*", member.name) is not None and member.isreg()
        if not plain or not (member.name == SUMS or any(fnmatch(member.name, each) for each in WANTED)):
            raise ModelError(f"{archive} was not made by `ocr2 models pull`: it holds {member.name!r}")
    if SUMS not in {member.name for member in members}:
        raise ModelError(f"{archive} was not made by `ocr2 models pull`: it has no {SUMS}")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror or error}; choose another place") from error
