"""The near end of a shard: its process, the pages it was given, and the queue that they come from."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Queue
from typing import cast

from pipeline.processes.process import Process, hear
from pipeline.sharding.worker import Drop, Message, Opener, work
from pipeline.transcriber import SHOWN, Life, UnderWay, ready
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
        self.awaited = False  # a page was wanted, and none could be had without waiting

    @property
    def over(self) -> bool:
        """Whether nothing but suspects is left."""
        return self._exhausted and not self.back

    @property
    def pending(self) -> bool:
        return not self.over or bool(self.suspects)

    def next(self, patient: bool = True) -> Task | None:
        """A page that is under no suspicion; None where none is left, or none is there and we are not `patient`."""
        if self.back:
            return self.back.popleft()
        self.awaited = not patient and not ready(self._pages)
        if self.awaited:
            return None
        # Asked again each time: pages may come back, see `pipeline.readers.wrappers.retries`.
        ref = next(self._pages, None)
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
        self._sending = threading.Lock()  # `drop` comes from another thread
        self._shown: tuple[UnderWay, ...] = ()  # as its process has told last
        self.process = Process(work, opener)
        self._listener = threading.Thread(target=_forward, args=(self.process, self, inbox), daemon=True)
        self._listener.start()

    @property
    def busy(self) -> bool:
        return bool(self.sent or self.begun)

    def send(self, task: Task | None) -> None:
        """One page, or the end of a batch; a process that has ended is found out about later."""
        if task is not None:
            self.sent.append(task)
        self.open = task is not None
        self._say(task.ref if task else None)

    def drop(self, ref: PageRef) -> None:
        """From any thread: nobody wants this page any more, wherever it is being read."""
        self._say(Drop(ref))

    def _say(self, message: PageRef | Drop | None) -> None:
        with suppress(OSError), self._sending:
            self.process.connection.send(message)

    def finish(self, ref: PageRef) -> bool:
        """Whether this page was being read here; it is no more."""
        task = next((task for task in self.begun if task.ref == ref), None)
        if task is not None:
            self.begun.remove(task)
        return task is not None

    def tell(self, life: Life) -> None:
        """What the process says of itself."""
        self._shown = life.reading

    def life(self) -> Life:
        """The pages that it has begun, with their tokens where it has told of them; from any thread."""
        begun = [task.ref for task in list(self.begun)]
        tokens = {page.ref: page.tokens for page in self._shown}
        some = sorted(begun, key=lambda ref: ref not in tokens)[:SHOWN]
        return Life(tuple(UnderWay(ref, tokens.get(ref, 0)) for ref in some), len(begun) - len(some), len(self.sent))

    def end(self) -> None:
        """Kill the process, if it does not end by itself: one that closed its connection is about to."""
        # A process that broke off by itself gets a second to say how: killed at once, it would seem to have been
        # killed.
        code = self.process.wait(0.0 if self.trouble else 1.0)
        self.process.kill()
        # Closed while somebody listens, the number of the connection's file would go to the next one, and what is meant
        # for that one's process would be read here.
        self._listener.join(5.0)
        if not self._listener.is_alive():
            self.process.connection.close()
        code = self.process.wait(0.0) if code is None else code
        if not self.trouble and code is not None:
            self.trouble = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"


def _forward(process: Process, shard: Shard, inbox: Queue[tuple[Shard, Message | None]]) -> None:
    """A thread for each process: a message that never ends cannot keep the others waiting."""
    try:
        while True:
            inbox.put((shard, cast(Message, hear(process.connection))))
    except EOFError:
        inbox.put((shard, None))
