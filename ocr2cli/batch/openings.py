"""Jobs → open documents with a place of their own; those from far are fetched while others are read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from ocr2cli.inputs.plan import Job, source_of
from ocr2cli.options import Options
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import Target
from pipeline.errors import ModelError, UserError
from pipeline.record.places import BusyError, Manner
from pipeline.record.work import Work, begin
from pipeline.record.writing import NoRoomError
from pipeline.stores.copies import Copies
from pipeline.transcriber import Transcriber
from pipeline.transcript import Source

# More holds more places that other runs could take; fewer, and a bucket's answer is waited for between documents.
AHEAD = 4
"""Documents that are fetched and opened before their turn, where a bucket has them or gets the results: a fetch and a
claim take tenths of a second, in which a GPU reads a page or two."""

# Each look costs a request per document; the other run needs seconds for a page on a GPU, minutes on a CPU. Chosen.
PATIENCE = 2.0
"""Seconds before documents that other runs have are asked for again."""

Opening = Callable[[], Work | Outcome | None]
"""Waits for a document; an Outcome says why it could not be opened, None that another run has it: it comes again in a
later round. Raises NoRoomError, and ModelError where what reads must be loaded to know what it would read."""

_ENDS = (NoRoomError, ModelError)
"""Of no one document: the run ends."""


class Openings:
    """One after the other in the order of jobs. From one thread, but for `drop`."""

    def __init__(
        self, jobs: Iterator[Job], options: Options, target: Target, reader: Transcriber, manner: Manner
    ) -> None:
        self._jobs, self._options, self._target, self._reader, self._manner = jobs, options, target, reader, manner
        # A scheduler looks at exit codes alone: if a task gave up a document that another one has, and that one was
        # killed, nobody would read it.
        self._waits = target.ground.shared or options.shard != Options().shard
        self._copies = Copies()
        self._threads = ThreadPoolExecutor(AHEAD, "ocr2-opener")
        self._ahead: deque[tuple[Job, Future[Work | Outcome | None]]] = deque()
        self._later: list[Job] = []

    def __iter__(self) -> Iterator[tuple[Job, Opening]]:
        while True:
            while len(self._ahead) < AHEAD and (job := next(self._jobs, None)):
                self._ahead.append((job, self._begun(job)))
                if not self._is_far(job):
                    break
            if not self._ahead:
                return
            job, opening = self._ahead.popleft()
            yield job, partial(self._opened, job, opening)

    @property
    def left(self) -> Iterator[Job]:
        """What was not begun."""
        yield from (job for job, _ in self._ahead)
        yield from self._later
        yield from self._jobs

    def rounds(self, stop: Callable[[], bool], note: Callable[[str], None]) -> Iterator[None]:
        """One, and more of them where other runs have some of the documents: those are asked for again until they are
        done, or until the run that had them is gone."""
        yield
        told = 0
        while self._later and not stop():
            if told != (told := len(self._later)):
                note(f"waiting for {told} document{'s' * (told > 1)} that other runs are reading")
            self._jobs, self._later = iter(self._later), []
            end = time.monotonic() + PATIENCE
            while not stop() and time.monotonic() < end:
                time.sleep(0.1)
            yield

    def drop(self, source: Source) -> None:
        """A document is done with."""
        self._copies.drop(source)

    def close(self) -> None:
        """Give back what was opened ahead; may be called twice."""
        self._threads.shutdown(cancel_futures=True)
        for _, opening in self._ahead:
            whole = not opening.cancelled() and opening.exception() is None
            if whole and isinstance(found := opening.result(), Work):
                found.close()
        self._ahead.clear()
        self._copies.close()

    def _opened(self, job: Job, opening: Future[Work | Outcome | None]) -> Work | Outcome | None:
        found = opening.result()
        if found is None:
            self._later.append(job)
        return found

    def _is_far(self, job: Job) -> bool:
        return job.url is not None or self._target.ground.shared

    def _begun(self, job: Job) -> Future[Work | Outcome | None]:
        if self._is_far(job):
            return self._threads.submit(self._open, job)
        future: Future[Work | Outcome | None] = Future()
        try:
            future.set_result(self._open(job))
        except _ENDS as error:  # told where the result is asked for, as of the others
            future.set_exception(error)
        return future

    def _open(self, job: Job) -> Work | Outcome | None:
        options, target, source = self._options, self._target, None
        try:
            source = source_of(job, options.passwords, self._copies)
            return begin(source, target.base, job.stem, self._reader, self._manner, options.pages, target.ground)
        except UserError as error:
            if source is not None:
                self._copies.drop(source)
            if isinstance(error, _ENDS):
                raise
            if isinstance(error, BusyError) and self._waits:
                return None
            return Outcome(job.name, error=type(error)(target.named(str(error))))
