"""Triton kernels that put new keys and values into the cache, as they are or in 8 bits."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.kept import Kept


@triton.jit
def _store(keys, values, key_cache, value_cache, places, key_row, value_row, width: tl.constexpr, padded: tl.constexpr):
    row = tl.program_id(0)
    to = tl.load(places + row).to(tl.int64) * width
    inside = tl.arange(0, padded)
    real = inside < width
    key = tl.load(keys + row * key_row + inside, mask=real)
    value = tl.load(values + row * value_row + inside, mask=real)
    tl.store(key_cache + to + inside, key.to(key_cache.dtype.element_ty), mask=real)
    tl.store(value_cache + to + inside, value.to(value_cache.dtype.element_ty), mask=real)


@triton.jit
def _store_bytes(
    keys, values, key_cache, value_cache, key_scales, value_scales, places,
    key_row, value_row, block, scale_block, scale_head,
    heads: tl.constexpr, padded_heads: tl.constexpr, width: tl.constexpr, padded: tl.constexpr,
):  # fmt: skip
    """One program: all heads of one token, either their keys or their values."""
    row = tl.program_id(0)
    if tl.program_id(1) == 0:
        _quantise(
            keys + row * key_row, key_cache, key_scales, tl.load(places + row), block, scale_block, scale_head,
            heads, padded_heads, width, padded,
        )  # fmt: skip
    else:
        _quantise(
            values + row * value_row, value_cache, value_scales, tl.load(places + row), block, scale_block, scale_head,
            heads, padded_heads, width, padded,
        )  # fmt: skip


@triton.jit
def _quantise(
    x, cache, scales, place, block, scale_block, scale_head,
    heads: tl.constexpr, padded_heads: tl.constexpr, width: tl.constexpr, padded: tl.constexpr,
):  # fmt: skip
    head, inside = tl.arange(0, padded_heads), tl.arange(0, padded)
    own = head < heads
    real = own[:, None] & (inside < width)[None, :]
    within = head[:, None] * width + inside[None, :]
    wide = tl.load(x + within, mask=real, other=0.0).to(tl.float32)
    largest = tl.max(tl.abs(wide), 1)
    # Padding divides by one: it has no largest.
    inverse = tl.where(largest > 1e-30, 127.0 / tl.where(largest > 1e-30, largest, 1.0), 0.0)
    levels = tl.floor(wide * inverse[:, None] + 0.5)
    levels = tl.minimum(tl.maximum(levels, -127.0), 127.0) + 128.0
    to = place.to(tl.int64) * (heads * width)
    tl.store(cache + to + within, levels.to(tl.uint8), mask=real)
    at = (place // block).to(tl.int64) * scale_block + head * scale_head + place % block
    tl.store(scales + at, largest / 127.0, mask=own)


def store(keys: Tensor, values: Tensor, kept: Kept, places: Tensor) -> None:
    """Rows [n, kv heads, d] go to the flat `places` [n] of the cache, whose blocks are contiguous."""
    rows, heads, head_dim = keys.shape
    width = heads * head_dim
    if kept.scales is None:
        _store[(rows,)](
            keys, values, kept.keys, kept.values, places, keys.stride(0), values.stride(0),
            width=width, padded=triton.next_power_of_2(width), num_warps=4,
        )  # fmt: skip
        return
    scales = kept.scales[0]
    _store_bytes[(rows, 2)](
        keys, values, kept.keys, kept.values, *kept.scales, places,
        keys.stride(0), values.stride(0), kept.keys.shape[1], scales.stride(0), scales.stride(2),
        heads=heads, padded_heads=triton.next_power_of_2(heads), width=head_dim,
        padded=triton.next_power_of_2(head_dim), num_warps=4,
    )  # fmt: skip
