"""One place of a bucket, and its copy in a folder: what is needed of it by content, all else as empty files."""

from __future__ import annotations

import json
import os
import secrets
import threading
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.record import corrections
from pipeline.record.grounds import Place
from pipeline.record.shared.run import Run
from pipeline.record.writing import NoRoomError, OutputError
from pipeline.stores.errors import ChangedError, StoreError
from pipeline.stores.store import Store, Version

RUN = "run"
"""In a place's state: the token of the run that holds it; absent where nobody does."""

_TURN = "turn"
_Stamp = tuple[int, int]


class TakenError(OutputError):
    """This run was silent for so long that another one has taken the place."""


class Mirror:
    """Knows the version of every object that it has seen or put: what is put replaces that one and no other.

    `place` lies below `base`; the bucket has the same tree below `prefix`.
    """

    def __init__(self, store: Store, prefix: str, base: Path, place: Place) -> None:
        self.place = place
        self._store, self._prefix, self._base = store, prefix, base
        self._versions: dict[Path, Version] = {}
        self._stamps: dict[Path, _Stamp] = {}
        self._lock = threading.RLock()
        self._flushed: dict[Path, int] = {}
        self.state: dict[str, Any] = {}

    def look(self) -> None:
        """Copy what is there now. The state comes first: who then puts it on that condition knows that all else was
        seen as it is. Raises StoreError, OSError.
        """
        place = self.place
        self.clear()
        place.folder.mkdir(parents=True, exist_ok=True)
        self._copy(place.state)
        objects, folders = self._store.inside(f"{self._key(place.folder)}/")
        for found in objects:
            path = place.folder / PurePosixPath(found.key).name
            if path in (place.log, place.new_log) or path.name == corrections.FILE_NAME:
                self._copy(path)
            elif path != place.state and _is_usable(path):
                path.touch()
                self._versions[path], self._stamps[path] = found.version, _stamp(path)
        for folder in folders:
            with suppress(OSError):
                (place.folder / PurePosixPath(folder).name).mkdir(exist_ok=True)
        self._copy(place.markdown)
        self.state = _parsed(place.state)

    def fill(self) -> None:
        """Copy the files of which nothing but the names was needed so far. Raises StoreError, OSError."""
        for path in [path for path in self._versions if path not in self._flushed]:
            self._copy(path)

    def hold(self, state: bytes, run: Run) -> bool:
        """Write our name into the state; False where somebody else was faster. Raises StoreError."""
        try:
            self._put_state(json.loads(state) | {RUN: run.token})
        except ChangedError:
            return False
        return True

    def write(self, state: dict[str, Any]) -> None:
        """Put the state of a place that is ours. Raises TakenError, StoreError."""
        with self._lock:
            try:
                self._put_state(state)
            except ChangedError as error:
                raise TakenError(f"{self.place.folder} was taken over by another run") from error

    def flush(self, growth: float = 1.05) -> None:
        """Put the record as far as it goes, where it has grown so much: a crash costs no more than the rest.

        Raises TakenError, StoreError.
        """
        with self._lock:
            for log in (self.place.log, self.place.new_log):
                if self._is_new(log) and log.stat().st_size > growth * self._flushed.get(log, 0):
                    self._flushed[log] = log.stat().st_size
                    self._put_ours(log)

    def publish(self, threads: Executor) -> None:
        """Put all files that were written, the Markdown last, and remove what is no longer there.

        Raises OutputError where somebody else has changed the Markdown meanwhile, TakenError, StoreError, OSError.
        """
        with self._lock:
            place = self.place
            files = [path for path in place.folder.iterdir() if path.is_file() and path != place.state]
            list(threads.map(self._put_ours, filter(self._is_new, files)))
            if self._is_new(place.markdown):
                self._put_ours(place.markdown)
            for path in [path for path in self._versions if not path.exists()]:
                self._store.delete(self._key(path))
                del self._versions[path]

    def clear(self) -> None:
        """Forget the copy."""
        self._versions.clear()
        self._stamps.clear()
        self._flushed.clear()
        files = [*self.place.folder.iterdir()] if self.place.folder.is_dir() else []
        for path in (*files, self.place.markdown):
            if not path.is_dir():
                path.unlink(missing_ok=True)
        with suppress(OSError):  # another place may lie in it
            self.place.folder.rmdir()

    def _copy(self, path: Path) -> None:
        found = self._store.read(self._key(path))
        if found is not None:
            path.write_bytes(found[0])
            self._versions[path], self._stamps[path] = found[1].version, _stamp(path)
            self._flushed[path] = len(found[0])

    def _put_state(self, state: dict[str, Any]) -> None:
        # No two states are alike: some stores tell objects from each other by their content alone.
        data = json.dumps(state | {_TURN: secrets.token_hex(8)}).encode()
        self._put(self.place.state, data)
        self.place.state.write_bytes(data)
        self.state = state

    def _put(self, path: Path, data: bytes) -> None:
        self._versions[path] = self._store.put(self._key(path), data, self._versions.get(path))

    def _put_ours(self, path: Path) -> None:
        """Put a file. What is found in its place though the place is ours, a run has left that we took over from."""
        stamp, data = _stamp(path), path.read_bytes()
        try:
            self._put(path, data)
        except ChangedError as error:
            if path == self.place.markdown:
                raise OutputError(f"{path} was changed meanwhile; --force replaces it") from error
            self.write(self.state)
            there = self._store.head(self._key(path))
            self._versions.pop(path, None)
            if there is not None:
                self._versions[path] = there.version
            self._put(path, data)
        self._stamps[path] = stamp

    def _is_new(self, path: Path) -> bool:
        return path.exists() and self._stamps.get(path) != _stamp(path)

    def _key(self, path: Path) -> str:
        return self._prefix + path.relative_to(self._base).as_posix()


def told(error: StoreError) -> OutputError:
    """What ends a document where an object was changed, and the run where the store itself fails."""
    return OutputError(str(error)) if isinstance(error, ChangedError) else NoRoomError(str(error))


def _stamp(path: Path) -> _Stamp:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _is_usable(path: Path) -> bool:
    return len(os.fsencode(path.name)) < 250 and "\0" not in path.name


def _parsed(path: Path) -> dict[str, Any]:
    try:
        state = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: value for name, value in state.items() if name != _TURN} if isinstance(state, dict) else {}
