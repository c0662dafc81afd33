"""Attention of a few new tokens per slot over paged keys and values, in Triton: they share one read of each key.

A slot's tokens are the rows of one matrix product, of which a tensor core takes 16 at least: more tokens than one cost
nothing, as the step waits for memory.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.attention import enough_splits
from pipeline.engine.kernels.kept import Kept

# The least that a tensor core multiplies: fewer save nothing. Held together with `guesses.MOST`, and one row for the
# newest token.
ROWS = 16
"""Tokens of a slot at most."""
# Taken over from what was measured for one token per slot; measured as a whole only (steps with drafts, README).
SHAPES = {False: (64, 3, 4), True: (64, 3, 4)}
"""As `attention.SHAPES`: keys at a time, turns under way, warps; by whether keys and values have 8 bits."""


@triton.jit
def _narrow(x, like, quantised: tl.constexpr):
    """To the queries' format. Bytes stand for themselves less 128, which 16 bits hold exactly."""
    if quantised:  # noqa: SIM108  a kernel has no conditional expression of constants
        wide = (x.to(tl.uint32) | 0x4B000000).to(tl.float32, bitcast=True) - 8388736.0
    else:
        wide = x
    return wide.to(like)


@triton.jit
def _in_window(at, own, newest, prompt, window: tl.constexpr, ring: tl.constexpr):
    """Which places `at` [tile] rows see whose tokens are `own` [rows]: the prompt, and their window in the ring."""
    # The token in a place is the last one that was written there (`Ring.seen`).
    token = tl.where(at < prompt, at, newest - (newest - at + ring) % ring)[None, :]
    recent = (token >= prompt) & (token <= own[:, None]) & (token > own[:, None] - window)
    return (at < prompt)[None, :] | recent


