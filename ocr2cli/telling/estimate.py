"""How long a run still takes: a forecast from what each kind of page has cost so far, told so that it does not jump."""

from __future__ import annotations

import math
from dataclasses import dataclass

TEXT_SECONDS = 0.1
"""For a page's own text on one core, until the run itself has told: public documents take 0.05 to 0.3."""
KNOWN_BEFORE = 3.0
"""Pages of this run that what an earlier run took per page is worth."""
CALM = 8.0
"""A correction is spread over an eighth of the time that is left: people plan by its size, not by its seconds. Of what
was shown and what is now forecast that is the geometric mean: news of a far longer wait is told within seconds."""
LEAST_CALM = 3.0
"""Seconds over which a correction is spread at least."""


ENOUGH = 8
"""Pages of which it must be known who reads them, before that is taken to tell of the others: a second's worth."""


@dataclass(frozen=True)
class Load:
    """The pages of a run at one moment.

    `network_done` and `text_done` were read by a network and taken from the document; `given` are known to need the
    network and are not done; of `unknown` nobody knows who will read them. `written` pages are in their files,
    `unwritten` are not; `tail` of these can only be written when the last page has been read. `busy`: the network
    reads at this moment, and is not still being loaded.
    """

    network_done: int = 0
    text_done: int = 0
    given: int = 0
    unknown: float = 0.0
    written: float = 0.0
    unwritten: float = 0.0
    tail: float = 0.0
    busy: bool = False
    writing: bool = False


class Pace:
    """Seconds per page of one kind of work, as far as this run has shown it; `before` is what is known of earlier runs.

    Of a page that takes long its time so far is counted as if it ended now: else a run would be said to be nearly over
    all the while that its slowest page is read.
    """

    def __init__(self, before: float | None, weight: float = KNOWN_BEFORE) -> None:
        self._before, self._weight = before, weight if before is not None else 0.0
        self._busy = self._at_last = 0.0  # seconds of work, in all and when the last page was done
        self._done = 0.0

    def tick(self, seconds: float, done: float, busy: bool) -> None:
        """So much time went by; `done` pages are done in all."""
        self._busy += seconds if busy else 0.0
        if done > self._done:
            self._done, self._at_last = done, self._busy

    @property
    def seconds(self) -> float | None:
        """Per page; None where nothing is known yet."""
        pages = self._done + self._weight
        if pages <= 0:
            return None
        known = (self._before or 0.0) * self._weight
        return max((known + self._at_last) / pages, (known + self._busy) / (pages + 1))

    @property
    def measured(self) -> float | None:
        """Of this run alone, where pages were done in it."""
        return self._at_last / self._done if self._done and self._at_last else None

    def left(self, pages: float) -> float:
        """Seconds for so many pages: the one that is under way has had some of its own."""
        each = self.seconds or 0.0
        return max(0.0, pages * each - min(self._busy - self._at_last, each if pages >= 1 else 0.0))


class Estimate:
    """Seconds until the end of a run, asked again and again.

    `mixed`: pages are taken from the document where they can be, and a network reads the rest; else all pages are of
    one kind, `network` or not. `network_before`, `writing_before`: seconds per page of earlier runs.
    """

    def __init__(
        self, network: bool, mixed: bool, network_before: float | None = None, writing_before: float = 0.0
    ) -> None:
        self._is_network, self._mixed = network, mixed
        self.network = Pace(network_before)
        self._text = Pace(TEXT_SECONDS)
        self._writing = Pace(writing_before)
        self._now: float | None = None
        self._shown: float | None = None

    def update(self, now: float, load: Load) -> float | None:
        """What is to be shown at the time `now`, in seconds; None as long as nothing can be said."""
        passed = 0.0 if self._now is None else max(0.0, now - self._now)
        self._now = now
        self.network.tick(passed, load.network_done, load.busy)
        self._text.tick(passed, load.text_done, load.unknown > 0 and not self._is_network and not self._mixed)
        self._writing.tick(passed, load.written, load.writing)
        forecast = self._forecast(load)
        if forecast is None or self._shown is None:
            self._shown = forecast
            return forecast
        counted = max(0.0, self._shown - passed)
        calm = max(LEAST_CALM, math.sqrt(forecast * counted) / CALM)
        self._shown = counted + (forecast - counted) * (1 - math.exp(-passed / calm))
        return self._shown

    def _forecast(self, load: Load) -> float | None:
        """As well as can be said now. Reading and writing go on side by side, but for what is read last."""
        seen = load.network_done + load.given + load.text_done
        if self._mixed and seen < min(ENOUGH, load.unknown):
            return None
        by_network, by_text = self._shares(load, seen)
        if by_network > 0 and self.network.seconds is None:
            return None
        reading = max(self.network.left(by_network), self._text.left(by_text))
        each = self._writing.seconds or 0.0
        return max(reading + load.tail * each, self._writing.left(load.unwritten))

    def _shares(self, load: Load, seen: int) -> tuple[float, float]:
        """Pages that are left for the network and for the document's own text."""
        if not self._mixed:
            left = load.given + load.unknown if self._is_network else 0.0
            return left, 0.0 if self._is_network else load.unknown
        share = (load.network_done + load.given + 0.5) / (seen + 1)  # as if half a page had been seen of each
        return load.given + share * load.unknown, (1 - share) * load.unknown
