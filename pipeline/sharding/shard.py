"""The near end of a shard: its process, the pages it was given, and the queue that they come from."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Queue

from pipeline.sharding.worker import Message, Opener, work
from pipeline.transcript import PageRef


@dataclass(frozen=True)
class Task:
    """A page on its way, and how many processes have ended while reading it."""

    ref: PageRef
    strikes: int = 0


class PageQueue:
    """The pages of all documents: pulled as there is room for them, those that came back first."""

    def __init__(self, pages: Iterator[PageRef]) -> None:
        self._pages = pages
        self.back: deque[Task] = deque()
        self.suspects: deque[Task] = deque()
        self._exhausted = False

    @property
    def over(self) -> bool:
        """Whether nothing but suspects is left."""
        return self._exhausted and not self.back

    @property
    def pending(self) -> bool:
        return not self.over or bool(self.suspects)

    def next(self) -> Task | None:
        """A page that is under no suspicion, or None where none is left."""
        if self.back:
            return self.back.popleft()
        ref = next(self._pages, None)  # asked again each time: pages may come back, see `pipeline.readers.retries`
        self._exhausted = ref is None
        return None if ref is None else Task(ref)

    def rest(self) -> Iterator[Task]:
        """Everything, suspects last."""
        while (task := self.next()) is not None:
            yield task
        yield from self.suspects


class Shard:
    """The near end of one process, and what it was given."""

    def __init__(self, opener: Opener, inbox: Queue[tuple[Shard, Message | None]]) -> None:
        self.sent: deque[Task] = deque()  # not begun yet
        self.begun: list[Task] = []
        self.open = False  # within a batch
        self.heard = self.ready = False
        self.silent = self.still = 0.0  # seconds, of those in which somebody listened
        self.trouble = ""
        context = get_context("spawn")
        self._connection, far = context.Pipe()
        # Not a daemon: those may not have processes of their own, which an engine rasterises with.
        self.process = context.Process(target=work, args=(far, opener))
        self.process.start()
        far.close()
        self._listener = threading.Thread(target=_forward, args=(self._connection, self, inbox), daemon=True)
        self._listener.start()

    @property
    def busy(self) -> bool:
        return bool(self.sent or self.begun)

    def send(self, task: Task | None) -> None:
        """One page, or the end of a batch; a process that has ended is found out about later."""
        if task is not None:
            self.sent.append(task)
        self.open = task is not None
        try:
            self._connection.send(task.ref if task else None)
        except OSError:
            self.trouble = self.trouble or "ended"

    def finish(self, ref: PageRef) -> bool:
        """Whether this page was being read here; it is no more."""
        task = next((task for task in self.begun if task.ref == ref), None)
        if task is not None:
            self.begun.remove(task)
        return task is not None

    def end(self) -> None:
        """Kill the process, if it does not end by itself: one that closed its connection is about to."""
        self.process.join(0.0 if self.trouble else 1.0)
        self.process.kill()
        self.process.join(5.0)  # a driver may keep it for a while, but not us
        # Closed while somebody listens, the number of the connection's file would go to the next one, and what is meant
        # for that one's process would be read here.
        self._listener.join(5.0)
        if not self._listener.is_alive():
            self._connection.close()
        if not self.trouble and self.process.exitcode is not None:
            code = self.process.exitcode
            self.trouble = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"


def _forward(connection: Connection, shard: Shard, inbox: Queue[tuple[Shard, Message | None]]) -> None:
    """A thread for each process: a message that never ends cannot keep the others waiting."""
    try:
        while True:
            inbox.put((shard, connection.recv()))
    except (EOFError, OSError):
        inbox.put((shard, None))
