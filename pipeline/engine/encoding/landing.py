"""Memory in which page views land when they come from other processes: pinned, so that a device fetches them there."""

from __future__ import annotations

import weakref
from collections import defaultdict, deque
from threading import Lock

import torch
from torch import Tensor

from pipeline.processes.wire import anywhere

_SMALL = 1 << 18
"""Bytes below which an array is not worth a buffer: views have 1.7 million and more."""


class LandingBuffers:
    """A `Landing` of buffers that are used again once nobody holds the array that came in them. For any thread.

    There is one size for each number of tiles, so a buffer of just that size is soon wanted again. Pinning takes
    milliseconds, so what was pinned stays so.
    """

    def __init__(self, most: int, pinned: bool = True) -> None:
        """Up to `most` bytes; what comes beyond lies anywhere."""
        self._left, self._pinned = most, pinned
        self._free = defaultdict[int, deque[Tensor]](deque)
        self._making = Lock()

    def __call__(self, size: int) -> memoryview:
        """Memory of so many bytes."""
        buffer = self._buffer(size) if size >= _SMALL else None
        if buffer is None:
            return anywhere(size)
        array = buffer.numpy()
        # Appending to a deque needs no lock: this is called wherever the last array is let go of.
        weakref.finalize(array, self._free[size].append, buffer).atexit = False
        return array.data

    def _buffer(self, size: int) -> Tensor | None:
        """One that is free, or a new one; None where there are enough."""
        try:
            return self._free[size].pop()
        except IndexError:
            pass
        with self._making:
            if self._left < size:
                return None
            self._left -= size
        return torch.empty(size, dtype=torch.uint8, pin_memory=self._pinned)
