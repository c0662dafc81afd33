"""How far the run is, on stderr: a live line on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ocr2cli.telling.estimate import SETTLED, Estimate
from ocr2cli.telling.line import Standing, live, on_one_line, plain
from ocr2cli.telling.tally import Tally
from pipeline.transcriber import Life

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

# A log of a night's run then has some 2,000 lines; rarer, and a run that hangs is noticed late.
PLAIN_INTERVAL = 15.0
"""Seconds between two lines about the same run where stderr is no terminal, at first."""
PLAIN_SHARE = 0.05
"""Of the time so far, between two such lines: a log of a day has some eighty of them."""

_Poll = Callable[[], Life]


class Progress:
    """Counts documents and pages. `say` is the one way to print a line on stderr while a run is under way.

    `documents` is 0 where nobody knows how many there will be: then the live line is there only while one is read.
    """

    def __init__(self, documents: int, quiet: bool) -> None:
        self._tally, self._estimate = Tally(documents), Estimate(network=True, mixed=False)
        self._poll: _Poll = Life
        self._looked_on = False
        self._start = time.monotonic()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._screen = threading.RLock()
        self._asides, self._wanted, self._shown = 0, False, False
        self._live: Live | None = None
        if not quiet and _is_alive():
            self._live = _open_live(self._render)
        if self._live is None and not quiet:
            threading.Thread(target=self._say_now_and_then, daemon=True).start()
        if documents:
            self._show()

    def follow(self, poll: _Poll, estimate: Estimate) -> None:
        """From now on `poll` tells what the network does, and `estimate` how long it takes."""
        with self._lock:
            self._poll, self._estimate = poll, estimate

    def say(self, text: str) -> None:
        """One line. What a file is called cannot move the cursor of a terminal, nor begin a line of its own."""
        with self.aside():
            print(on_one_line(text), file=sys.stderr, flush=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the live line away while the body writes to a terminal; nothing brings it back before the last of
        several threads has written."""
        with self._screen:
            self._asides += 1
            self._draw_or_not()
        try:
            yield
        finally:
            with self._screen:
                self._asides -= 1
                self._draw_or_not()

    def counted(self, name: str, pages: int, pictures: float) -> None:
        """A document has so many pages to be read, of which `pictures` are without letters."""
        with self._lock:
            self._tally.counted(name, pages, pictures)

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """A document was opened: `missing` of its `wanted` pages are to be read."""
        with self._lock:
            self._tally.begun(name, missing, wanted)
        self._show()

    def page(self, name: str = "", number: int = 0, by_network: bool = True) -> None:
        """A page is done."""
        with self._lock:
            self._tally.page(name, number, by_network)

    def writing(self, name: str) -> None:
        """The files of a document are being written from now on."""
        with self._lock:
            self._tally.writing(name)

    def step(self, pages: float) -> None:
        """So many more pages of that document are written; from any thread."""
        with self._lock:
            self._tally.step(pages)

    def document(self, name: str = "", failed: bool = False) -> None:
        """A document is done."""
        with self._lock:
            self._tally.document(name, failed)
            idle = not self._tally.documents and self._tally.idle
        if idle:
            self._hide()

    @property
    def pages(self) -> int:
        """Pages that were read."""
        return self._tally.pages

    @property
    def network_seconds(self) -> float | None:
        """That a network took per page in this run."""
        return self._estimate.network.measured

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def stop(self) -> None:
        """The live line goes for good; may be called twice."""
        self._over.set()
        self._hide()

    def _show(self) -> None:
        with self._screen:
            self._wanted = True
            self._draw_or_not()

    def _hide(self) -> None:
        with self._screen:
            self._wanted = False
            self._draw_or_not()

    def _draw_or_not(self) -> None:
        wanted = self._wanted and not self._asides and not self._over.is_set()
        if self._live is None or wanted == self._shown:
            return
        self._shown = wanted
        if wanted:
            self._live.start()
        else:
            self._live.stop()

    def _standing(self) -> Standing:
        life = self._poll()
        with self._lock:
            load = self._tally.load(life, self._looked_on)
            self._looked_on = self._looked_on or bool(life.reading)
            left = self._estimate.update(time.monotonic(), load)
            return self._tally.standing(self.seconds, left if self.seconds > SETTLED else None, life)

    def _render(self) -> Text:
        from rich.text import Text

        if self._live is None:  # asked for its height while it is made
            return Text()
        console = self._live.console
        return Text(live(self._standing(), console.width, console.encoding.startswith("utf")), no_wrap=True)

    def _say_now_and_then(self) -> None:
        last = 0.0
        while not self._over.wait(1.0):
            standing = self._standing()
            waits = not self._tally.documents and self._tally.idle
            if not waits and self.seconds - last >= max(PLAIN_INTERVAL, PLAIN_SHARE * self.seconds):
                last = self.seconds
                self.say(plain(standing))


def _is_alive() -> bool:
    """Whether stderr is a terminal on which a line can be drawn anew."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _open_live(render: Callable[[], Text]) -> Live:
    from rich.console import Console
    from rich.live import Live

    return Live(
        console=Console(stderr=True), get_renderable=render, transient=True, refresh_per_second=8, redirect_stdout=False
    )
