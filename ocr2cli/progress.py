"""How far the run is, on stderr: a live bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PLAIN_INTERVAL = 15.0
"""Seconds between two lines about the same run where stderr is no terminal."""


class Progress:
    """Counts documents and pages. `say` is the one way to print a line on stderr while a run is under way."""

    def __init__(self, documents: int, quiet: bool) -> None:
        self._documents, self._done, self._pages = documents, 0, 0
        self._start = self._last = time.monotonic()
        self._quiet = quiet
        self._bar = None if quiet or not sys.stderr.isatty() else _bar()
        if self._bar is not None:
            self._task = self._bar.add_task("reading", total=documents, pages="")
            self._bar.start()

    def say(self, text: str) -> None:
        with self.aside():
            print(text, file=sys.stderr, flush=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while the body writes to a terminal."""
        if self._bar is None:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()

    def page(self) -> None:
        self._pages += 1
        now = time.monotonic()
        rate = self._pages / max(now - self._start, 1e-9)
        if self._bar is not None:
            self._bar.update(self._task, pages=f"{self._pages} pages, {rate:.1f}/s")
        elif not self._quiet and now - self._last >= PLAIN_INTERVAL:
            self._last = now
            self.say(f"{self._pages} pages read, {self._done} of {self._documents} documents done, {rate:.1f} pages/s")

    def document(self) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("documents, {task.fields[pages]}"),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
