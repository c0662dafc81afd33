"""The files of several documents at once: one is written here, the others in processes of their own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from ocr2cli.options import Extras
from ocr2cli.results.write import Written, write_results
from output.options import RenderOptions
from pipeline.processes.pool import Pool
from pipeline.processes.worker import CallError
from pipeline.record.places import Place
from pipeline.transcript import Source, Transcript

# A page takes a core some 0.1 s to be written (`ocr2cli/results/stages.py`), and an H100 reads 11 to 17 in a second.
# One writer would hold up a GPU, which has a dozen cores for itself on common machines. Two cores write one document
# after the other, as the second is busy with reading. Fewer writers, and a GPU waits; more take cores from
# rasterising. Reckoned, not measured on a GPU.
WRITERS = max(1, min(8, (os.cpu_count() or 1) // 4))
"""Documents that are written at once."""

# As if it took for ever: a document of ten thousand pages takes a fifth of it. Writing has limits of its own where a
# file may be hostile (`pipeline.documents.guard`).
_SECONDS = 6 * 3600.0
_MEMORY = 1 << 44
"""Bytes of address space, which is no limit: what is written here has none either."""


class Writers:
    """`write_results` for up to `count` threads at once; a process is started when a second thread comes.

    Only what is written here tells how far it is. A document whose process is lost is written here once more.
    """

    def __init__(self, count: int) -> None:
        self._here = threading.Lock()
        self._pool = Pool(count - 1, _SECONDS, _MEMORY) if count > 1 else None

    def write(
        self,
        place: Place,
        name: str,
        source: Source | None,
        readings: Callable[[], Iterable[Transcript]],
        style: RenderOptions,
        extras: Extras,
        begun: Callable[[], None],
        told: Callable[[float], None],
    ) -> Written:
        """Write a document, see `write_results`. `begun` and `told` hear of it only where it is written here."""
        if not self._here.acquire(blocking=self._pool is None):
            assert self._pool is not None
            with suppress(CallError):
                return self._pool.submit(_elsewhere, place, name, source, tuple(readings()), style, extras).result()
            self._here.acquire()
        try:
            begun()
            return write_results(place, name, source, readings(), style, extras, told)
        finally:
            self._here.release()

    def close(self) -> None:
        """End the processes; may be called twice."""
        if self._pool is not None:
            self._pool.close()


def _elsewhere(
    place: Place,
    name: str,
    source: Source | None,
    readings: Sequence[Transcript],
    style: RenderOptions,
    extras: Extras,
) -> Written:
    return write_results(place, name, source, readings, style, extras)
