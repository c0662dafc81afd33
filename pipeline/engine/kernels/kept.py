"""Keys and values of one layer as they are kept: as computed, or in 8 bits with a scale for each token and head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.reader_options import KvCache

# With one more level below than above, a row and its negative would be rounded otherwise.
LEVELS = 127
"""Steps on each side of zero: as many below as above, so that zero stays zero."""
ZERO = 128
"""The byte that stands for zero: bytes without a sign are widened by our kernels in fewer instructions."""


@dataclass(frozen=True)
class Kept:
    """`keys` and `values` [blocks, block, kv heads, d]; in 8 bits with `scales` of both [blocks, block, kv heads].

    The scales of a head's tokens lie together in memory: the stride of dimension 1 is one.
    """

    keys: Tensor
    values: Tensor
    scales: tuple[Tensor, Tensor] | None = None


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
