"""Attention over a square of patches with decomposed relative positions, in Triton: the bias is never written down."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _attend_square(
    queries, keys, values, to_rows, to_columns, out, scale, tokens,
    image_step, token_step, head_step, bias_image, bias_token, bias_head, out_image, out_token, out_head,
    side: tl.constexpr, padded: tl.constexpr, width: tl.constexpr, tile: tl.constexpr, stages: tl.constexpr,
):  # fmt: skip
    """One program: `tile` queries of one head of one square; each turn takes one row of keys."""
    query, head, image = tl.program_id(0) * tile + tl.arange(0, tile), tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside, column = tl.arange(0, width), tl.arange(0, padded)
    real, within = query < tokens, column < side
    start = image * image_step + head * head_step
    q = tl.load(queries + start + query[:, None] * token_step + inside[None, :], mask=real[:, None], other=0.0)
    bias = image * bias_image + head * bias_head + query * bias_token
    # The columns' bias is the same for every row of keys, so it stays in registers; it also masks the padding.
    by_column = tl.load(
        to_columns + bias[:, None] + column[None, :], mask=real[:, None] & within[None, :], other=-float("inf")
    )
    by_column = by_column.to(tl.float32) * 1.4426950408889634
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    for y in tl.range(0, side, num_stages=stages):
        by_row = tl.load(to_rows + bias + y, mask=real, other=0.0).to(tl.float32) * 1.4426950408889634
        places = start + (y * side + column)[:, None] * token_step + inside[None, :]
        k = tl.load(keys + places, mask=within[:, None], other=0.0)
        v = tl.load(values + places, mask=within[:, None], other=0.0)
        score = tl.dot(q, tl.trans(k)) * (scale * 1.4426950408889634) + by_column + by_row[:, None]
        above = tl.maximum(highest, tl.max(score, 1))
        shrink = tl.exp2(highest - above)
        weight = tl.exp2(score - above[:, None])
        total = total * shrink + tl.sum(weight, 1)
        mixed = mixed * shrink[:, None] + tl.dot(weight.to(v.dtype), v)
        highest = above
    result = mixed / total[:, None]
    to = out + image * out_image + head * out_head + query[:, None] * out_token + inside[None, :]
    tl.store(to, result.to(out.dtype.element_ty), mask=real[:, None])


def square_attention(
    projected: Tensor, to_rows: Tensor, to_columns: Tensor, *, tile: int = 128, stages: int = 2, warps: int = 4
) -> Tensor:
    """Attention within squares of side² patches → [N, side², heads, d].

    `projected` [N, side², 3, heads, d] are queries, keys and values (contiguous; d a power of two from 16);
    `to_rows` and `to_columns` [N, side², heads, side] (contiguous) what a query adds for each row and column of keys.
    """
    images, tokens, _, heads, width = projected.shape
    side = to_rows.shape[-1]
    queries, keys, values = projected.unbind(2)
    out = torch.empty((images, tokens, heads, width), device=projected.device, dtype=projected.dtype)
    _attend_square[(triton.cdiv(tokens, tile), heads, images)](
        queries, keys, values, to_rows, to_columns, out, width**-0.5, tokens,
        queries.stride(0), queries.stride(1), queries.stride(2),
        to_rows.stride(0), to_rows.stride(1), to_rows.stride(2), out.stride(0), out.stride(1), out.stride(2),
        side=side, padded=max(16, triton.next_power_of_2(side)), width=width, tile=tile, stages=stages, num_warps=warps,
    )  # fmt: skip
    return out
