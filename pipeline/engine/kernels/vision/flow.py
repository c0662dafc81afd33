"""Attention of the causal flow: visual tokens see each other, a query also the queries before it and itself."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.vision.range import LOG2E


@triton.jit
def _attend_flow(
    queries, keys, values, out, scale, visual, first, heads, shared,
    image_step, token_step, head_step, out_image,
    width: tl.constexpr, tile: tl.constexpr, piece: tl.constexpr, stages: tl.constexpr,
):  # fmt: skip
    """One program: `tile` tokens of one head of one view, from `first` on; each turn takes `piece` keys."""
    part, head, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    token, inside = first + part * tile + tl.arange(0, tile), tl.arange(0, width)
    real = (token < 2 * visual)[:, None]
    start = image * image_step
    at = queries + start + head * head_step + token[:, None] * token_step + inside[None, :]
    q = tl.load(at, mask=real, other=0.0)
    # A visual token sees all visual tokens, and a query whatever stands before it.
    sees = tl.minimum(tl.maximum(token + 1, visual), 2 * visual)
    keys += start + head // shared * head_step
    values += start + head // shared * head_step
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    for begin in tl.range(0, tl.max(sees, 0), piece, num_stages=stages):
        key = begin + tl.arange(0, piece)
        places = key[:, None] * token_step + inside[None, :]
        known = (key < 2 * visual)[:, None]
        k = tl.load(keys + places, mask=known, other=0.0)
        v = tl.load(values + places, mask=known, other=0.0)
        score = tl.dot(q, tl.trans(k), input_precision="ieee")
        score = tl.where(key[None, :] < sees[:, None], score, -float("inf"))
        above = tl.maximum(highest, tl.max(score, 1) * (scale * LOG2E))
        shrink = tl.exp2(highest - above)
        weight = tl.exp2(score * (scale * LOG2E) - above[:, None])
        total = total * shrink + tl.sum(weight, 1)
        mixed = tl.dot(weight.to(v.dtype), v, mixed * shrink[:, None], input_precision="ieee")
        highest = above
    to = out + image * out_image + ((token - first) * heads + head)[:, None] * width + inside[None, :]
    tl.store(to, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real)


def flow_attention(
    projected: Tensor, heads: int, kv_heads: int, *, queries_only: bool = False,
    tile: int = 64, piece: int = 64, stages: int = 2, warps: int = 4,
) -> Tensor:  # fmt: skip
    """`prefix_attention` of queries, keys and values that lie together → [N, T, heads, d].

    `projected` [N, T, heads + 2 kv_heads, d] is contiguous and turned by its positions; the first half of the T tokens
    of a view are visual tokens, the rest queries; d is a power of two from 16. With `queries_only` the second half
    alone is mixed: [N, T / 2, heads, d].
    """
    images, tokens, _, width = projected.shape
    queries, keys, values = torch.split(projected, [heads, kv_heads, kv_heads], dim=2)
    first = tokens // 2 if queries_only else 0
    out = torch.empty((images, tokens - first, heads, width), device=projected.device, dtype=projected.dtype)
    _attend_flow[(triton.cdiv(tokens - first, tile), heads, images)](
        queries, keys, values, out, width**-0.5, tokens // 2, first, heads, heads // kv_heads,
        queries.stride(0), queries.stride(1), queries.stride(2), out.stride(0),
        width=width, tile=tile, piece=piece, stages=stages, num_warps=warps,
    )  # fmt: skip
    return out
