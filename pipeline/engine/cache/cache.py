"""Keys and values of all slots in blocks of fixed size, and what the tokens of a prompt or of a step attend to."""

from __future__ import annotations

import math
import mmap
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.cache.ring import Ring
from pipeline.engine.compute.backends import Backend, attend_seen, kernels
from pipeline.engine.compute.rows import Rows
from pipeline.engine.kernels.kept import Kept, quantise
from pipeline.model.attention import attend
from pipeline.model.config import DecoderConfig


class BlockCache:
    """`blocks` blocks of `block` tokens. Places that were not written yet are finite and never looked at.

    In bytes (`torch.uint8`) they have a scale for each token and head, which is kept beside them.
    """

    def __init__(
        self,
        config: DecoderConfig,
        blocks: int,
        block: int,
        device: torch.device,
        dtype: torch.dtype,
        sparing: bool = False,
    ) -> None:
        """`sparing`: on a CPU, no more memory is taken than was written, though reading it is slower."""
        self.block = block
        self._by_head = device.type == "cpu"
        # On a CPU a head's keys lie together: reading them is what a step waits for, and takes half the time so. On a
        # GPU a token's heads do, as flash-attn's paged kernel wants them: a token is stored as one row.
        inner = (config.kv_heads, block) if self._by_head else (block, config.kv_heads)
        # Zeros, not empty memory: a masked NaN would still spoil the sum it is left out of.
        shape = (config.layers, blocks, *inner, config.head_dim)
        keys, values = (_zeros(shape, device, dtype, sparing) for _ in range(2))
        self.parts = keys, values
        """As they lie in memory: [layers, blocks, …], on a CPU heads before places."""
        self._whole: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}  # by layer and block
        self.keys, self.values = (part.transpose(2, 3) if self._by_head else part for part in (keys, values))
        scales = torch.zeros(2, config.layers, blocks, config.kv_heads, block, device=device).transpose(3, 4)
        self._scales = scales if dtype is torch.uint8 else None
        self._at: tuple[Tensor, tuple[Tensor, Tensor]] | None = None

    def layer(self, layer: int) -> Kept:
        """What is kept of one layer."""
        scales = None if self._scales is None else (self._scales[0, layer], self._scales[1, layer])
        return Kept(self.keys[layer], self.values[layer], scales)

    @property
    def has_whole(self) -> bool:
        """Whether `whole` is there to be had: a head's tokens lie together, as they were computed."""
        return self._by_head and self._scales is None

    def whole(self, layer: int, block: int) -> tuple[Tensor, Tensor]:
        """A block's keys and values, [kv heads, block, d] each, where heads lie apart."""
        if (layer, block) not in self._whole:
            keys, values = self.parts
            self._whole[layer, block] = keys[layer, block], values[layer, block]
        return self._whole[layer, block]

    def store(self, layer: int, keys: Tensor, values: Tensor, places: Tensor) -> None:
        """Keep keys and values [n, kv heads, d] at flat places [n]."""
        kept = self.layer(layer)
        fused = None if self._by_head else kernels(keys)
        if fused:
            fused.store(keys, values, kept, places)
            return
        at = self._block_and_row(places)
        if kept.scales is None:
            kept.keys[at], kept.values[at] = keys.to(kept.keys.dtype), values.to(kept.values.dtype)
        else:
            (kept.keys[at], kept.scales[0][at]), (kept.values[at], kept.scales[1][at]) = (
                quantise(keys),
                quantise(values),
            )

    def _block_and_row(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """All layers of a step ask for the same."""
        if self._at is None or self._at[0] is not places:
            self._at = places, (places // self.block, places % self.block)
        return self._at[1]


def _zeros(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype, sparing: bool) -> Tensor:
    """On a CPU memory is taken only where something is written: answers seldom grow as long as there is room for."""
    if device.type != "cpu":
        return torch.zeros(shape, device=device, dtype=dtype)
    size = math.prod(shape) * dtype.itemsize
    own = _small_pages(size) if sparing else None
    # torch would write the zeros.
    flat = torch.from_numpy(np.zeros(size, np.uint8)) if own is None else torch.frombuffer(own, dtype=torch.uint8)
    return flat.view(dtype).view(shape)


# NumPy asks Linux for pages of 2 MB, which is what one head's keys take in a slot of the full model: its first token
# would take all of it. nano's steps of four slots take a quarter longer with small pages (14.4 ms for 11.7, one core).
def _small_pages(size: int) -> mmap.mmap | None:
    """Zeros that take memory by 4 KB; None where the system has no say in it."""
    if not hasattr(mmap, "MADV_NOHUGEPAGE"):
        return None
    zeros = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel without large pages
        zeros.madvise(mmap.MADV_NOHUGEPAGE)
    return zeros


def token_bytes(config: DecoderConfig, dtype: torch.dtype) -> int:
    """What one token takes in a cache of this format, bytes."""
    row = config.head_dim * dtype.itemsize + (torch.float32.itemsize if dtype is torch.uint8 else 0)
    return 2 * config.layers * config.kv_heads * row


@dataclass(frozen=True)
class PromptContext:
    """Prompts of `lengths` tokens in one row [1, sum]: each is causal in itself, and its keys and values are kept."""

    cache: BlockCache
    places: Tensor  # flat, [sum]
    lengths: list[int]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        self.cache.store(layer, keys[0], values[0], self.places)
        parts = zip(*(self._of_one_length(x) for x in (queries, keys, values)), strict=True)
        found = [attend(*part, causal=True).flatten(0, 1) for part in parts]
        return (found[0] if len(found) == 1 else torch.cat(found))[None]  # torch copies one part, too

    def _of_one_length(self, x: Tensor) -> list[Tensor]:
        """[1, sum, heads, d] → prompts that stand together and are equally long, [n, length, heads, d] each.

        Pages of one document mostly are: one kernel for all of them, where one for each fills a part of the device.
        """
        runs = [(length, sum(1 for _ in run)) for length, run in groupby(self.lengths)]
        parts = torch.split(x[0], [length * count for length, count in runs])
        return [part.view(-1, length, *part.shape[1:]) for part, (length, _) in zip(parts, runs, strict=True)]


@dataclass(frozen=True)
class StepContext:
    """One new token [S, 1] for each of the first S slots; it sees `lengths` [S] tokens of its slot, itself the last.

    With `rows`, their tokens [T, 1] instead: a slot's first one sees so many tokens. With `seen` [T, span], each sees
    those of the first `span` places of its slot; with a `ring`, its window behind the slots' `prompts` [S].
    """

    cache: BlockCache
    places: Tensor  # flat, [T]
    table: Tensor  # int32 [S, blocks of a slot]
    lengths: Tensor  # int32
    backend: Backend
    rows: Rows | None = None
    seen: Tensor | None = None
    prompts: Tensor | None = None
    ring: Ring | None = None

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        self.cache.store(layer, keys[:, 0], values[:, 0], self.places)
        kept = self.cache.layer(layer)
        if self.seen is not None:
            assert self.rows is not None
            return attend_seen(queries[:, 0], kept, self.table, self.rows, self.seen)[:, None]
        if self.ring is not None:
            assert self.rows is not None and self.prompts is not None and self.backend.attend_ring is not None
            of_ring = self.rows, self.prompts, (self.ring.window, self.ring.size)
            return self.backend.attend_ring(queries[:, 0], kept, self.table, self.lengths, *of_ring)[:, None]
        if self.rows is None:
            return self.backend.attend(queries[:, 0], kept, self.table, self.lengths)[:, None]
        return self.backend.rows(queries[:, 0], kept, self.table, self.lengths, self.rows)[:, None]
