"""Documents are looked over ahead of reading, so that people see how much there is and how long it takes, in a process
that disturbs no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from ocr2cli.inputs.plan import Job
from pipeline.documents.document import PageRanges, survey
from pipeline.documents.guard import Guard
from pipeline.errors import UserError
from pipeline.transcript import Source

MOST = 1000
"""Documents that are counted: of more, evenly spread ones stand for the others."""
_DELAY = 0.5
"""Seconds until counting starts: a run that is over by then needs none."""


def spread(count: int) -> list[int]:
    """The numbers below `count` in an order of which any beginning lies evenly over all of them: the documents of a
    folder are like their neighbours."""
    bits = max(1, (count - 1).bit_length())
    return sorted(range(count), key=lambda number: f"{number:0{bits}b}"[::-1])


class Counting:
    """Counts pages, and those without letters, in a thread until all is counted, or until it is closed. Only files of
    this machine are looked at."""

    def __init__(
        self,
        jobs: Sequence[Job],
        passwords: tuple[str, ...],
        pages: str | None,
        told: Callable[[str, int, float], None],
    ) -> None:
        every = -(-len(jobs) // MOST)
        some = jobs[::every] if jobs else ()
        self._jobs = [some[at] for at in spread(len(some))]
        self._passwords, self._told = passwords, told
        self._ranges = PageRanges.parse(pages) if pages else None
        self._over = threading.Event()
        self._guard = Guard()
        threading.Thread(target=self._run, name="ocr2-count", daemon=True).start()

    def close(self) -> None:
        """No more is counted; may be called twice."""
        self._over.set()

    def _run(self) -> None:
        self._over.wait(_DELAY)
        for job in self._jobs:
            if self._over.is_set():
                break
            if job.path is None or job.url is not None:
                continue
            with suppress(UserError):  # it will be said when its turn comes
                source = Source(job.path.absolute(), job.name, self._passwords)
                seen = self._guard.call(survey, source, self._ranges)
                self._told(job.name, seen.pages, seen.pictures)
        self._guard.close()
