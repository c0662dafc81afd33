"""The Ground that is a bucket: any number of runs on any number of machines share it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.record.grounds import Hold, Place
from pipeline.record.shared.mirror import RUN, Mirror, TakenError, told
from pipeline.record.shared.run import Run
from pipeline.record.writing import OutputError
from pipeline.stores.errors import StoreError
from pipeline.stores.store import Store
from pipeline.stores.urls import Url

TICK = 5.0
"""Seconds between two looks at what was read: so much is read again after a crash."""
# Objects that are put side by side: a put waits for the network, hardly for this machine. Chosen, not measured.
_AT_ONCE = 16


class Bucket:
    """Places are held by leases that end with their run: see `Run` for how that shows. From any thread.

    `base` is an empty folder of this machine, in which places lie while they are held.
    """

    shared = True

    def __init__(self, url: Url, base: Path) -> None:
        """Raises OutputError where there is no such store."""
        self._base, self._prefix = base, url.folder
        self._mirrors: dict[Place, Mirror] = {}
        self._held: set[Place] = set()
        with _telling():
            self._store = Store(url.at(""))
        self._run: Run | None = None
        self._threads = ThreadPoolExecutor(_AT_ONCE, "ocr2-put")
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="ocr2-keeper", daemon=True)

    def begin(self) -> None:
        """Places may be held from now on. Raises OutputError where nothing can be written there."""
        with _telling():
            self._run = Run(self._store, self._prefix)
        self._keeper.start()

    def look(self, place: Place) -> None:
        """Copy what is at the place, unless this very run has it."""
        if place in self._held:
            return
        mirror = Mirror(self._store, self._prefix, self._base, place)
        with _telling():
            mirror.look()
        self._mirrors[place] = mirror

    def fill(self, place: Place) -> None:
        """Copy all files of a place that was looked at. Raises OutputError."""
        with _telling():
            self._mirrors[place].fill()

    def hold(self, place: Place, state: bytes) -> Hold | None:
        """Take the place where the run that has it is gone. Raises OutputError."""
        assert self._run is not None, "begin it first"
        if place in self._held:
            return None
        with _telling():
            mirror = self._mirrors[place]
            if RUN in mirror.state and self._run.is_alive(mirror.state[RUN]):
                return None
            if mirror.hold(state, self._run):
                self._held.add(place)
                return Lease(self, mirror)
            self.look(place)  # whose it is now
        return None

    def publish(self, place: Place) -> None:
        """Put the files of a place that is held. Raises OutputError."""
        with _telling():
            self._mirrors[place].publish(self._threads)

    def close(self) -> None:
        """End the leases that are left; may be called twice."""
        self._over.set()
        if self._keeper.ident is not None:
            self._keeper.join()
        for place in list(self._held):
            Lease(self, self._mirrors[place]).release()
        self._threads.shutdown()
        if self._run is not None:
            self._run.end()

    def let_go(self, mirror: Mirror) -> None:
        """The place is no longer held, and its copy is not needed."""
        self._held.discard(mirror.place)
        self._mirrors.pop(mirror.place, None)
        mirror.clear()

    def write(self, mirror: Mirror, data: bytes) -> None:
        """Let the state be this, held by this run. Raises OutputError."""
        assert self._run is not None
        state = json.loads(data) | {RUN: self._run.token}
        with _telling():
            mirror.write(state)

    def _keep(self) -> None:
        while not self._over.wait(TICK):
            with suppress(StoreError):  # a store that is away for a while; what needs it will say so
                if self._run is not None:
                    self._run.beat()
            for place in list(self._held):
                with suppress(StoreError, OSError, TakenError, KeyError):
                    self._mirrors[place].flush()


class Lease:
    """A place that this run holds."""

    def __init__(self, bucket: Bucket, mirror: Mirror) -> None:
        self._bucket, self._mirror, self._released = bucket, mirror, False
        self._first = True

    def write(self, data: bytes) -> None:
        """Let the state be this. Raises TakenError where another run has taken the place over."""
        if not self._first:  # which a claim begins with: it is there since the place was taken
            self._bucket.write(self._mirror, data)
        self._first = False

    def release(self) -> None:
        """What was read and not published stays for whoever takes the place next."""
        if self._released:
            return
        self._released = True
        with suppress(StoreError, OSError, TakenError):
            self._mirror.flush(growth=1.0)
        with suppress(StoreError, TakenError):
            self._mirror.write({name: value for name, value in self._mirror.state.items() if name != RUN})
        self._bucket.let_go(self._mirror)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise told(error) from error
    except FileNotFoundError as error:
        raise OutputError(f"{error.filename} was removed while it was in use") from error
