"""A step of fixed shape as a CUDA graph: hundreds of launches become one."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pipeline.engine.partition import Partition
from pipeline.engine.units import units_left


class StepGraphs:
    """Runs `step(count)` for a few counts. On CUDA the first run of a count is plain, the later ones are replayed.

    A step must read what changes from tensors that stay where they are, and must never wait for the device.
    """

    def __init__(self, step: Callable[[int], None], enabled: bool) -> None:
        self._step, self._enabled = step, enabled
        self.priority = 0
        """Of the captured kernels among all streams'; lower numbers go first."""
        self.parts: Partition | None = None
        self._stream: torch.cuda.Stream | None = None
        self._graphs: dict[tuple[int, bool], torch.cuda.CUDAGraph | None] = {}

    def use(self, parts: Partition | None) -> None:
        """From now on runs `beside` an encoding stay on their own part of the device, if there are parts."""
        self.parts = parts
        self._graphs = {(count, beside): graph for (count, beside), graph in self._graphs.items() if not beside}

    def run(self, count: int, beside: bool = False) -> None:
        """One step of the first `count` slots."""
        parts = self.parts if beside else None
        key = count, parts is not None
        if not self._enabled:
            self._step(count)
        elif key not in self._graphs:
            # The plain run compiles kernels and lets libraries load and allocate, which a capture must not.
            with units_left(parts.encoding_units if parts else 0):
                self._step(count)
            self._graphs[key] = None
        else:
            graph = self._graphs[key] or self._capture(count, parts)
            graph.replay()

    def _capture(self, count: int, parts: Partition | None) -> torch.cuda.CUDAGraph:
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        captured = [one for one in self._graphs.values() if one is not None]
        # One for all captures, as libraries keep a workspace for each.
        self._stream = self._stream or torch.cuda.Stream(priority=self.priority)  # type: ignore[no-untyped-call]
        # A graph's kernels run where the stream that it was captured from does, and products ask how much that is.
        stream, away = (parts.steps, parts.encoding_units) if parts else (self._stream, 0)
        # Graphs never run at the same time, so they may share their scratch memory.
        pool = captured[0].pool() if captured else None
        with units_left(away), torch.cuda.graph(graph, pool=pool, stream=stream):
            self._step(count)
        self._graphs[count, parts is not None] = graph
        return graph


def step_sizes(slots: int) -> list[int]:
    """Counts of slots that steps are run for, ascending: powers of two up to 64, multiples of 64, and all."""
    doubling = [1 << power for power in range(7)]
    return [size for size in (*doubling, *range(128, slots, 64)) if size < slots] + [slots]
