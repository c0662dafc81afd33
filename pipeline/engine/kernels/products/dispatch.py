"""Triton kernels that share out tokens among experts, and sum what the experts of a token say."""

from __future__ import annotations

from typing import NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

_PAIRS = 256  # of a program


class Dispatched(NamedTuple):
    """Pairs (token, choice) by routed expert, int32: the first `counts` [routed] of its row of `pairs` [routed, T].

    A pair is its token's number times the choices of a token, plus the number of the choice.
    """

    counts: Tensor
    pairs: Tensor


@triton.jit
def _dispatch(experts, counts, lists, pairs, tokens, routed: tl.constexpr, block: tl.constexpr):
    pair = tl.program_id(0) * block + tl.arange(0, block)
    expert = tl.load(experts + pair, mask=pair < pairs, other=routed).to(tl.int32)
    own = expert < routed
    # In whatever order they come: no row's result depends on the rows beside it.
    place = tl.atomic_add(counts + expert, 1, mask=own, sem="relaxed")
    tl.store(lists + expert * tokens + place, pair, mask=own)


def dispatch(experts: Tensor, routed: int) -> Dispatched:
    """Of `experts` [T, k] from `route`; those from `routed` on are shared by all tokens and not listed."""
    tokens, pairs = len(experts), experts.numel()
    counts = torch.zeros(routed, device=experts.device, dtype=torch.int32)
    lists = torch.empty((routed, tokens), device=experts.device, dtype=torch.int32)
    _dispatch[(triton.cdiv(pairs, _PAIRS),)](
        experts, counts, lists, pairs, tokens, routed=routed, block=_PAIRS, num_warps=4
    )
    return Dispatched(counts, lists)


@triton.jit
def take_part(
    counts, lists, tokens, each: tl.constexpr, routed: tl.constexpr, experts: tl.constexpr, padded: tl.constexpr,
    tiles: tl.constexpr, rows: tl.constexpr, group: tl.constexpr,
):  # fmt: skip
    """What this program does: its expert (`experts` and more: nothing), which of the `tiles` of its outputs, where the
    expert's rows begin among all, which `rows` of them, whose pairs these are, and how many rows the expert has.

    `group` pieces of an expert's rows take turns at a tile, so that its weights are still in the cache.
    """
    turn: tl.constexpr = group * tiles
    program = tl.program_id(0)
    piece = program // turn * group + program % group
    number = tl.arange(0, padded)
    count = tl.load(counts + number, mask=number < routed, other=0)
    count = tl.where((number >= routed) & (number < experts), tokens, count)
    pieces = (count + rows - 1) // rows
    passed = tl.cumsum(pieces, 0)
    expert = tl.sum(tl.where((passed <= piece) & (number < experts), 1, 0), 0)
    first = (piece - tl.sum(tl.where(number == expert, passed - pieces, 0), 0)) * rows
    begin = tl.sum(tl.where(number < expert, count, 0), 0)
    own = tl.sum(tl.where(number == expert, count, 0), 0)
    row = first + tl.arange(0, rows)
    # Rows behind the last are computed as the last one, and not stored.
    near = tl.maximum(tl.minimum(row, own - 1), 0)
    pair = tl.load(lists + expert * tokens + near, mask=expert < routed, other=0)
    pair = tl.where(expert < routed, pair, near * each + each - experts + expert)
    return expert, program % turn // group, begin, row, pair, own


def programs(tokens: int, each: int, routed: int, shared: int, tiles: int, rows: int, group: int) -> int:
    """How many `take_part` may need, whatever the routing: every expert can have a piece that is not full."""
    pieces = tokens * (each - shared) // rows + routed + shared * triton.cdiv(tokens, rows)
    return int(triton.cdiv(pieces, group) * group * tiles)


@triton.jit
def _combine(outputs, out, each: tl.constexpr, width: tl.constexpr, padded: tl.constexpr):
    token = tl.program_id(0).to(tl.int64)
    inside = tl.arange(0, padded)
    real = inside < width
    total = tl.zeros([padded], tl.float32)
    for number in tl.static_range(each):
        row = outputs + (token * each + number) * width
        total += tl.load(row + inside, mask=real, other=0.0).to(tl.float32)
    tl.store(out + token * width + inside, total.to(out.dtype.element_ty), mask=real)


def combine(outputs: Tensor, each: int) -> Tensor:
    """Sum of each token's `each` rows of [T * each, width], in float32 → [T, width]."""
    width = outputs.shape[1]
    out = torch.empty((outputs.shape[0] // each, width), device=outputs.device, dtype=outputs.dtype)
    _combine[(out.shape[0],)](outputs, out, each=each, width=width, padded=triton.next_power_of_2(width), num_warps=4)
    return out
