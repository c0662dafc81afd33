"""From a document's results to the document: results are shared, and nobody need learn from them which folders a disk
has."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.record.home.folders import named
from pipeline.stores.urls import parse


@dataclass(frozen=True)
class Home:
    """`way`: from the folder of a document's results to the document; its bare name where that would name every folder
    up to the root; a URL as it is. `mark`: tells its path from others without naming it, empty for a URL."""

    way: str
    mark: str = ""

    @classmethod
    def of(cls, path: Path, folder: Path, lay: str | None = None) -> Home:
        """That of a document at `path` with results in `folder`; `lay`: told instead of the way from there."""
        if parse(path) is not None:
            return cls(str(path))
        return cls(lay or str(way(folder, path)), _mark(path))

    def is_of(self, path: Path, folder: Path) -> bool:
        """Whether it is where a document lies now: also after both were moved together."""
        if not self.mark or parse(path) is not None:
            return Path(self.way) == path
        if self.mark == _mark(path):
            return True
        return len(Path(self.way).parts) > 1 and same(follow(folder, Path(self.way)), path)

    def path(self, folder: Path) -> Path:
        """Where the document lies, as far as this machine knows."""
        there = follow(folder, Path(self.way))
        if not self.mark or there.exists():
            return there
        return next((path for path in named(there.name) if _mark(path) == self.mark), there)


def way(folder: Path, path: Path) -> Path:
    """From one to the other; the bare name where the way leads over the root, and so would name every folder."""
    if not path.is_absolute() or parse(path) is not None:
        return path
    try:
        found = Path(os.path.relpath(path, folder.absolute()))
    except ValueError:  # another drive
        return Path(path.name)
    above = found.parts.count(os.pardir)
    return found if above < len(folder.absolute().parts) - 1 else Path(path.name)


def follow(folder: Path, path: Path) -> Path:
    """The other way round. What is no way, as records of ocr2 0.1 have it, stays as it is."""
    if path.is_absolute() or parse(path) is not None:
        return path
    # Not `resolve`: a link that was followed is no longer the path that the user knows.
    return Path(os.path.normpath(folder.absolute() / path))


def same(one: Path, other: Path) -> bool:
    """Whether two paths are of one file, also by links."""
    return one == other or one.resolve() == other.resolve()


def _mark(path: Path) -> str:
    # 96 bits: two paths never meet by chance.
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
