"""A folder that documents arrive in: which of them are complete, and whose they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocr2cli.inbox.claims import Claim, Claims, Version
from ocr2cli.inbox.inbox import Arrival
from ocr2cli.inbox.inbox import Claims as Taken
from ocr2cli.inputs.plan import walk
from pipeline.documents.document import cut_off, is_foreign, page_count
from pipeline.documents.guard import guard
from pipeline.errors import InputError, PasswordError
from pipeline.record.locks import is_locked
from pipeline.transcript import Source

# Shorter wakes a sleeping machine for nothing, longer is felt by whoever drops a file and waits.
TICK = 0.5
"""Seconds between two looks while a file is being waited for, or where the file system tells nothing."""
# Network file systems tell nothing of what other machines write: this is how long such a file may go unseen.
REST = 10.0
"""Seconds between two looks where nothing is waited for: a message may have been lost."""
LATER = 2.0
"""Seconds in which a file that another process has is not asked for again: there may be others behind it."""


@dataclass(frozen=True)
class Manner:
    """How a folder is looked at. `settle`: seconds for which a file must not have changed; `patience`: until one that
    does not open fails; `poll`: the file system tells nothing of changes."""

    recursive: bool = False
    poll: bool = False
    settle: float = 2.0
    patience: float = 30.0


@dataclass(frozen=True)
class _Sighting:
    version: Version
    since: float  # when this version was first seen


@dataclass(frozen=True)
class _Mine:
    """A claim on one version of a file."""

    arrival: Arrival
    claim: Claim
    claims: Claims
    handled: dict[Path, object]

    def settle(self) -> None:
        assert isinstance(self.arrival.version, Version)
        self.claim.settle(self.arrival.version)
        self.handled[self.arrival.path] = self.arrival.version

    def forget(self) -> None:
        self.claims.forget(self.arrival.path)
        self.handled[self.arrival.path] = self.arrival.version


class FolderInbox:
    """Looks at a folder again and again. A file is complete when it has kept its size and time for `settle` seconds,
    nobody has it locked, and it opens; one that does not open is given up after `patience` seconds without a change,
    and at once where its first bytes are plainly of another format.

    Raises OutputError where the folder cannot be written to.
    """

    def __init__(self, folder: Path, manner: Manner) -> None:
        self._folder, self._manner = folder, manner
        self._claims = Claims(folder)
        self._seen: dict[Path, _Sighting] = {}
        self._handled: dict[Path, object] = {}
        self._later: dict[Path, float] = {}
        self._looked = time.monotonic()

    def arrivals(self) -> list[Arrival]:
        """See `Inbox`."""
        self._claims.sweep()
        now = self._looked = time.monotonic()
        paths = list(self._paths())
        self._seen = {path: seen for path in paths if (seen := self._look(path, now))}
        self._handled = {path: version for path, version in self._handled.items() if path in self._seen}
        self._later = {path: until for path, until in self._later.items() if until > now}
        return [
            Arrival(path, path.relative_to(self._folder), seen.version)
            for path, seen in self._seen.items()
            if path not in self._later
            and self._handled.get(path) != seen.version
            and self._complete(path, now - seen.since)
        ]

    @property
    def waiting(self) -> bool:
        """See `Inbox`."""
        return any(self._handled.get(path) != seen.version for path, seen in self._seen.items())

    @contextmanager
    def take(self, arrivals: Sequence[Arrival]) -> Iterator[Taken]:
        """See `Inbox`."""
        with ExitStack() as stack:
            ours: dict[Path, _Mine] = {}
            for arrival in arrivals:
                claim = stack.enter_context(self._claims.take(arrival.path))
                assert isinstance(arrival.version, Version)
                if claim is None:
                    self._later[arrival.path] = time.monotonic() + LATER
                elif claim.settled(arrival.version) or not arrival.path.exists():
                    self._handled[arrival.path] = arrival.version
                else:
                    ours[arrival.path] = _Mine(arrival, claim, self._claims, self._handled)
            yield ours

    def is_other_now(self, arrival: Arrival) -> bool:
        """See `Inbox`."""
        try:
            return Version.of(arrival.path) != arrival.version
        except OSError:
            return False

    def read(self, arrival: Arrival) -> bytes | None:
        """See `Inbox`."""
        try:
            return None if self.is_other_now(arrival) else arrival.path.read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, arrival: Arrival) -> None:
        """See `Inbox`."""
        if not self.is_other_now(arrival):
            arrival.path.unlink(missing_ok=True)

    def sleep(self, stop: threading.Event) -> bool:
        """See `Inbox`: until the file system tells of something, where it does."""
        happened = self._manner.poll or self._told(stop)
        if self._manner.poll:
            stop.wait(4 * TICK)
        return happened or self.waiting or time.monotonic() - self._looked > REST

    def close(self) -> None:
        """See `Inbox`."""

    def _told(self, stop: threading.Event) -> bool:
        from watchfiles import watch as changes

        try:
            stream = changes(
                self._folder, watch_filter=None, debounce=int(TICK * 1000), rust_timeout=int(TICK * 1000),
                yield_on_timeout=True, stop_event=stop, recursive=self._manner.recursive,
            )  # fmt: skip
            return bool(next(stream, None))
        except (OSError, RuntimeError):  # the folder is away, or the system has no more watches to give
            return not stop.wait(4 * TICK)

    def _complete(self, path: Path, quiet: float) -> bool:
        # From cheap to dear: opening a document in the guard is asked last, and never of a file that is still being
        # written.
        manner = self._manner
        if quiet < manner.settle or _in_use(path):
            return False
        return quiet >= manner.patience or _is_foreign(path) or _opens(path)

    def _paths(self) -> Iterator[Path]:
        try:
            yield from walk(self._folder, self._manner.recursive)
        except OSError:
            return  # a network folder that is away for a while, or a folder that has gone while it was read

    def _look(self, path: Path, now: float) -> _Sighting | None:
        try:
            version = Version.of(path)
        except OSError:
            return None
        former = self._seen.get(path)
        return former if former and former.version == version else _Sighting(version, now)


def _in_use(path: Path) -> bool:
    """Whether somebody has locked the file, as some writers do."""
    try:
        with path.open("rb") as file:
            return is_locked(file.fileno())
    except OSError:
        return False  # that it cannot be read is for the reader to say


def _is_foreign(path: Path) -> bool:
    """Whether it will never open, so that there is nothing to wait for: a web page that was saved as a PDF."""
    try:
        return is_foreign(path)
    except OSError:
        return False


def _opens(path: Path) -> bool:
    try:
        guard().call(page_count, Source(path, str(path)))
        return not cut_off(path)
    except PasswordError:
        return True  # waiting will not open it
    except (InputError, OSError):
        return False
