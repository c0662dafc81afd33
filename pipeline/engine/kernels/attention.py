"""Attention of one new token per slot over paged keys and values, in Triton: reads each key and value once.

Keys and values may be 8-bit integers with a scale for each token and head: a key's scale multiplies its score, a
value's its weight, so that nothing is multiplied element by element.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.kept import Kept

# Measured on an H100, one layer of 384 slots (README, "Tried"): 16 bits 1.32 ms, 1.42 to 1.45 by five other shapes; 8
# bits 0.78, up to 0.92 by others. Another device may want others; a wrong choice costs time alone.
SHAPES = {False: (32, 3, 4), True: (64, 3, 4)}
"""Keys that a program holds at a time, turns that are under way, and warps; by whether keys and values have 8 bits."""
# Parts of a slot's keys. More are joined by a kernel that holds all of them at once; 32 of a page's 2,600 tokens are
# some 80 keys each, hardly more than a tile.
MAX_SPLITS = 32


@triton.jit
def _widen(x, quantised: tl.constexpr):
    """To float32. Bytes that stand for themselves less 128 become the low bits of 2²³: the device converts slowly."""
    if quantised:  # noqa: SIM108  a kernel has no conditional expression of constants
        wide = (x.to(tl.uint32) | 0x4B000000).to(tl.float32, bitcast=True) - 8388736.0
    else:
        wide = x.to(tl.float32)
    return wide


@triton.jit
def _attend_part(
    queries, keys, values, key_scales, value_scales, table, lengths, out, parts, stats,
    scale, query_slot, query_head, key_block, key_token, key_head, scale_block, scale_head, table_slot, heads,
    group: tl.constexpr, width: tl.constexpr, padded: tl.constexpr, block: tl.constexpr, tile: tl.constexpr,
    splits: tl.constexpr, stages: tl.constexpr, quantised: tl.constexpr,
):  # fmt: skip
    """One program: one slot, one head, one of `splits` equal parts of the slot's keys (flash decoding)."""
    slot, head, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    length = tl.load(lengths + slot)
    share = tl.cdiv(tl.cdiv(length, tile), splits) * tile
    first = split * share
    last = tl.minimum(length, first + share)
    inside = tl.arange(0, padded)
    real = inside < width
    # Powers of two are the hardware's own: log2(e) goes into the scale.
    query = tl.load(queries + slot * query_slot + head * query_head + inside, mask=real, other=0.0).to(tl.float32)
    query = query * (scale * 1.4426950408889634)
    rows = tl.arange(0, tile)
    # Every row of the tile keeps its own running softmax, so that nothing is summed across warps before the end.
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, padded], tl.float32)
    for start in tl.range(first, last, tile, num_stages=stages):
        page = tl.load(table + slot * table_slot + start // block).to(tl.int64)
        seen = start + rows < last
        places = page * key_block + (start % block + rows)[:, None] * key_token + (head // group) * key_head
        mask = seen[:, None] & real[None, :]
        key = _widen(tl.load(keys + places + inside[None, :], mask=mask, other=0), quantised)
        value = _widen(tl.load(values + places + inside[None, :], mask=mask, other=0), quantised)
        score = tl.sum(key * query[None, :], 1)
        scales = page * scale_block + (head // group) * scale_head + start % block + rows
        if quantised:
            score *= tl.load(key_scales + scales, mask=seen, other=0.0)
        score = tl.where(seen, score, -1e30)
        above = tl.maximum(highest, score)
        shrink = tl.exp2(highest - above)
        weight = tl.where(seen, tl.exp2(score - above), 0.0)
        total = total * shrink + weight
        if quantised:
            weight *= tl.load(value_scales + scales, mask=seen, other=0.0)
        mixed = mixed * shrink[:, None] + weight[:, None] * value
        highest = above
    peak = tl.max(highest, 0)
    factor = tl.exp2(highest - peak)
    whole = tl.sum(total * factor, 0)
    result = tl.sum(mixed * factor[:, None], 0)
    row = slot * heads + head
    if splits == 1:
        tl.store(out + row * width + inside, (result / whole).to(out.dtype.element_ty), mask=real)
    else:
        tl.store(parts + (row * splits + split) * width + inside, result, mask=real)
        tl.store(stats + (row * splits + split) * 2, peak)
        tl.store(stats + (row * splits + split) * 2 + 1, whole)


@triton.jit
def _join_parts(parts, stats, out, width: tl.constexpr, padded: tl.constexpr, splits: tl.constexpr):
    """One program: one slot and head; parts weigh as much as their share of the softmax's sum."""
    row = tl.program_id(0)
    inside, part = tl.arange(0, padded), tl.arange(0, splits)
    real = inside < width
    peaks = tl.load(stats + (row * splits + part) * 2)
    sums = tl.load(stats + (row * splits + part) * 2 + 1)
    factors = tl.exp2(peaks - tl.max(peaks, 0))
    places = (row * splits + part)[:, None] * width + inside[None, :]
    mixed = tl.load(parts + places, mask=real[None, :], other=0.0) * factors[:, None]
    result = tl.sum(mixed, 0) / tl.sum(sums * factors, 0)
    tl.store(out + row * width + inside, result.to(out.dtype.element_ty), mask=real)


def decode_attention(
    queries: Tensor,
    kept: Kept,
    table: Tensor,
    lengths: Tensor,
    *,
    splits: int | None = None,
    tile: int | None = None,
) -> Tensor:
    """Queries [S, heads, d] over the first `lengths` [S] (int32, at least 1) tokens of each slot → [S, heads, d].

    `table` [S, n] (int32) names each slot's blocks in order. Nothing is read beyond a slot's length, and the launch
    does not depend on it: fit for a CUDA graph.
    """
    slots, heads, width = queries.shape
    keys, quantised = kept.keys, kept.scales is not None
    block = keys.shape[1]
    chosen, stages, warps = SHAPES[quantised]
    tile = tile or chosen
    if block % tile:
        raise ValueError(f"a block of {block} tokens is no multiple of a tile of {tile}")
    splits = splits or enough_splits(slots * heads, queries.device)
    out = torch.empty((slots, heads, width), device=queries.device, dtype=queries.dtype)
    parts = torch.empty((slots, heads, splits, width) if splits > 1 else (1,), device=out.device, dtype=torch.float32)
    stats = torch.empty((slots, heads, splits, 2) if splits > 1 else (1,), device=out.device, dtype=torch.float32)
    padded = triton.next_power_of_2(width)
    key_scales, value_scales = kept.scales or (stats, stats)
    steps = (key_scales.stride(0), key_scales.stride(2)) if quantised else (0, 0)
    _attend_part[(slots, heads, splits)](
        queries, keys, kept.values, key_scales, value_scales, table, lengths, out, parts, stats,
        width**-0.5, queries.stride(0), queries.stride(1), keys.stride(0), keys.stride(1), keys.stride(2),
        *steps, table.stride(0), heads,
        group=heads // keys.shape[2], width=width, padded=padded, block=block, tile=tile, splits=splits,
        stages=stages, quantised=quantised, num_warps=warps,
    )  # fmt: skip
    if splits > 1:
        _join_parts[(slots * heads,)](parts, stats, out, width=width, padded=padded, splits=splits)
    return out


def enough_splits(programs: int, device: torch.device) -> int:
    """Parts per slot and head (a power of two), so that even one slot keeps all of the device's memory busy."""
    units = torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 4
    # Eight programs for each multiprocessor, so that loads of some are under way while others compute. Chosen, not
    # measured.
    wanted = -(-8 * units // programs)
    return min(MAX_SPLITS, triton.next_power_of_2(wanted))
