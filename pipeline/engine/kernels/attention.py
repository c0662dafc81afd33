"""Attention of one new token a slot over paged keys and values, in Triton: reads each key and value once."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

TILE = 32  # keys that a program holds at a time
MAX_SPLITS = 32


@triton.jit
def _attend_part(
    queries, keys, values, table, lengths, out, parts, stats,
    scale, query_slot, query_head, key_block, key_token, key_head, table_slot, heads,
    group: tl.constexpr, width: tl.constexpr, padded: tl.constexpr, block: tl.constexpr, tile: tl.constexpr,
    splits: tl.constexpr, stages: tl.constexpr,
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
        key = tl.load(keys + places + inside[None, :], mask=mask, other=0.0).to(tl.float32)
        value = tl.load(values + places + inside[None, :], mask=mask, other=0.0).to(tl.float32)
        score = tl.where(seen, tl.sum(key * query[None, :], 1), -1e30)
        above = tl.maximum(highest, score)
        shrink = tl.exp2(highest - above)
        weight = tl.where(seen, tl.exp2(score - above), 0.0)
        total = total * shrink + weight
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
    keys: Tensor,
    values: Tensor,
    table: Tensor,
    lengths: Tensor,
    *,
    splits: int | None = None,
    tile: int = TILE,
    stages: int = 3,
    warps: int = 4,
) -> Tensor:
    """Queries [S, heads, d] over the first `lengths` [S] (int32, at least 1) tokens of each slot → [S, heads, d].

    `keys` and `values` are [blocks, block, kv heads, d]; `table` [S, n] (int32) names each slot's blocks in order.
    Nothing is read beyond a slot's length, and the launch does not depend on it: fit for a CUDA graph.
    """
    slots, heads, width = queries.shape
    block = keys.shape[1]
    if block % tile:
        raise ValueError(f"a block of {block} tokens is no multiple of a tile of {tile}")
    splits = splits or enough_splits(slots * heads, queries.device)
    out = torch.empty((slots, heads, width), device=queries.device, dtype=queries.dtype)
    parts = torch.empty((slots, heads, splits, width) if splits > 1 else (1,), device=out.device, dtype=torch.float32)
    stats = torch.empty((slots, heads, splits, 2) if splits > 1 else (1,), device=out.device, dtype=torch.float32)
    padded = triton.next_power_of_2(width)
    _attend_part[(slots, heads, splits)](
        queries, keys, values, table, lengths, out, parts, stats,
        width**-0.5, queries.stride(0), queries.stride(1), keys.stride(0), keys.stride(1), keys.stride(2),
        table.stride(0), heads,
        group=heads // keys.shape[2], width=width, padded=padded, block=block, tile=tile, splits=splits,
        stages=stages, num_warps=warps,
    )  # fmt: skip
    if splits > 1:
        _join_parts[(slots * heads,)](parts, stats, out, width=width, padded=padded, splits=splits)
    return out


def enough_splits(programs: int, device: torch.device) -> int:
    """Parts per slot and head (a power of two), so that even one slot keeps all of the device's memory busy."""
    units = torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 4
    wanted = -(-8 * units // programs)
    return min(MAX_SPLITS, triton.next_power_of_2(wanted))
