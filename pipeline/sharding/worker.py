"""The far end of a shard: a process that reads the pages it is sent with one Transcriber, and shows that it lives."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from time import sleep

from pipeline.errors import UserError
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Transcript

Opener = Callable[[], Transcriber]
"""Loads a Transcriber in its own process; must be picklable."""

BEAT = 1.0
"""Seconds between two signs of life."""


@dataclass(frozen=True)
class Ready:
    """The Transcriber is loaded."""

    name: str
    settings: str


@dataclass(frozen=True)
class Refused:
    """It cannot be loaded, and the user can mend it."""

    text: str


@dataclass(frozen=True)
class Broke:
    """It raised an error; the process ends."""

    text: str


@dataclass(frozen=True)
class Pulled:
    """The reading of the next page that was sent has begun."""


@dataclass(frozen=True)
class Alive:
    """Nothing has happened, but the process is there."""


Message = Ready | Refused | Broke | Pulled | Alive | Transcript


def work(connection: Connection, opener: Opener) -> None:
    """Read batch after batch: pages come through `connection` one by one, None ends a batch. Ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    end = _End(connection)
    try:
        reader = opener()
        end.send(Ready(reader.name, reader.settings))
        while True:
            for transcript in reader.transcribe(end.pull()):
                end.send(transcript)
    except UserError as error:
        end.send(Refused(str(error)))
    except (RuntimeError, MemoryError, OSError) as error:
        end.send(Broke(" ".join(f"{type(error).__name__}: {error}".split())[:300]))


class _End:
    """This process's end of the connection: threads receive and beat, so that reading never keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pages: SimpleQueue[PageRef | None] = SimpleQueue()
        self._sending = threading.Lock()
        for thread in (self._receive, self._beat):
            threading.Thread(target=thread, daemon=True).start()

    def pull(self) -> Iterator[PageRef]:
        """The pages of one batch."""
        while (ref := self._pages.get()) is not None:
            self.send(Pulled())
            yield ref

    def send(self, message: Message) -> None:
        try:
            with self._sending:
                self._connection.send(message)
        except OSError:
            os._exit(1)  # nobody is there to read for

    def _receive(self) -> None:
        try:
            while True:
                self._pages.put(self._connection.recv())
        except (EOFError, OSError):
            os._exit(1)

    def _beat(self) -> None:
        while True:
            sleep(BEAT)
            self.send(Alive())
