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
from pipeline.engine.kernels.rows_bytes import attend_bytes
from pipeline.engine.kernels.rows_parts import join_parts, keep, span, visible

# The least that a tensor core multiplies: fewer save nothing. Held together with `guesses.MOST`, and one row for the
# newest token.
ROWS = 16
"""Tokens of a slot at most."""
# Measured on an H200, one layer of 384 slots with 8 tokens each (README, "Drafts, measured"): 16 bits 0.96 ms, 1.01 to
# 1.07 by four others; 8 bits 0.69, 0.75 to 0.87 by ten others, 1.36 by another. A wrong choice costs time alone.
SHAPES = {False: (64, 2, 4), True: (64, 4, 2)}
"""As `attention.SHAPES`: keys at a time, turns under way, warps; by whether keys and values have 8 bits."""


@triton.jit
def _attend(
    queries, keys, values, table, lengths, starts, sizes, prompts, out, parts, stats,
    scale, query_row, query_head, key_block, key_token, key_head, table_slot, heads,
    group: tl.constexpr, width: tl.constexpr, padded: tl.constexpr, block: tl.constexpr, tile: tl.constexpr,
    rows: tl.constexpr, splits: tl.constexpr, stages: tl.constexpr, window: tl.constexpr, ring: tl.constexpr,
):  # fmt: skip
    """One program: one slot, one head, one of `splits` equal parts of the slot's keys."""
    slot, head, split = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    start, size, seen, prompt, first, last = span(slot, split, lengths, starts, sizes, prompts, tile, splits, ring)
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
        keyed = tl.load(keys + kept + inside[None, :], mask=mask, other=0)
        # Powers of two are the hardware's own: log2(e) goes into the scale.
        score = tl.dot(query, tl.trans(keyed), input_precision="ieee") * (scale * 1.4426950408889634)
        sees = visible(at, last, row, seen, size, prompt, window, ring)
        score = tl.where(sees, score, -1e30)
        above = tl.maximum(highest, tl.max(score, 1))
        shrink = tl.exp2(highest - above)
        weight = tl.where(sees, tl.exp2(score - above[:, None]), 0.0)
        total = total * shrink + tl.sum(weight, 1)
        value = tl.load(values + kept + inside[None, :], mask=mask, other=0)
        mixed = mixed * shrink[:, None] + tl.dot(weight.to(query.dtype), value, input_precision="ieee")
        highest = above
    keep(
        highest, total, mixed, given, real, row, inside, start, head, slot, split, out, parts, stats, heads,
        width, rows, splits,
    )  # fmt: skip


def _numbers(queries: Tensor) -> dict[str, object]:
    """What bytes are multiplied in: half precision, which holds them all, or the queries' float32 (tests)."""
    wide = queries.dtype is torch.float32
    nvidia = queries.is_cuda and torch.version.hip is None
    return {"number": tl.float32 if wide else tl.float16, "packed": nvidia and not wide}


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
    keys = kept.keys
    block = keys.shape[1]
    chosen, stages, warps = SHAPES[kept.scales is not None]
    tile = min(tile or chosen, block)
    if block % tile:
        raise ValueError(f"a block of {block} tokens is no multiple of a tile of {tile}")
    splits = splits or enough_splits(slots * heads, queries.device)
    out = torch.zeros(queries.shape, device=queries.device, dtype=queries.dtype)
    joined = splits > 1
    parts = torch.empty((slots, heads, splits, ROWS, width) if joined else (1,), device=out.device, dtype=torch.float32)
    stats = torch.empty((slots, heads, splits, ROWS, 2) if joined else (1,), device=out.device, dtype=torch.float32)
    strides = queries.stride(0), queries.stride(1), keys.stride(0), keys.stride(1), keys.stride(2)
    # The tests' tiny heads are narrower than a product's least side.
    padded = max(16, triton.next_power_of_2(width))
    own = {
        "group": heads // keys.shape[2], "width": width, "block": block, "tile": tile, "rows": ROWS, "splits": splits,
        "stages": stages, "window": ring[0], "ring": ring[1], "num_warps": warps,
    }  # fmt: skip
    whose = table, lengths, starts, sizes, lengths if prompts is None else prompts
    if kept.scales is None:
        _attend[(slots, heads, splits)](
            queries, keys, kept.values, *whose, out, parts, stats, width**-0.5, *strides, table.stride(0), heads,
            padded=padded, **own,
        )  # fmt: skip
    else:
        scales = kept.scales[0]
        attend_bytes[(slots, heads, splits)](
            queries, keys, kept.values.view(torch.int32), *kept.scales, *whose, out, parts, stats, width**-0.5,
            *strides, scales.stride(0), scales.stride(2), table.stride(0), heads,
            padded=max(64, padded), **_numbers(queries), **own,
        )  # fmt: skip
    if joined:
        join_parts[(slots, heads, ROWS)](
            parts, stats, starts, sizes, out, heads, width=width, padded=padded, rows=ROWS, splits=splits
        )  # fmt: skip
    return out
