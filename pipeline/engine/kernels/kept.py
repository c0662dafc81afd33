"""Keys and values of one layer as they are kept: as computed, or in 8 bits with a scale for each token and head.

Beside float32's a CPU has those of a small network in half precision: reading them is most of its step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pipeline.reader_options import KvCache

# With one more level below than above, a row and its negative would be rounded otherwise.
LEVELS = 127
"""Steps on each side of zero: as many below as above, so that zero stays zero."""
ZERO = 128
"""The byte that stands for zero: bytes without a sign are widened by our kernels in fewer instructions."""


# Packing takes as long as some 40 steps of a few rows save: the end of an answer stays as it is until there is enough
# of it, and a page whose steps have one row pays for nothing.
RUN = 512
"""Tokens of an answer that are packed together."""
PATIENCE = 24
"""Steps of a few rows before anything is packed."""


@dataclass(frozen=True)
class _Run:
    """Some tokens of every head: keys as rows and values as columns of a matrix, as FBGEMM wants them."""

    length: int
    keys: list[torch.ScriptObject]
    values: list[torch.ScriptObject]


@dataclass
class Halved:
    """One slot's first tokens, of one layer. Rounding to 11 bits changes a key or value by a 4,096th at most.

    Measured on a core, four heads of 2,000 tokens: both products of 4 rows 0.20 ms for float32's 0.51, of 8 0.27 for
    0.53, of 1 as long; of 3,500 tokens, which leave the cache, 0.38 for 0.97.
    """

    length: int = 0
    asked: int = 0
    _runs: list[_Run] = field(default_factory=list)

    def wants(self, length: int) -> bool:
        """Asked at each step of a few rows: whether to pack now, where so many tokens will not change any more."""
        self.asked += 1
        return self.asked > PATIENCE and length - self.length >= RUN

    def add(self, keys: Tensor, values: Tensor) -> None:
        """Pack the tokens behind those that are, [kv heads, n, d]."""
        pack = torch.ops.quantized.linear_prepack_fp16
        self._runs.append(
            _Run(keys.shape[1], [pack(head.contiguous(), None) for head in keys],
                 [pack(head.T.contiguous(), None) for head in values])
        )  # fmt: skip
        self.length += keys.shape[1]

    def scores(self, queries: Tensor) -> list[Tensor]:
        """Of queries [kv heads, n, d] with the keys, run by run: [kv heads, n, run]."""
        return [_products(queries, run.keys) for run in self._runs]

    def mixed(self, weights: Tensor) -> Tensor:
        """The values, weighted by the first columns of `weights` [kv heads, n, any] → [kv heads, n, d]."""
        lengths = [run.length for run in self._runs]
        parts = torch.split(weights[..., : self.length], lengths, -1)
        found = [_products(part, run.values) for part, run in zip(parts, self._runs, strict=True)]
        return found[0] if len(found) == 1 else torch.stack(found).sum(0)


def _products(rows: Tensor, packed: list[torch.ScriptObject]) -> Tensor:
    """[kv heads, n, any] times each head's matrix."""
    multiply = torch.ops.quantized.linear_dynamic_fp16
    return torch.stack([multiply(own.contiguous(), head) for own, head in zip(rows, packed, strict=True)])


@dataclass(frozen=True)
class Kept:
    """`keys` and `values` [blocks, block, kv heads, d]; in 8 bits with `scales` of both [blocks, block, kv heads].

    The scales of a head's tokens lie together in memory: the stride of dimension 1 is one. `halved`: by slot, what a
    step on a CPU has in half precision as well.
    """

    keys: Tensor
    values: Tensor
    scales: tuple[Tensor, Tensor] | None = None
    halved: dict[int, Halved] | None = None


def cache_dtype(kv_cache: KvCache, network: torch.dtype) -> torch.dtype:
    """The number format of keys and values; `auto` is the network's own (16 bits on a GPU, float32 on a CPU)."""
    return {"auto": network, "bf16": torch.bfloat16, "int8": torch.uint8}[kv_cache]


def quantise(x: Tensor) -> tuple[Tensor, Tensor]:
    """Finite [..., d] → bytes [..., d] and float32 scales [...], so that a row's largest magnitude is 127 scales.

    What comes back is half a scale away at most, but for float32's own rounding. A row of zeros has scale zero.
    """
    wide = x.float()
    largest = wide.abs().amax(-1)
    # Where 127 divided by it would be infinite, all is as good as zero.
    inverse = torch.where(largest > 1e-30, LEVELS / largest, 0.0)
    # Halves go up, as in the kernel.
    levels = (wide * inverse[..., None] + 0.5).floor().clamp(-LEVELS, LEVELS)
    return (levels + ZERO).to(torch.uint8), largest / LEVELS


def dequantise(bytes_: Tensor, scales: Tensor) -> Tensor:
    """What `quantise` kept, [..., d] in float32."""
    return (bytes_.float() - ZERO) * scales[..., None]


class Halves:
    """Of all layers and slots. A slot's are made as it is read, and forgotten with its page."""

    def __init__(self, layers: int) -> None:
        self._layers: list[dict[int, Halved]] = [{} for _ in range(layers)]

    def layer(self, layer: int) -> dict[int, Halved]:
        """By slot."""
        return self._layers[layer]

    def forget(self, slot: int) -> None:
        """The slot's page is done."""
        for own in self._layers:
            own.pop(slot, None)

    def move(self, slot: int, to: int) -> None:
        """What is read in one slot goes on in an empty one."""
        for own in self._layers:
            own.pop(to, None)
            if (halved := own.pop(slot, None)) is not None:
                own[to] = halved


def can_halve() -> bool:
    """Whether this build of torch, and this processor, have such products."""
    try:
        torch.ops.quantized.linear_prepack_fp16(torch.zeros(1, 16), None)
    except (RuntimeError, AttributeError):  # without FBGEMM
        return False
    return True
