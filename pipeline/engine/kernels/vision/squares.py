"""Attention of all patches of a view with one another: position biases are never written as a square."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.vision.positions import positions_of_squares
from pipeline.engine.kernels.vision.range import LOG2E, is_odd


@triton.jit
def _rows(
    q, keys, values, by_column, by_row, real, scale, token_step,
    side: tl.constexpr, padded: tl.constexpr, width: tl.constexpr, tile: tl.constexpr, stages: tl.constexpr,
    shifted: tl.constexpr,
):  # fmt: skip
    """Each turn takes one row of keys."""
    inside, column = tl.arange(0, width), tl.arange(0, padded)
    within = (column < side)[:, None]
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    for y in tl.range(0, side, num_stages=stages):
        # The row's bias is one number a query.
        row = tl.load(by_row + y, mask=real, other=0.0).to(tl.float32) * LOG2E
        places = (y * side + column)[:, None] * token_step + inside[None, :]
        k = tl.load(keys + places, mask=within, other=0.0)
        v = tl.load(values + places, mask=within, other=0.0)
        score = tl.dot(q, tl.trans(k), input_precision="ieee") * (scale * LOG2E) + by_column
        if shifted:
            above = tl.maximum(highest, tl.max(score, 1) + row)
            shrink = tl.exp2(highest - above)
            total, mixed, highest = total * shrink, mixed * shrink[:, None], above
            row -= above
        weight = tl.exp2(score + row[:, None])
        total += tl.sum(weight, 1)
        mixed = tl.dot(weight.to(v.dtype), v, mixed, input_precision="ieee")
    return total, mixed


@triton.jit
def _attend_square(
    queries, keys, values, to_rows, to_columns, out, scale, tokens, heads,
    image_step, token_step, head_step, bias_image, bias_token, bias_head,
    side: tl.constexpr, padded: tl.constexpr, width: tl.constexpr, tile: tl.constexpr, stages: tl.constexpr,
    wide: tl.constexpr,
):  # fmt: skip
    """One program: `tile` queries of one head of one square."""
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
    by_column = by_column.to(tl.float32) * LOG2E
    # What is no query sees all, so that its sum is as usual.
    by_column = tl.where(real[:, None], by_column, 0.0)
    total, mixed = _rows(
        q, keys + start, values + start, by_column, to_rows + bias, real, scale, token_step,
        side, padded, width, tile, stages, not wide,
    )  # fmt: skip
    if wide:  # noqa: SIM102  Triton joins no number known now with one known then
        if is_odd(total):
            total, mixed = _rows(
                q, keys + start, values + start, by_column, to_rows + bias, real, scale, token_step,
                side, padded, width, tile, stages, True,
            )  # fmt: skip
    to = out + ((image * tokens + query) * heads + head)[:, None] * width + inside[None, :]
    tl.store(to, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real[:, None])


@triton.jit
def _pairs(
    q, keys, values, by_upper, by_lower, by_row, real, scale, tokens, token_step,
    side: tl.constexpr, first: tl.constexpr, second: tl.constexpr, width: tl.constexpr, tile: tl.constexpr,
    stages: tl.constexpr, shifted: tl.constexpr,
):  # fmt: skip
    """Each turn takes two rows of keys in two pieces whose sizes fit the hardware, so none is padding."""
    inside, upper, lower = tl.arange(0, width), tl.arange(0, first), first + tl.arange(0, second)
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    for y in tl.range(0, side, 2, num_stages=stages):
        one = tl.load(by_row + y * tokens, mask=real, other=0.0).to(tl.float32) * LOG2E
        two = tl.load(by_row + (y + 1) * tokens, mask=real, other=0.0).to(tl.float32) * LOG2E
        places = (y * side + upper)[:, None] * token_step + inside[None, :]
        more = (y * side + lower)[:, None] * token_step + inside[None, :]
        score = tl.dot(q, tl.trans(tl.load(keys + places)), input_precision="ieee") * (scale * LOG2E) + by_upper
        rest = tl.dot(q, tl.trans(tl.load(keys + more)), input_precision="ieee") * (scale * LOG2E) + by_lower
        score += tl.where((upper < side)[None, :], one[:, None], two[:, None])
        rest += two[:, None]
        if shifted:
            above = tl.maximum(highest, tl.maximum(tl.max(score, 1), tl.max(rest, 1)))
            shrink = tl.exp2(highest - above)
            total, mixed, highest = total * shrink, mixed * shrink[:, None], above
            score, rest = score - above[:, None], rest - above[:, None]
        weight, remainder = tl.exp2(score), tl.exp2(rest)
        total += tl.sum(weight, 1) + tl.sum(remainder, 1)
        value, other = tl.load(values + places), tl.load(values + more)
        mixed = tl.dot(weight.to(value.dtype), value, mixed, input_precision="ieee")
        mixed = tl.dot(remainder.to(other.dtype), other, mixed, input_precision="ieee")
    return total, mixed


@triton.jit
def _attend_two_rows(
    queries, keys, values, to_rows, to_columns, out, scale, tokens, heads,
    image_step, token_step, head_step, bias_image, bias_token, bias_head,
    side: tl.constexpr, first: tl.constexpr, second: tl.constexpr, width: tl.constexpr, tile: tl.constexpr,
    stages: tl.constexpr, wide: tl.constexpr,
):  # fmt: skip
    """The same. `to_rows` lies as [N, heads, side, tokens] here: the biases to a row of keys are read at once."""
    query, head, image = tl.program_id(0) * tile + tl.arange(0, tile), tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside, upper, lower = tl.arange(0, width), tl.arange(0, first), first + tl.arange(0, second)
    real = query < tokens
    start = image * image_step + head * head_step
    q = tl.load(queries + start + query[:, None] * token_step + inside[None, :], mask=real[:, None], other=0.0)
    bias = to_columns + image * bias_image + head * bias_head + (query * bias_token)[:, None]
    by_upper = tl.load(bias + (upper % side)[None, :], mask=real[:, None], other=0.0).to(tl.float32) * LOG2E
    by_lower = tl.load(bias + (lower % side)[None, :], mask=real[:, None], other=0.0).to(tl.float32) * LOG2E
    by_row = to_rows + (image * heads + head) * side * tokens + query
    total, mixed = _pairs(
        q, keys + start, values + start, by_upper, by_lower, by_row, real, scale, tokens, token_step,
        side, first, second, width, tile, stages, not wide,
    )  # fmt: skip
    if wide:  # noqa: SIM102  Triton joins no number known now with one known then
        if is_odd(total):
            total, mixed = _pairs(
                q, keys + start, values + start, by_upper, by_lower, by_row, real, scale, tokens, token_step,
                side, first, second, width, tile, stages, True,
            )  # fmt: skip
    to = out + ((image * tokens + query) * heads + head)[:, None] * width + inside[None, :]
    tl.store(to, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real[:, None])


def square_attention(
    projected: Tensor, rows: Tensor, columns: Tensor, side: int,
    *, tile: int = 64, stages: int = 2, warps: int = 4, registers: int | None = 168, two_rows: bool = False,
) -> Tensor:  # fmt: skip
    """Attention within squares of side² patches with decomposed relative positions → [N, side², heads, d].

    `projected` [N, side², 3, heads, d] are queries, keys and values (contiguous; d a power of two from 16); `rows` and
    `columns` [2 side - 1, d] (contiguous) the learned positions by distance. `two_rows` takes two rows of keys a turn,
    for a `side` that `pieces` takes. `registers` a thread at most: with 168 three programs fit where two did.
    """
    images, tokens, _, heads, width = projected.shape
    queries, keys, values = projected.unbind(2)
    to_rows, to_columns = positions_of_squares(projected, rows, columns, side, by_place=two_rows)
    out = torch.empty((images, tokens, heads, width), device=projected.device, dtype=projected.dtype)
    common = (
        queries, keys, values, to_rows, to_columns, out, width**-0.5, tokens, heads,
        queries.stride(0), queries.stride(1), queries.stride(2),
        to_columns.stride(0), to_columns.stride(1), to_columns.stride(2),
    )  # fmt: skip
    # Half precision has too little room for exponentials as they come.
    shape = {"side": side, "width": width, "tile": tile, "stages": stages, "num_warps": warps}
    shape |= {"wide": projected.dtype is not torch.float16}
    shape |= {"maxnreg": registers} if registers and projected.is_cuda else {}
    grid = triton.cdiv(tokens, tile), heads, images
    if two_rows:
        first, second = pieces(side)
        _attend_two_rows[grid](*common, first=first, second=second, **shape)
    else:
        _attend_square[grid](*common, padded=max(16, triton.next_power_of_2(side)), **shape)
    return out


def pieces(side: int) -> tuple[int, int]:
    """Two rows of a square as two powers of two from 16. Raises ValueError for a side that has none."""
    first = 1 << ((2 * side).bit_length() - 1)
    first = first // 2 if first == 2 * side else first
    second = 2 * side - first
    if second < 16 or second & (second - 1):
        raise ValueError(f"two rows of {side} are no two powers of two")
    return first, second
