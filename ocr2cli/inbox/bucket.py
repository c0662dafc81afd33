"""A bucket that documents arrive in. An object is there as a whole or not at all, so nothing need settle; what is new
is found by listing, and whose it is by claims that any number of machines can put."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ocr2cli.inbox.inbox import Arrival, AwayError, Claims
from ocr2cli.inputs.plan import RESULT_MARK, SUFFIXES
from ocr2cli.inputs.remote import listed
from pipeline.record.shared.run import Run
from pipeline.record.writing import OutputError
from pipeline.stores.errors import ChangedError, StoreError
from pipeline.stores.store import Store, Stored, Version
from pipeline.stores.urls import Url

POLL = 10.0
"""Seconds between two looks: 8,640 lists a day, four cents at S3's prices for up to a thousand documents."""
SOON = 2.0
"""The same while a document is waited for that another watcher has, or with --poll."""
BEAT = 5.0
"""Seconds between two looks whether it is time to show that this watcher lives."""
FOLDER = ".ocr2/claims"
"""In the inbox: an object for each document that is being read, and an empty one for each that was and stays there."""
_DEEP = "deep-"
"""Before the name of a claim on a document in a folder of the inbox: who does not look there must not forget it."""
# Requests side by side: each waits for the network, hardly for this machine. Chosen, not measured.
_AT_ONCE = 16


@dataclass(frozen=True)
class _Held:
    """A claim as it was put. What follows fails where another watcher has taken it over, and is then its business."""

    inbox: BucketInbox
    arrival: Arrival
    key: str
    version: Version

    def settle(self) -> None:
        """See `Claim`."""
        self.inbox.handled.add(self.key)
        with _away(), suppress(ChangedError):
            self.inbox.store.put(self.key, b"", self.version)

    def forget(self) -> None:
        """See `Claim`."""
        self.inbox.handled.add(self.key)
        with _away():
            self.inbox.store.delete(self.key)

    def release(self) -> None:
        """Others may have it; not deleted, as somebody may have taken it over."""
        self.inbox.holding.discard(self.key)
        if self.key not in self.inbox.handled:
            with suppress(StoreError):
                self.inbox.store.put(self.key, b"free", self.version)


