"""The own text of pages, read ahead by workers, in order and a bounded number at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from pipeline.processes.pool import Pool
from pipeline.processes.worker import CallError
from pipeline.text_layer.guarded import GuardedTextLayer, read_pages
from pipeline.transcriber import ready
from pipeline.transcript import PageRef, Transcript

# Chosen, not measured: more, and long documents begin on one core; fewer, and a letter waits for four interpreters.
FIRST = 8
"""Pages that are read by the process that is there anyway: they take less time than starting workers does."""
# Smaller learns the document more often than it reads; larger, and the end of a document waits for one worker.
CHUNK = 8
"""Pages of one document in one call: what is learnt of the document costs as much as eight pages, once per worker."""
WORKERS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Four read several hundred pages a second, far more than a network takes."""


class OwnPages:
    """Takes pages from an iterator, in the caller's thread, and gives what `GuardedTextLayer` with `whole` says of
    each, in order. Up to two calls for each worker are under way; `wake` is called, from any thread, as one is done.
    """

    def __init__(self, pages: Iterator[PageRef], wake: Callable[[], None]) -> None:
        self._pages, self._wake = pages, wake
        self._own = GuardedTextLayer(whole=True)
        self._first = FIRST
        self._exhausted = False
        self._next: PageRef | None = None  # pulled, but of another document than the chunk before it
        self._pool: Pool | None = None
        self._under_way: deque[tuple[list[PageRef], Future[list[Transcript]]]] = deque()

    @property
    def over(self) -> bool:
        """Whether every page has been given."""
        return self._exhausted and self._next is None and not self._under_way

    def take(self, more: bool) -> Iterator[Transcript]:
        """What is done by now; pulls new pages only where `more` are wanted."""
        while more and self._first and (ref := self._pull()) is not None:
            self._first -= 1
            yield self._own.read(ref)
        if more:
            self._fill()
        while self._under_way and self._under_way[0][1].done():
            yield from self._read(*self._under_way.popleft())

    def close(self) -> None:
        """End the workers; may be called twice."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None

    def _fill(self) -> None:
        while len(self._under_way) < 2 * WORKERS and (chunk := self._chunk()):
            self._pool = self._pool or Pool(WORKERS)
            future = self._pool.submit(read_pages, chunk, True)
            self._under_way.append((chunk, future))
            future.add_done_callback(lambda _: self._wake())

    def _chunk(self) -> list[PageRef]:
        """The next pages, all of one document; empty where none is left."""
        chunk = [ref for ref in [self._pull()] if ref]
        while chunk and len(chunk) < CHUNK and ready(self._pages) and (ref := self._pull()):
            if ref.source != chunk[0].source:
                self._next = ref
                break
            chunk.append(ref)
        return chunk

    def _pull(self) -> PageRef | None:
        ref, self._next = self._next, None
        if ref is None and not self._exhausted:
            ref = next(self._pages, None)
            self._exhausted = ref is None
        return ref

    def _read(self, chunk: list[PageRef], future: Future[list[Transcript]]) -> Iterator[Transcript]:
        try:
            yield from future.result()
        # Read again here, one by one, so that a page that kills its process costs the seven others nothing.
        except CallError:  # one of the pages; one after the other shows which
            yield from map(self._own.read, chunk)
