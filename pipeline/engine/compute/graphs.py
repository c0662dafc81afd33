"""A step of fixed shape as a CUDA graph: hundreds of launches become one."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, cast

import torch

if TYPE_CHECKING:
    from torch.cuda import _POOL_HANDLE


class Scratch:
    """Memory for what comes one after the other on one stream of CUDA, in plain runs and in graphs: none of them keeps
    anything in it. A graph's own memory is else nobody's between its replays."""

    def __init__(self, stream: torch.cuda.Stream) -> None:
        self.stream = stream
        self._pool = torch.cuda.MemPool()
        self.handle = cast("_POOL_HANDLE", self._pool.id)

    def plain(self) -> AbstractContextManager[None]:
        """What is allocated by this thread meanwhile comes from here."""
        return torch.cuda.use_mem_pool(self._pool)


class StepGraphs:
    """Runs `step(*shape)` for a few shapes. On CUDA the first run of a shape is plain, the later ones are replayed.

    A step must read what changes from tensors that stay where they are, and must never wait for the device.
    """

    def __init__(self, step: Callable[..., None], enabled: bool, scratch: Scratch | None = None) -> None:
        """Graphs have memory of their own between them, or `scratch`, on whose stream they are then run."""
        self._step, self._enabled, self._scratch = step, enabled, scratch
        self.priority = 0
        """Of the captured kernels beside those of other streams: lower numbers run first."""
        self._stream = scratch.stream if scratch else None
        self._graphs: dict[tuple[int, ...], torch.cuda.CUDAGraph | None] = {}

    @property
    def captured(self) -> int:
        """Shapes that are replayed by now."""
        return sum(graph is not None for graph in self._graphs.values())

    def run(self, *shape: int) -> None:
        """One step of this shape: slots, and rows for guesses where it guesses."""
        if not self._enabled:
            self._step(*shape)
        elif shape not in self._graphs:
            # The plain run compiles kernels and lets libraries allocate, which a capture must not.
            with self.plain():
                self._step(*shape)
            self._graphs[shape] = None
        else:
            graph = self._graphs[shape] or self._capture(shape)
            graph.replay()

    def plain(self) -> AbstractContextManager[None]:
        """For plain runs: what is allocated meanwhile comes from `scratch`, if the graphs have it."""
        return self._scratch.plain() if self._scratch else nullcontext()

    def forget(self) -> None:
        """Let go of all graphs at once: one that is collected while another is captured spoils it."""
        if self._graphs:
            torch.cuda.synchronize()
            self._graphs.clear()

    def _capture(self, shape: tuple[int, ...]) -> torch.cuda.CUDAGraph:
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        captured = [one for one in self._graphs.values() if one is not None]
        # One for all captures, as libraries keep a workspace for each.
        self._stream = self._stream or torch.cuda.Stream(priority=self.priority)  # type: ignore[no-untyped-call]
        # Graphs never run at the same time, so they may share their scratch memory. Other threads may pin memory
        # meanwhile, which a capture of all threads would forbid.
        pool = self._scratch.handle if self._scratch else captured[0].pool() if captured else None
        with torch.cuda.graph(graph, pool=pool, stream=self._stream, capture_error_mode="thread_local"):
            self._step(*shape)
        self._graphs[shape] = graph
        return graph


def step_sizes(slots: int, coarse: bool = False) -> list[int]:
    """Counts of slots that steps are run for, ascending: powers of two up to 64, multiples of 64, and all.

    `coarse`: powers of two alone, and all, where there are several graphs for each.
    """
    if coarse:
        return [1 << power for power in range(slots.bit_length()) if 1 << power < slots] + [slots]
    # Each size is a graph of its own, which takes memory and part of a second to capture: few sizes, and the finer the
    # fewer slots are in use, which is the tail of a batch.
    doubling = [1 << power for power in range(7)]
    return [size for size in (*doubling, *range(128, slots, 64)) if size < slots] + [slots]


# Ten of them for each number of slots meant up to 120 graphs, and a run of 29 s was spent on capturing (README,
# "Tried"). Fewer, and steps carry more empty rows: up to twice what was wanted.
SHARES = (0, 1 / 8, 1, 3, 7, 15)
"""Rows for guesses, as multiples of the slots, that there are graphs for. Each takes a third of a second to capture."""
# A guess of a full batch costs 2.6 µs whether its row is used or not: at 9.7 guesses a slot of 384, rows for 15 made a
# step of 24 ms one of 29 (H200).
FINE_SHARES = (0, 1 / 8, 1, 2, 3.5, 5, 7, 9, 11, 13, 15)
"""The same where all slots are in use, as they are most of the time."""


def spare_rows(slots: int, demand: int, most: int, *, full: bool = False) -> int:
    """Rows for `demand` guesses of so many slots, at most `most` for each: the least that there is a graph for.

    `full`: these are all slots.
    """
    wanted = min(demand, most * slots)
    shares = FINE_SHARES if full else SHARES
    return next(rows for share in shares if (rows := math.ceil(share * slots)) >= wanted)
