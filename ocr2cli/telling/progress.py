"""How far the run is, on stderr: a live bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

# A log of a night's run then has some 2,000 lines; rarer, and a run that hangs is noticed late.
PLAIN_INTERVAL = 15.0
"""Seconds between two lines about the same run where stderr is no terminal."""


class Progress:
    """Counts documents and pages. `say` is the one way to print a line on stderr while a run is under way.

    `documents` is 0 where nobody knows how many there will be.
    """

    def __init__(self, documents: int, quiet: bool) -> None:
        self._documents, self._done, self._failed = documents, 0, 0
        self._pages = self._tokens = self._waiting = 0
        self._start = self._last = time.monotonic()
        self._quiet = quiet
        self._bar = None if quiet or not sys.stderr.isatty() else _bar()
        if self._bar is not None:
            self._task = self._bar.add_task("reading", total=documents or None, facts="")
            self._bar.start()

    def say(self, text: str) -> None:
        """One line. What a file is called cannot move the cursor of a terminal, nor begin a line of its own."""
        with self.aside():
            print(on_one_line(text), file=sys.stderr, flush=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while the body writes to a terminal."""
        if self._bar is None:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()

    def begun(self, pages: int) -> None:
        """A document was opened: so many of its pages are to be read."""
        self._waiting += pages

    def page(self, tokens: int = 0) -> None:
        """A page is done; a model has written so many tokens for it."""
        self._pages += 1
        self._waiting -= 1
        self._tokens += tokens
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, facts=self._facts())
        elif not self._quiet and now - self._last >= PLAIN_INTERVAL:
            self._last = now
            of = f" of {self._documents}" if self._documents else ""
            self.say(f"{self._done}{of} documents, {self._facts()}")

    def document(self, failed: bool = False) -> None:
        self._done += 1
        self._failed += failed
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, facts=self._facts())

    @property
    def pages(self) -> int:
        """Pages that were read."""
        return self._pages

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _facts(self) -> str:
        """ "12 pages, 3.4 pages/s, 2,100 tokens/s, 0:40 left, 1 failed" """
        rate = self._pages / max(self.seconds, 1e-9)
        parts = [f"{self._pages} page{'' if self._pages == 1 else 's'}", f"{rate:.1f} pages/s"]
        parts += [f"{self._tokens / max(self.seconds, 1e-9):,.0f} tokens/s"] if self._tokens else []
        parts += [f"{_clock(left)} left"] if (left := self._left()) is not None else []
        return ", ".join(parts + ([f"{self._failed} failed"] if self._failed else []))

    def _left(self) -> float | None:
        """Seconds: those documents that were not opened yet are taken to be as long as the others."""
        if not self._pages or not self._documents:
            return None
        opened = max(1, self._done + (self._waiting > 0))
        unopened = max(0, self._documents - opened) * (self._pages + self._waiting) / opened
        return (self._waiting + unopened) * self.seconds / self._pages


def on_one_line(text: str) -> str:
    """A text whose unprintable characters are written as Python would."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    # Narrow enough for all facts on a terminal of 80 columns.
    columns = BarColumn(bar_width=12), MofNCompleteColumn(), TextColumn("documents, {task.fields[facts]}")
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
