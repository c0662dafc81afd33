"""The learning rate over time: it rises by steps and falls by minutes, in one run or over several."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

LEAST = 0.02  # of the peak: what the last steps of a run still have


@dataclass
class Schedule:
    """How far a schedule is, of which a run of the training is all or a part.

    `plan` is a file with two numbers: when the present run ends, in seconds since 1970, and how many minutes later runs
    of the same schedule will have. It is read at each look and may change. Without it a run has `minutes` and is all.
    """

    peak: float
    warmup: int  # steps
    cooldown: float  # share of the time in which the rate falls
    minutes: float
    plan: Path | None = None
    steps: int = 0  # so far
    spent: float = 0.0  # minutes of earlier runs
    _start: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> float:
        """Minutes so far, those of earlier runs counted in."""
        return self.spent + (time.monotonic() - self._start) / 60

    def look(self) -> tuple[float, bool]:
        """The share of the schedule that is over, and whether this run is."""
        if self.plan is None:
            return self.now / self.minutes, self.now >= self.minutes
        end, later = (float(number) for number in self.plan.read_text().split())
        left = (end - time.time()) / 60
        now = self.now
        return now / (now + max(left, 0) + later), left <= 0

    def rate(self, over: float) -> float:
        """For the next step, when that share of the schedule is over."""
        return self.peak * min((self.steps + 1) / self.warmup, 1.0, max((1 - over) / self.cooldown, LEAST))