@triton.jit
def _keep(
    highest, total, mixed, given, real, row, inside, start, head, slot, split, out, parts, stats, heads,
    width: tl.constexpr, rows: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """Write a slot's rows, or what `_join_parts` makes them of."""
    mask = given[:, None] & real[None, :]
    if splits == 1:
        to = ((start + row)[:, None] * heads + head) * width + inside[None, :]
        result = mixed / tl.where(given, total, 1.0)[:, None]
        tl.store(out + to, result.to(out.dtype.element_ty), mask=mask)
    else:
        part = ((slot * heads + head) * splits + split) * rows + row
        tl.store(parts + part[:, None] * width + inside[None, :], mixed, mask=mask)
        tl.store(stats + part * 2, highest, mask=given)
        tl.store(stats + part * 2 + 1, total, mask=given)


@triton.jit
def _attend_part(
    queries, keys, values, key_scales, value_scales, table, lengths, starts, sizes, prompts, out, parts, stats,
    scale, query_row, query_head, key_block, key_token, key_head, scale_block, scale_head, table_slot, heads,
    group: tl.constexpr, width: tl.constexpr, padded: tl.constexpr, block: tl.constexpr, tile: tl.constexpr,
    rows: tl.constexpr, splits: tl.constexpr, stages: tl.constexpr, quantised: tl.constexpr,
    window: tl.constexpr, ring: tl.constexpr,
):  # fmt: skip
    """One program: one slot, one head, one of `splits` equal parts of the slot's keys."""
    slot, head, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    start, size = tl.load(starts + slot), tl.load(sizes + slot)
    seen = tl.load(lengths + slot)  # tokens that the first row sees
    length = seen + size - 1
    newest = length - 1  # of the slot's tokens
    if ring:
        prompt = tl.load(prompts + slot).to(tl.int32)
        length = tl.minimum(length, prompt + ring)
    share = tl.cdiv(tl.cdiv(length, tile), splits) * tile
    first = split * share
    last = tl.minimum(length, first + share)
    row, inside, key = tl.arange(0, rows), tl.arange(0, padded), tl.arange(0, tile)
    real, given = inside < width, row < size
    places = (start + row)[:, None] * query_row + head * query_head + inside[None, :]
    query = tl.load(queries + places, mask=given[:, None] & real[None, :], other=0.0)
    highest = tl.full([rows], -1e30, tl.float32)
    total = tl.zeros([rows], tl.float32)
    mixed = tl.zeros([rows, padded], tl.float32)
    for begin in tl.range(first, last, tile, num_stages=stages):
        page = tl.load(table + slot * table_slot + begin // block).to(tl.int64)
        at = begin + key
        there = at < last
        kept = page * key_block + (begin % block + key)[:, None] * key_token + (head // group) * key_head
        mask = there[:, None] & real[None, :]
        keyed = _narrow(tl.load(keys + kept + inside[None, :], mask=mask, other=0), query.dtype, quantised)
        # Powers of two are the hardware's own: log2(e) goes into the scale.
        score = tl.dot(query, tl.trans(keyed), input_precision="ieee") * (scale * 1.4426950408889634)
        scales = page * scale_block + (head // group) * scale_head + begin % block + key
        if quantised:
            score *= tl.load(key_scales + scales, mask=there, other=0.0)[None, :]
        if ring:
            visible = there[None, :] & _in_window(at, seen - 1 + row, newest, prompt, window, ring)
        else:
            visible = there[None, :] & (at[None, :] < seen + row[:, None])
        score = tl.where(visible, score, -1e30)
        above = tl.maximum(highest, tl.max(score, 1))
        shrink = tl.exp2(highest - above)
        weight = tl.where(visible, tl.exp2(score - above[:, None]), 0.0)
        total = total * shrink + tl.sum(weight, 1)
        if quantised:
            weight *= tl.load(value_scales + scales, mask=there, other=0.0)[None, :]
        value = _narrow(tl.load(values + kept + inside[None, :], mask=mask, other=0), query.dtype, quantised)
        mixed = mixed * shrink[:, None] + tl.dot(weight.to(query.dtype), value, input_precision="ieee")
        highest = above
    _keep(
        highest, total, mixed, given, real, row, inside, start, head, slot, split, out, parts, stats, heads,
        width, rows, splits,
    )  # fmt: skip


@triton.jit
def _join_parts(
    parts, stats, starts, sizes, out, heads,
    width: tl.constexpr, padded: tl.constexpr, rows: tl.constexpr, splits: tl.constexpr,
):  # fmt: skip
    """One program: one row of one slot and head; parts weigh as much as their share of the softmax's sum."""
    slot, head, row = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    if row < tl.load(sizes + slot):
        inside, split = tl.arange(0, padded), tl.arange(0, splits)
        real = inside < width
        part = ((slot * heads + head) * splits + split) * rows + row
        peaks, sums = tl.load(stats + part * 2), tl.load(stats + part * 2 + 1)
        factors = tl.exp2(peaks - tl.max(peaks, 0))
        places = part[:, None] * width + inside[None, :]
        mixed = tl.load(parts + places, mask=real[None, :], other=0.0) * factors[:, None]
        result = tl.sum(mixed, 0) / tl.sum(sums * factors, 0)
        to = ((tl.load(starts + slot) + row) * heads + head) * width + inside
        tl.store(out + to, result.to(out.dtype.element_ty), mask=real)


def rows_attention(
    queries: Tensor,
    kept: Kept,
    table: Tensor,
    lengths: Tensor,
    starts: Tensor,
    sizes: Tensor,
    prompts: Tensor | None = None,
    ring: tuple[int, int] = (0, 0),
    *,
    splits: int | None = None,
    tile: int | None = None,
) -> Tensor:
    """Queries [T, heads, d]: each slot's `sizes` [S] (1 to `ROWS`) from `starts` [S] on → [T, heads, d].

    A slot's first query sees its first `lengths` [S] (int32) tokens, each further one sees one more. `table` [S, n]
    (int32) names each slot's blocks in order. Queries of no slot get zeros. Fit for a CUDA graph.

    With a `ring` of a window and a size, tokens behind the slots' `prompts` [S] lie and are seen as `cache.ring.Ring`
    has it; `lengths` go on counting then.
    """
    (_, heads, width), slots = queries.shape, table.shape[0]
    keys, quantised = kept.keys, kept.scales is not None
    block = keys.shape[1]
    chosen, stages, warps = SHAPES[quantised]
    tile = min(tile or chosen, block)
    if block % tile:
        raise ValueError(f"a block of {block} tokens is no multiple of a tile of {tile}")
    splits = splits or enough_splits(slots * heads, queries.device)
    out = torch.zeros(queries.shape, device=queries.device, dtype=queries.dtype)
    joined = splits > 1
    parts = torch.empty((slots, heads, splits, ROWS, width) if joined else (1,), device=out.device, dtype=torch.float32)
    stats = torch.empty((slots, heads, splits, ROWS, 2) if joined else (1,), device=out.device, dtype=torch.float32)
    # The tests' tiny heads are narrower than a product's least side.
    padded = max(16, triton.next_power_of_2(width))  # a product sums over 16 at least
    key_scales, value_scales = kept.scales or (stats, stats)
    steps = (key_scales.stride(0), key_scales.stride(2)) if quantised else (0, 0)
    _attend_part[(slots, heads, splits)](
        queries, keys, kept.values, key_scales, value_scales, table, lengths, starts, sizes,
        lengths if prompts is None else prompts, out, parts, stats,
        width**-0.5, queries.stride(0), queries.stride(1), keys.stride(0), keys.stride(1), keys.stride(2),
        *steps, table.stride(0), heads,
        group=heads // keys.shape[2], width=width, padded=padded, block=block, tile=tile, rows=ROWS, splits=splits,
        stages=stages, quantised=quantised, window=ring[0], ring=ring[1], num_warps=warps,
    )  # fmt: skip
    if joined:
        _join_parts[(slots, heads, ROWS)](
            parts, stats, starts, sizes, out, heads, width=width, padded=padded, rows=ROWS, splits=splits
        )
    return out
