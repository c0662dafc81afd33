"""What a run tells while it learns: means of the losses, and the costliest kernels."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from contextlib import ExitStack

import torch
from torch import Tensor


class Profiler:
    """Ten steps under the profiler, once everything is compiled: the costliest kernels, and where the host waits."""

    FIRST, LAST = 150, 160

    def __init__(self, wanted: bool) -> None:
        self._profile = torch.profiler.profile() if wanted else None
        self._stack = ExitStack()
        self._waits: list[warnings.WarningMessage] = []

    def step(self, number: int) -> None:
        """To be called after each step, with the number of steps done."""
        if self._profile is None:
            return
        if number == self.FIRST:
            caught = self._stack.enter_context(warnings.catch_warnings(record=True))
            warnings.simplefilter("always")
            self._waits = caught or []
            if torch.cuda.is_available():
                torch.cuda.set_sync_debug_mode("warn")
                self._stack.callback(torch.cuda.set_sync_debug_mode, "default")
            self._profile.start()
        elif number == self.LAST:
            self._profile.stop()
            self._stack.close()
            for (file, line), count in Counter((w.filename, w.lineno) for w in self._waits).most_common(12):
                print(f"waits {count} times: {file}:{line}")
            print(self._profile.key_averages().table(sort_by="self_device_time_total", row_limit=30), flush=True)


class Meter:
    """Means between two lines of the log; values stay on the device until then."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.pages = self.steps = 0
        self.waited, self.since = 0.0, time.monotonic()

    def add(self, values: dict[str, Tensor], pages: int, waited: float) -> None:
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value.detach()
        self.pages, self.steps, self.waited = self.pages + pages, self.steps + 1, self.waited + waited

    def flush(self) -> dict[str, float]:
        seconds = time.monotonic() - self.since
        line = {name: float(value) / self.steps for name, value in self.sums.items()}
        line |= {"pages_s": self.pages / seconds, "waiting": self.waited / seconds}
        self.__init__()  # type: ignore[misc]
        return line
