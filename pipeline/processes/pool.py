"""Several workers side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from pipeline.processes.limits import MEMORY, SECONDS
from pipeline.processes.wire import Landing, anywhere
from pipeline.processes.worker import Worker

T = TypeVar("T")


class Pool:
    """Up to `count` processes, started as they are needed; calls are begun in the order in which they come.

    A thread stands by each process: it hands over the next call at once, whatever the caller is doing meanwhile, and
    knows which call a process was lost with. Arrays of answers lie where `landing`, which the threads call, says.
    """

    def __init__(self, count: int, seconds: float = SECONDS, memory: int = MEMORY, landing: Landing = anywhere) -> None:
        self._seconds, self._memory, self._landing = seconds, memory, landing
        self._threads = ThreadPoolExecutor(count, "ocr2-pool")
        # One process for each thread, never shared: which call a process died with is then certain without any
        # bookkeeping.
        self._mine = threading.local()
        self._workers: list[Worker] = []
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes that are there."""
        return [pid for worker in self._workers if (pid := worker.pid) is not None]

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T]:
        """What `Worker.call` of one of the processes returns or raises."""
        return self._threads.submit(self._call, function, arguments)

    def close(self) -> None:
        """End all processes, whatever they do; may be called twice. Calls that were not begun are cancelled."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in list(self._workers):
            worker.end()

    def _call(self, function: Callable[..., T], arguments: tuple[object, ...]) -> T:
        worker: Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            worker = self._mine.worker = Worker(self._memory, self._landing)
            self._workers.append(worker)
            # `close` may have run between the two lines above, and would not know of this worker.
            if self._closed:
                worker.end()
        return worker.call(self._seconds, function, *arguments)
