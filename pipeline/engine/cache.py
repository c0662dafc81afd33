"""Keys and values of all slots in blocks of fixed size, and what the tokens of a prompt or of a step attend to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.engine.backends import DecodeAttention, kernels
from pipeline.model.attention import attend
from pipeline.model.config import DecoderConfig


class BlockCache:
    """`blocks` blocks of `block` tokens. Places that were not written yet are finite and never looked at."""

    def __init__(
        self, config: DecoderConfig, blocks: int, block: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        # On a CPU a head's keys lie together: reading them is what a step waits for, and takes half the time so.
        self._by_head = device.type == "cpu"
        inner = (config.kv_heads, block) if self._by_head else (block, config.kv_heads)
        # Zeros, not empty memory: a masked NaN would still spoil the sum it is left out of.
        shape = (config.layers, blocks, *inner, config.head_dim)
        keys, values = (torch.zeros(shape, device=device, dtype=dtype) for _ in range(2))
        self.keys, self.values = (part.transpose(2, 3) if self._by_head else part for part in (keys, values))

    def store(self, layer: int, keys: Tensor, values: Tensor, places: Tensor) -> None:
        """Keep keys and values [n, kv heads, d] at flat places [n]."""
        kept_keys, kept_values = self.keys[layer], self.values[layer]
        fused = None if self._by_head else kernels(keys)
        if fused:
            fused.store(keys, values, kept_keys.flatten(0, 1), kept_values.flatten(0, 1), places)
        else:
            block, place = places // kept_keys.shape[1], places % kept_keys.shape[1]
            kept_keys[block, place], kept_values[block, place] = keys, values


def token_bytes(config: DecoderConfig, dtype: torch.dtype) -> int:
    """What one token takes in the cache, bytes."""
    return 2 * config.layers * config.kv_heads * config.head_dim * dtype.itemsize


@dataclass(frozen=True)
class PromptContext:
    """Prompts of `lengths` tokens in one row [1, sum]: each is causal in itself, and its keys and values are kept."""

    cache: BlockCache
    places: Tensor  # flat, [sum]
    lengths: list[int]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        self.cache.store(layer, keys[0], values[0], self.places)
        # A kernel each: some 30 µs a prompt and layer, less than what padding or a mask would cost.
        parts = zip(*(torch.split(x, self.lengths, dim=1) for x in (queries, keys, values)), strict=True)
        return torch.cat([attend(*part, causal=True) for part in parts], dim=1)


@dataclass(frozen=True)
class StepContext:
    """One new token [S, 1] for each of the first S slots; it sees `lengths` [S] tokens of its slot, itself the last."""

    cache: BlockCache
    places: Tensor  # flat, [S]
    table: Tensor  # int32 [S, blocks of a slot]
    lengths: Tensor  # int32
    kernel: DecodeAttention

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        self.cache.store(layer, keys[:, 0], values[:, 0], self.places)
        cached = self.cache.keys[layer], self.cache.values[layer]
        return self.kernel(queries[:, 0], *cached, self.table, self.lengths)[:, None]