class BucketInbox:
    """See `Inbox`. Raises OutputError where nothing can be written there: claims are objects, too."""

    def __init__(self, url: Url, recursive: bool, poll: bool) -> None:
        self._url, self._recursive, self._poll = url, recursive, poll
        self.handled: set[str] = set()
        self._there: dict[str, Arrival] = {}  # by the key of a claim on it
        self._later: dict[str, float] = {}
        self.holding: set[str] = set()
        try:
            self.store = Store(url.at(""))
            self._run = Run(self.store, url.folder)
        except StoreError as error:
            raise OutputError(f"{error}; an inbox keeps its claims in itself") from error
        self._threads = ThreadPoolExecutor(_AT_ONCE, "ocr2-inbox")
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="ocr2-watching", daemon=True)
        self._keeper.start()

    @property
    def waiting(self) -> bool:
        """See `Inbox`."""
        return any(key not in self.handled for key in self._there)

    def arrivals(self) -> list[Arrival]:
        """See `Inbox`."""
        now, folder = time.monotonic(), self._url.folder
        with _away():
            # Claims first: one whose document is not there afterwards is on a version that is gone, and so of no use to
            # anybody, as versions never come again.
            claims = [claim for claim in self.store.inside(f"{folder}{FOLDER}/")[0] if self._is_seen(claim)]
            found = listed(self.store, folder, self._recursive, SUFFIXES, RESULT_MARK)
            self._there = {self._key(arrival): arrival for arrival in map(self._arrival, found)}
            for claim in claims:
                if claim.key not in self._there:
                    self.store.delete(claim.key)
        self.handled |= {claim.key for claim in claims if not claim.size}
        self.handled &= self._there.keys()
        self._later = {key: until for key, until in self._later.items() if until > now}
        return [arrival for key, arrival in self._there.items() if key not in self.handled and key not in self._later]

    @contextmanager
    def take(self, arrivals: Sequence[Arrival]) -> Iterator[Claims]:
        """See `Inbox`."""
        with _away():
            held = [claim for claim in self._threads.map(self._take, arrivals) if claim is not None]
        self.holding.update(claim.key for claim in held)
        try:
            yield {claim.arrival.path: claim for claim in held}
        finally:
            list(self._threads.map(_Held.release, held))

    def is_other_now(self, arrival: Arrival) -> bool:
        """See `Inbox`."""
        with _away():
            there = self.store.head(self._document(arrival))
        return there is not None and _version(there) != arrival.version

    def read(self, arrival: Arrival) -> bytes | None:
        """See `Inbox`."""
        with _away():
            found = self.store.read(self._document(arrival))
        return found[0] if found is not None and _version(found[1]) == arrival.version else None

    def remove(self, arrival: Arrival) -> None:
        """See `Inbox`. What is put meanwhile stays, and is another document; of the same bytes it may be this one."""
        assert isinstance(arrival.version, tuple)
        if not self.is_other_now(arrival):
            with _away(), suppress(ChangedError):
                self.store.delete(self._document(arrival), Version(arrival.version[0], None))

    def sleep(self, stop: threading.Event) -> bool:
        """See `Inbox`."""
        return not stop.wait(SOON if self._poll or self.waiting else POLL)

    def close(self) -> None:
        """See `Inbox`."""
        self._over.set()
        self._keeper.join()
        self._threads.shutdown()
        self._run.end()

    def _take(self, arrival: Arrival) -> _Held | None:
        key, token = self._key(arrival), self._run.token.encode()
        there = self.store.read(key)
        if there is not None and not there[0]:
            self.handled.add(key)
            return None
        try:
            # One of ours that is not held was put by a `take` that broke off.
            ours = there is not None and there[0] == token and key not in self.holding
            if there is not None and not ours and self._run.is_alive(there[0].decode("ascii", "replace")):
                self._later[key] = time.monotonic() + SOON
                return None
            held = _Held(self, arrival, key, self.store.put(key, token, there[1].version if there else None))
        except ChangedError:
            self._later[key] = time.monotonic() + SOON
            return None
        # Another watcher may have dealt with it between our look and our claim.
        if (now := self.store.head(self._document(arrival))) is None or _version(now) != arrival.version:
            held.forget()
            return None
        return held

    def _keep(self) -> None:
        while not self._over.wait(BEAT):
            with suppress(StoreError):  # what needs the store will say so
                self._run.beat()

    def _arrival(self, stored: Stored) -> Arrival:
        url = self._url.at(stored.key)
        inside = PurePosixPath(stored.key[len(self._url.folder) :])
        return Arrival(url.path, Path(inside), _version(stored), url)

    def _document(self, arrival: Arrival) -> str:
        assert arrival.url is not None
        return arrival.url.key

    def _key(self, arrival: Arrival) -> str:
        text = f"{arrival.inside.as_posix()} {arrival.version}".encode("utf-8", "surrogateescape")
        deep = _DEEP if len(arrival.inside.parts) > 1 else ""
        return f"{self._url.folder}{FOLDER}/{deep}{hashlib.sha256(text).hexdigest()[:24]}"

    def _is_seen(self, claim: Stored) -> bool:
        """Whether it is on a document that this watcher would see."""
        return self._recursive or not PurePosixPath(claim.key).name.startswith(_DEEP)


def _version(stored: Stored) -> tuple[str, int, int]:
    """What tells an upload from the next of its name, though its bytes may be the same. Whole seconds: answers to a
    head have no others."""
    return stored.version.text, stored.size, int(stored.time.timestamp())


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise AwayError(str(error)) from error
