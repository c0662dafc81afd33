"""Where documents go that have been dealt with: a folder or a bucket, in which nothing is ever replaced by another file
of the same name."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Protocol

from pipeline.record.atomic import replace_file
from pipeline.record.writing import OutputError, writing
from pipeline.stores.errors import ChangedError, StoreError
from pipeline.stores.store import Store
from pipeline.stores.urls import Url, parse


class Shelf(Protocol):
    """Raises OutputError."""

    def keep(self, inside: PurePath, data: bytes) -> PurePath:
        """Put a file; under which path it is then found there."""

    def note(self, inside: PurePath, text: str) -> None:
        """Write, or write anew, a text of ours."""


def shelf(place: Path) -> Shelf:
    """That of a folder, or of what acts as one in a bucket. Raises OutputError where there is no such store."""
    url = parse(place)
    return FolderShelf(place) if url is None else BucketShelf(url)


class FolderShelf:
    """See `Shelf`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def move(self, path: Path, inside: PurePath) -> None:
        """Also to another file system. A file that somebody has removed meanwhile is gone, too."""
        # Right before the move, as other inboxes may put what is done into the same folder.
        place = self._folder / self.unused(inside)
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                shutil.move(os.fspath(path), os.fspath(place))

    def keep(self, inside: PurePath, data: bytes) -> PurePath:
        """See `Shelf`."""
        inside = self.unused(inside)
        self._write(inside, data)
        return inside

    def note(self, inside: PurePath, text: str) -> None:
        """See `Shelf`."""
        self._write(inside, text.encode("utf-8", "replace"))

    def unused(self, inside: PurePath) -> PurePath:
        """`a.pdf`, or `a-2.pdf` where that is there, and so on."""
        return next(path for path in _names(inside) if not os.path.lexists(self._folder / path))

    def _write(self, inside: PurePath, data: bytes) -> None:
        place = self._folder / inside
        with writing(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, [data])


class BucketShelf:
    """See `Shelf`. A file that is there with the same bytes was put by a run that was killed behind that."""

    def __init__(self, url: Url) -> None:
        self._url = url
        try:
            self._store = Store(url.at(""))
        except StoreError as error:
            raise OutputError(str(error)) from error

    def keep(self, inside: PurePath, data: bytes) -> PurePath:
        """See `Shelf`."""
        for name in _names(inside):
            try:
                self._store.put(self._url.below(name.as_posix()).key, data, None)
            except ChangedError:
                continue
            except StoreError as error:
                raise OutputError(str(error)) from error
            return name
        raise AssertionError("there is always one more name")

    def note(self, inside: PurePath, text: str) -> None:
        """See `Shelf`."""
        key, data = self._url.below(inside.as_posix()).key, text.encode("utf-8", "replace")
        try:
            there = self._store.head(key)
            with suppress(ChangedError):  # another watcher has just said why
                self._store.put(key, data, there.version if there else None)
        except StoreError as error:
            raise OutputError(str(error)) from error


def _names(inside: PurePath) -> Iterator[PurePath]:
    yield inside
    yield from (inside.with_name(f"{inside.stem}-{number}{inside.suffix}") for number in itertools.count(2))
