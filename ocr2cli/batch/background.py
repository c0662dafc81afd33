"""Finished documents are written in threads of their own, so that whoever feeds a reader need not wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Generic, TypeVar

# Longer, and slots run empty behind a document that is slow to write; shorter, and files are told of a page later.
PROMPT = 0.5
"""Seconds for which the oldest is waited for: most are written by then and told at once, and a GPU has been sent work
for more than that (`pipeline.sharding.sharded.MANY`)."""
# More costs memory, less stops the reader sooner where writing is slow, as on a network's disk. Chosen, not measured.
MOST = 8
"""Documents for each thread that wait to be written before everything waits for the oldest: their pages are held in
memory."""

K = TypeVar("K")
V = TypeVar("V")


class Background(Generic[K, V]):
    """Does up to `count` things at once; what comes of them is taken in the order in which they were put in."""

    def __init__(self, count: int = 1) -> None:
        self._threads = ThreadPoolExecutor(count, "ocr2-writer")
        self._most = MOST * count
        self._waiting: deque[tuple[K, Future[V]]] = deque()

    @property
    def waiting(self) -> list[K]:
        """What was put in and not taken yet."""
        return [key for key, _ in self._waiting]

    def put(self, key: K, work: Callable[[], V]) -> None:
        """Do this when a thread is free and all before it are begun."""
        self._waiting.append((key, self._threads.submit(copy_context().run, work)))

    def put_done(self, key: K, value: V) -> None:
        """Nothing is left to do, but what was put in before comes first."""
        future: Future[V] = Future()
        future.set_result(value)
        self._waiting.append((key, future))

    def take(self, everything: bool = False) -> Iterator[tuple[K, V]]:
        """What is done by now, in order. Raises what the work has raised; it is then still among `waiting`."""
        if self._waiting and not everything and len(self._waiting) <= self._most:
            wait([self._waiting[0][1]], PROMPT)
        while self._waiting and (everything or len(self._waiting) > self._most or self._waiting[0][1].done()):
            key, future = self._waiting[0]
            value = future.result()
            self._waiting.popleft()
            yield key, value

    def close(self) -> None:
        """What is under way is finished; what was not begun is not done any more."""
        self._threads.shutdown(cancel_futures=True)
