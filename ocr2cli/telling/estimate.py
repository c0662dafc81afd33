"""How long a run still takes: a forecast from what each kind of page has cost so far, told so that it does not jump."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ocr2cli.telling.paces import Pace, Shared

TEXT_SECONDS = 0.1
"""For a page's own text on one core, until the run itself has told: public documents take 0.05 to 0.3."""
CALM = 12.0
"""A correction is spread over a twelfth of the time that is left: people plan by its size, not by its seconds. Of what
was shown and what is now forecast that is the geometric mean: news of a far longer wait is told within seconds."""
LEAST_CALM = 5.0
"""Seconds over which a correction is spread at least."""

SETTLED = 3.0
"""Seconds of a run in which what is forecast may jump, so that nothing is shown: by then some two hundred documents are
looked over."""
NEWS = 2.0
"""At first little is known: a correction is spread over no more than half the time since something was shown."""


@dataclass(frozen=True)
class Load:
    """The pages of a run at one moment.

    `network_done` and `text_done` were read by a network and taken from the document. Of those that are left a network
    is reading `under_way`, and has been given `given`, these among them. `unknown` are not taken on yet; a network will
    read `pictures` of them, None where that cannot be said. `held_up`: so much waits for the network that no more is
    taken on. `written` pages are in their files, `unwritten` are not; `tail` of these can only be written when the last
    page has been read.
    """

    network_done: int = 0
    text_done: int = 0
    under_way: int = 0
    given: int = 0
    unknown: float = 0.0
    pictures: float | None = 0.0
    held_up: bool = False
    written: float = 0.0
    unwritten: float = 0.0
    tail: float = 0.0
    writing: bool = False


class Estimate:
    """Seconds until the end of a run, asked again and again.

    `mixed`: pages are taken from the document where they can be, and a network reads the rest; else all pages are of
    one kind, `network` or not. `network_before`, `writing_before`: seconds per page of earlier runs.
    """

    def __init__(
        self, network: bool, mixed: bool, network_before: float | None = None, writing_before: float = 0.0
    ) -> None:
        self._is_network, self._mixed = network, mixed
        self.network = Shared(network_before)
        self._text = Pace(TEXT_SECONDS)
        self._writing = Pace(writing_before)
        self._now: float | None = None
        self._watched = self._told = 0.0  # seconds since it was asked first, and since there was something to show
        self._shown: float | None = None

    def update(self, now: float, load: Load | None) -> float | None:
        """What is to be shown at the time `now`, in seconds; None as long as nothing can be said, as without a load."""
        passed = 0.0 if self._now is None else max(0.0, now - self._now)
        self._now, self._watched = now, self._watched + passed
        if load is None:
            return None
        fed = load.given > load.under_way or not load.unknown
        self.network.tick(passed, load.network_done, load.under_way, fed)
        looked_at = load.text_done + load.network_done + load.given
        self._text.tick(passed, looked_at, load.unknown > 0 and not load.held_up)
        self._writing.tick(passed, load.written, load.writing)
        forecast = self._forecast(load)
        if forecast is None or self._shown is None or self._watched < SETTLED:
            self._shown, self._told = forecast, 0.0
        else:
            self._told += passed
            counted = max(0.0, self._shown - passed)
            calm = max(LEAST_CALM, min(math.sqrt(forecast * counted) / CALM, self._told / NEWS))
            self._shown = counted + (forecast - counted) * (1 - math.exp(-passed / calm))
        return self._shown

    def _forecast(self, load: Load) -> float | None:
        """As well as can be said now. Reading and writing go on side by side, but for what is read last."""
        pictures = load.pictures if self._mixed else load.unknown if self._is_network else 0.0
        if pictures is None:
            return None
        by_network = load.given + pictures
        if by_network > 0 and self.network.seconds is None:
            return None
        own_text = self._text.left(load.unknown) if self._mixed or not self._is_network else 0.0
        reading = max(self.network.left(by_network), own_text)
        each = self._writing.seconds or 0.0
        return max(reading + load.tail * each, self._writing.left(load.unwritten))
