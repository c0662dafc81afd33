"""Work in pieces on the cores that a small network's steps leave alone; whoever waits for it helps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from pipeline.engine.compute.units import one_thread

Piece = Callable[[], Tensor]


class Pieces:
    """Threads take one piece after the other, each on one core, so that nothing waits within a piece."""

    def __init__(self, pieces: Sequence[Piece], pool: ThreadPoolExecutor, workers: int) -> None:
        self._left = deque(enumerate(pieces))  # `popleft` is safe between threads
        self._found: dict[int, Tensor] = {}
        self._workers = [pool.submit(self._work) for _ in range(workers)]

    def done(self) -> bool:
        """Whether the result can be had without waiting."""
        return all(worker.done() for worker in self._workers)

    def result(self) -> list[Tensor]:
        """What the pieces gave, in their order; raises what a piece has raised."""
        self._work()
        for worker in self._workers:
            worker.result()
        return [self._found[place] for place in range(len(self._found))]

    @torch.inference_mode()
    def _work(self) -> None:
        with one_thread():
            while self._left:
                try:
                    place, piece = self._left.popleft()
                except IndexError:  # another thread was faster
                    return
                self._found[place] = piece()


class BesideSteps:
    """Threads for pieces of work, one for each core but that of the steps."""

    def __init__(self, cores: int) -> None:
        self._workers = max(1, cores - 1)
        self._pool = ThreadPoolExecutor(self._workers, "beside-steps")

    def begin(self, pieces: Sequence[Piece]) -> Pieces:
        """Begin them behind those that were begun before."""
        return Pieces(pieces, self._pool, self._workers)
