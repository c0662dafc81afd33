"""Page views on their way to the device, copied once on the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from pipeline.transcript import PageViews


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

    def send(self, pages: Sequence[PageViews]) -> tuple[Tensor, Tensor]:
        """Global views [P, base, base, 3] and all tiles [T, tile, tile, 3], as `Network.encode_pages` takes them.

        They belong to the current stream.
        """
        whole, tiles = [page.global_view for page in pages], [page.local_views for page in pages]
        views = (*whole, *tiles)
        buffer = self._free(sum(view.size for view in views))
        laid_out, end = buffer.memory.numpy(), 0
        for view in views:
            begin, end = end, end + view.size
            np.copyto(laid_out[begin:end].reshape(view.shape), view)
        # A copy on a CPU, too, where the buffer itself would be handed out else.
        sent = buffer.memory[:end].to(self._device, non_blocking=self._pinned, copy=True)
        if self._pinned:
            buffer.fetched = torch.cuda.Event()  # type: ignore[no-untyped-call]
            buffer.fetched.record()
        first = sum(view.size for view in whole)
        return sent[:first].view(-1, *whole[0].shape), sent[first:].view(sum(map(len, tiles)), *tiles[0].shape[1:])

    def _free(self, size: int) -> _Buffer:
        """The buffer whose turn it is, when the device no longer reads it, with room for so many bytes."""
        buffer, self._next, self._other = self._next, self._other, self._next
        if buffer.fetched is not None:
            buffer.fetched.synchronize()
        if len(buffer.memory) < size:
            self._size = max(self._size, size)
            buffer.memory = torch.empty(self._size, dtype=torch.uint8, pin_memory=self._pinned)
        return buffer
