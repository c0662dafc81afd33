"""Pages over a cluster: one queue here, a window of pages at each reader, and no page is lost with a node."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from queue import Empty
from typing import Any

from pipeline.cluster.causes import cause_of
from pipeline.cluster.connection import Connection, Tell, ray_module
from pipeline.cluster.reader import Answer, Opener
from pipeline.cluster.staff import Seat, Share, Staff
from pipeline.errors import ModelError
from pipeline.transcriber import ready
from pipeline.transcript import Finish, PageRef, Source, Transcript

log = logging.getLogger("ocr2")

BEAT = 1.0
"""Seconds between two looks at the cluster while nothing happens."""
HUNGRY = 0.02
"""The same where a page is wanted that has not come yet."""
LATE = 5.0
"""Seconds in which a node that has room for a reader has started it."""
WAIT = 15.0
"""Seconds in which no node has started a reader before people are told what is waited for."""
SUSPECT, GUILTY = 2, 4
"""Readers that ended while they read a page, on nodes that are still there: from then on it is read alone and last, or
not any more."""
LOSSES = 8
"""Readers in a row that end without a page read before the cluster is given up."""


class ClusterTranscriber:
    """A Transcriber over actors that each have one, see `pipeline/cluster/README.md`.

    Raises ModelError where there is no cluster, or no node of it can read.
    """

    def __init__(
        self, address: str, opener: Opener, share: Share | None = None, most: int | None = None,
        tell: Tell = log.warning,
    ) -> None:  # fmt: skip
        self._tell = tell
        self._cluster = Connection(address)
        self._share = share or Share(gpus=1 if self._cluster.resources().get("GPU") else 0)
        self._staff = Staff(self._cluster, opener, self._share, most, tell)
        self._pages: Iterator[PageRef] = iter(())
        self._back: deque[tuple[PageRef, tuple[str, ...]]] = deque()
        self._twice: PageRef | None = None  # asked for once more while it is being read
        self._unsent: deque[Transcript] = deque()
        self._over = True
        self._documents: dict[Source, tuple[Any, int]] = {}
        self._losses, self._closed = 0, threading.Event()
        self.most_under_way = 0
        try:
            self._await_first()
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """That of the readers."""
        assert self._staff.known is not None
        return self._staff.known.name

    @property
    def settings(self) -> str:
        """That of the readers: the text does not depend on how many there are."""
        assert self._staff.known is not None
        return self._staff.known.settings

    @property
    def note(self) -> str:
        """What they say of themselves."""
        return self._staff.known.note if self._staff.known else ""

    @property
    def readers(self) -> int:
        """How many read now: others may still be loading."""
        return len(self._staff.reading)

    def close(self) -> None:
        """End all readers and leave the cluster; may be called twice."""
        if not self._closed.is_set():
            self._closed.set()
            leaving = threading.Thread(target=self._staff.dismiss_all, daemon=True)
            leaving.start()
            leaving.join(BEAT)  # a head that has gone does not answer
            self._cluster.close()

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; the caller puts them in order."""
        self._pages, self._over, whole = iter(pages), False, False
        try:
            while not self._closed.is_set():
                awaited = self._feed()
                while self._unsent:
                    yield self._unsent.popleft()
                if self._over and not self._back and not self._busy:
                    whole = True
                    return
                if not self._over or self._back or not self._staff.reading:
                    self._staff.hire()
                yield from self._listen(HUNGRY if awaited else BEAT)
        finally:
            if not whole:  # interrupted: what is still being read would come back with the next pages
                self._staff.dismiss_all()
                self._documents.clear()
                self._back.clear()
                self._twice = None

    @property
    def _busy(self) -> bool:
        return any(seat.under_way for seat in self._staff.seats)

    def _await_first(self) -> None:
        start, told, heard = time.monotonic(), False, 0.0
        while not self._staff.reading:
            if not self._staff.seats:  # at first, and where all have ended while they started
                self._staff.hire()
            before = time.monotonic()
            for _ in self._listen(BEAT):
                pass
            quiet = time.monotonic() - before >= BEAT
            heard = heard if quiet else time.monotonic()
            if time.monotonic() - heard > LATE:
                self._staff.check()
            if not told and time.monotonic() - start > WAIT and not any(seat.home for seat in self._staff.seats):
                told = True
                self._tell(f"no node has started a reader yet: one needs {self._share} to spare (see `ray status`)")

    def _feed(self) -> bool:
        """Fill the windows; whether a page is wanted that cannot be had without waiting."""
        for seat in self._staff.reading:
            while len(seat.under_way) < seat.window and not seat.alone:
                if (page := self._next(seat)) is None:
                    break
                self._send(seat, *page)
            else:
                continue
            if not self._over:
                return True
        return False

    def _next(self, seat: Seat) -> tuple[PageRef, tuple[str, ...]] | None:
        if self._back and len(self._blame(self._back[0][1])) < SUSPECT:
            return self._back.popleft()
        if not self._over and (self._twice or not self._busy or ready(self._pages)):
            ref = self._twice or next(self._pages, None)  # asked again each time: pages may come back
            self._over = ref is None
            # A reader knows its pages by their names: it has no two of one name.
            self._twice = ref if any(ref in each.under_way for each in self._staff.seats) else None
            if ref is not None and self._twice is None:
                return ref, ()
        if self._back and self._over and not seat.under_way:
            seat.alone = True
            return self._back.popleft()
        return None

    def _send(self, seat: Seat, ref: PageRef, blamed: tuple[str, ...]) -> None:
        try:
            document, users = self._documents.get(ref.source) or (ray_module().put(ref.source.path.read_bytes()), 0)
        except OSError as error:
            seat.alone = False
            self._unsent.append(self._failed(ref, f"the document cannot be read any more: {error.strerror}"))
            return
        self._documents[ref.source] = document, users + 1
        seat.under_way[ref] = blamed
        self.most_under_way = max(self.most_under_way, sum(len(each.under_way) for each in self._staff.seats))
        self._staff.ask(seat, "read", ref, seat.actor.read.remote(ref, [document]))

    def _listen(self, seconds: float) -> Iterator[Transcript]:
        """Take one event, or see whether the cluster is still there."""
        try:
            event = self._staff.events.get(timeout=seconds)
        except Empty:
            if seconds >= BEAT:
                self._cluster.check()
            return
        yield from self._take(*event)

    def _take(self, seat: Seat, what: str, ref: PageRef | None, done: Any) -> Iterator[Transcript]:  # noqa: ANN401
        if seat not in self._staff.seats or seat.refused:
            return
        error = done.exception()
        if error is not None:
            yield from self._fail(seat, what, error)
        elif what == "hungry":
            seat.window = max(seat.window, done.result() + self._share.stock)
            self._staff.ask(seat, "hungry", None, seat.actor.hungry.remote())
        elif what == "read" and ref in seat.under_way:
            answer: Answer = done.result()
            self._finished(seat, ref)
            seat.window, seat.alone, self._losses = answer.held + self._share.stock, False, 0
            yield answer.transcript
        elif what in ("home", "open"):
            self._staff.settle(seat, what, done.result())

    def _finished(self, seat: Seat, ref: PageRef) -> None:
        """A page leaves its reader; a document without any leaves Ray's store."""
        del seat.under_way[ref]
        document, users = self._documents.pop(ref.source)
        if users > 1:
            self._documents[ref.source] = document, users - 1

    def _fail(self, seat: Seat, what: str, error: BaseException) -> Iterator[Transcript]:
        exceptions = ray_module().exceptions
        line = cause_of(error)
        gone = isinstance(error, exceptions.RayActorError)
        if what in ("home", "open") and not (gone and "creation task" not in str(error)):
            self._staff.broken(seat, line)
            return
        node = seat.home.node if seat.home else ""
        for ref, blamed in list(seat.under_way.items()):
            self._finished(seat, ref)
            yield from self._return(ref, (*blamed, node), line)
        self._staff.dismiss(seat)
        self._losses += 1
        if self._losses >= LOSSES and not self._staff.reading:
            raise ModelError(f"the readers end before they have read a page ({line}); see `ray logs` on their nodes")

    def _return(self, ref: PageRef, blamed: tuple[str, ...], why: str) -> Iterator[Transcript]:
        """A page comes back: those that are beyond suspicion first, so that no document waits for its last page."""
        guilt = len(self._blame(blamed))
        if guilt >= GUILTY:
            yield self._failed(ref, f"{guilt} readers ended while reading this page; the last one: {why}")
        elif guilt >= SUSPECT:
            self._back.append((ref, blamed))
        else:
            self._back.appendleft((ref, blamed))

    def _failed(self, ref: PageRef, why: str) -> Transcript:
        return Transcript(ref, "", Finish.ERROR, reader=self.name, error=why)

    def _blame(self, nodes: tuple[str, ...]) -> list[str]:
        """The losses that may be the page's fault: a node that has gone took its readers with it."""
        if not nodes:
            return []
        living = self._cluster.living()
        return [node for node in nodes if node in living]
