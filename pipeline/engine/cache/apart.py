"""A step on a CPU whose slots have one block each: what its tokens attend to, in as few calls as that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from pipeline.engine.cache.cache import BlockCache
from pipeline.engine.compute.slot_by_slot import attend_own, by_head


class Span(NamedTuple):
    """The `rows` of one slot in a step, in order. Their tokens lie from place `at` on in its `block`, and the first row
    sees the first `seen` places, each further one more."""

    rows: int
    block: int
    at: int
    seen: int


@dataclass(frozen=True)
class SlotsApart:
    """An `AttentionContext` for one new token of each row [T, 1]: those of `spans`, and behind them rows of no slot.

    It knows on the host what `StepContext` has in tensors; a call costs a small network as much as what it computes.
    """

    cache: BlockCache
    spans: list[Span]

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        queries, keys, values = queries[:, 0], keys[:, 0], values[:, 0]
        scaled, first, found = by_head(queries, keys.shape[1]), 0, []
        for rows, block, at, seen in self.spans:
            own, total = slice(first, first + rows), seen + rows - 1
            kept = self.cache.whole(layer, block)
            for part, new in zip(kept, (keys, values), strict=True):
                part[:, at : at + rows] = new[own].transpose(0, 1)
            found.append(attend_own(scaled[own], *(part[:, :total].to(scaled.dtype) for part in kept)))
            first += rows
        mixed = found[0] if len(found) == 1 else torch.cat(found)
        return F.pad(mixed, (0, 0, 0, 0, 0, len(queries) - first))[:, None] if first < len(queries) else mixed[:, None]


def spans_of(alive: Iterable[bool], newest: Iterable[int], blocks: Iterable[int], rows: Iterable[int]) -> list[Span]:
    """Of slots whose `newest` tokens stand at those positions; a frozen one writes there again and need see no more."""
    return [
        Span(count, block, at, at + 1 if is_alive else 1)
        for is_alive, at, block, count in zip(alive, newest, blocks, rows, strict=True)
    ]
