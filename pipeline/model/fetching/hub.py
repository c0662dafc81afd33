"""Weights from the hub: into the local cache or a folder, each file held against the checksum that the hub lists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from pipeline.errors import ModelError
from pipeline.model.checkpoints.source import WANTED, reached
from pipeline.model.fetching.archive import sha256

_PART = 1 << 22  # bytes that are hashed at once

Said = Callable[[str], None]


@dataclass(frozen=True)
class Listed:
    """A file as the hub lists it. `sha256` is known of large files, of others git's own SHA-1 of the blob."""

    name: str
    size: int
    sha256: str | None
    blob: str


@dataclass(frozen=True)
class Listing:
    """What a repository holds of a checkpoint, at one revision."""

    repository: str
    revision: str
    files: tuple[Listed, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


def listing(repository: str) -> Listing:
    """Ask the hub. Raises ModelError."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    with reached(repository):
        api = HfApi()
        revision = api.model_info(repository).sha
        assert revision is not None, "the hub names the commit"
        found = [
            Listed(file.path, file.size, file.lfs.sha256 if file.lfs else None, file.blob_id)
            for file in api.list_repo_tree(repository, revision=revision, recursive=True)
            if isinstance(file, RepoFile) and "/" not in file.path and any(fnmatch(file.path, each) for each in WANTED)
        ]
    if not found:
        raise ModelError(f"{repository} holds no weights that ocr2 can read (*.safetensors)")
    return Listing(repository, revision, tuple(found))


def fetch(listed: Listing, folder: Path | None, said: Said) -> Path:
    """Bring the files here, with progress on stderr; what is here already is not fetched twice, and a file that was
    broken off goes on. Into the local cache where no folder is named. Raises ModelError."""
    from huggingface_hub import snapshot_download

    names = [file.name for file in listed.files]
    with reached(listed.repository):
        found = snapshot_download(listed.repository, revision=listed.revision, allow_patterns=names, local_dir=folder)
    where = folder or Path(found)
    for number, file in enumerate(listed.files, 1):
        said(f"checking {file.name} ({number} of {len(listed.files)})")
        _check(where / file.name, file)
    return where


def _check(path: Path, file: Listed) -> None:
    """A file that is not what the hub lists is taken away, so that it is fetched again. Raises ModelError."""
    found = sha256(path) if file.sha256 else _blob(path)
    if found == (file.sha256 or file.blob):
        return
    with suppress(OSError):
        path.resolve().unlink()
        path.unlink(missing_ok=True)
    raise ModelError(f"{file.name} came damaged (its checksum differs) and was taken away: give the command again")


def _blob(path: Path) -> str:
    """As git names content."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()
