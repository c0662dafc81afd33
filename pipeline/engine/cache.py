"""Keys and values of all slots: one flat tensor each, of fixed shape, so that a step can be captured and replayed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.model.attention import attend
from pipeline.model.config import DecoderConfig


class SlotCache:
    """`slots` sequences of up to `length` tokens. Places that were not written yet are finite and never looked at."""

    def __init__(
        self, config: DecoderConfig, slots: int, length: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        shape = (config.layers, slots, length, config.kv_heads, config.head_dim)
        # Zeros, not empty memory: a masked NaN would still spoil the sum it is left out of.
        self.keys = torch.zeros(shape, device=device, dtype=dtype)
        self.values = torch.zeros(shape, device=device, dtype=dtype)


@dataclass(frozen=True)
class PromptContext:
    """One prompt [1, T] at the beginning of a slot: plain causal attention, and its keys and values are kept."""

    cache: SlotCache
    slot: int

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        self.cache.keys[layer, self.slot, : keys.shape[1]] = keys[0]
        self.cache.values[layer, self.slot, : values.shape[1]] = values[0]
        return attend(queries, keys, values, causal=True)


@dataclass(frozen=True)
class StepContext:
    """One new token [S, 1] for each of the first S slots, at its own position [S]; it sees its slot up to there.

    `span` is above every position: keys further on are not read at all.
    """

    cache: SlotCache
    positions: Tensor
    span: int

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        slots = torch.arange(queries.shape[0], device=queries.device)
        self.cache.keys[layer, slots, self.positions] = keys[:, 0]
        self.cache.values[layer, slots, self.positions] = values[:, 0]
        count = queries.shape[0]
        seen = torch.arange(self.span, device=queries.device) <= self.positions[:, None]  # [S, span]
        return attend(
            queries,
            self.cache.keys[layer, :count, : self.span],
            self.cache.values[layer, :count, : self.span],
            mask=seen[:, None, None],
        )
