"""Page views on their way to the device, copied once on the host, or not at all where a device can fetch them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from pipeline.transcript import PageViews, Pixels


@dataclass
class _Buffer:
    """`fetched`: when the device has what was laid out last; None where it had it at once."""

    memory: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    fetched: torch.cuda.Event | None = None


class Staging:
    """Two buffers by turns: a batch is laid out in one while the device may still be fetching the last from the other.

    On CUDA they are pinned, so that the host does not wait while the device fetches. They are made when first used.
    """

    def __init__(self, device: torch.device, size: int) -> None:
        """`size`: bytes of the most views that usually come at once; where more come, a buffer is made anew."""
        self._device, self._size = device, size
        self._pinned = device.type == "cuda"
        self._next, self._other = _Buffer(), _Buffer()
        self._under_way: deque[tuple[torch.cuda.Event, list[Pixels]]] = deque()

    def send(self, pages: Sequence[PageViews]) -> tuple[Tensor, Tensor]:
        """Global views [P, base, base, 3] and all tiles [T, tile, tile, 3], as `Network.encode_pages` takes them.

        They belong to the current stream.
        """
        whole, tiles = [page.global_view for page in pages], [page.local_views for page in pages]
        views = [view for view in (*whole, *tiles) if view.size]
        sent = self._as_they_lie(views) if self._pinned and all(map(_pinned, views)) else self._laid_out(views)
        first = sum(view.size for view in whole)
        return sent[:first].view(-1, *whole[0].shape), sent[first:].view(sum(map(len, tiles)), *tiles[0].shape[1:])

    def _as_they_lie(self, views: list[Pixels]) -> Tensor:
        """The bytes of views in pinned memory (`LandingBuffers`), which stays theirs until the device has them."""
        sent = torch.empty(sum(view.size for view in views), dtype=torch.uint8, device=self._device)
        for part, view in zip(torch.split(sent, [view.size for view in views]), views, strict=True):
            part.copy_(torch.from_numpy(view).view(-1), non_blocking=True)
        while self._under_way and self._under_way[0][0].query():  # type: ignore[no-untyped-call]
            self._under_way.popleft()
        self._under_way.append((_now(), views))
        return sent

    def _laid_out(self, views: list[Pixels]) -> Tensor:
        """The bytes of views that lie anywhere."""
        buffer = self._free(sum(view.size for view in views))
        laid_out, end = buffer.memory.numpy(), 0
        for view in views:
            begin, end = end, end + view.size
            np.copyto(laid_out[begin:end].reshape(view.shape), view)
        # A copy on a CPU, too, where the buffer itself would be handed out else.
        sent = buffer.memory[:end].to(self._device, non_blocking=self._pinned, copy=True)
        if self._pinned:
            buffer.fetched = _now()
        return sent

    def _free(self, size: int) -> _Buffer:
        """The buffer whose turn it is, when the device no longer reads it, with room for so many bytes."""
        buffer, self._next, self._other = self._next, self._other, self._next
        if buffer.fetched is not None:
            buffer.fetched.synchronize()
        if len(buffer.memory) < size:
            self._size = max(self._size, size)
            buffer.memory = torch.empty(self._size, dtype=torch.uint8, pin_memory=self._pinned)
        return buffer


def _pinned(view: Pixels) -> bool:
    return view.flags.c_contiguous and view.flags.writeable and torch.from_numpy(view).is_pinned()


def _now() -> torch.cuda.Event:
    """When the device will have done what the current stream has for it."""
    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
    event.record()
    return event
