"""The vision tokenizer's kernels in Triton: position biases are never written as a square, windows never copied.

Products of float32 are float32's ("ieee"): Triton's own choice keeps 10 bits of each number (TF32). Nothing changes for
16 bits.
"""

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
        # The row's bias is one number a query: added to what is small, not to every score.
        score = tl.dot(q, tl.trans(k), input_precision="ieee") * (scale * 1.4426950408889634) + by_column
        above = tl.maximum(highest, tl.max(score, 1) + by_row)
        shrink = tl.exp2(highest - above)
        weight = tl.exp2(score + (by_row - above)[:, None])
        total = total * shrink + tl.sum(weight, 1)
        mixed = mixed * shrink[:, None] + tl.dot(weight.to(v.dtype), v, input_precision="ieee")
        highest = above
    result = mixed / total[:, None]
    to = out + image * out_image + head * out_head + query[:, None] * out_token + inside[None, :]
    tl.store(to, result.to(out.dtype.element_ty), mask=real[:, None])


@triton.jit
def _attend_two_rows(
    queries, keys, values, to_rows, to_columns, out, scale, tokens, heads,
    image_step, token_step, head_step, bias_image, bias_token, bias_head, out_image, out_token, out_head,
    side: tl.constexpr, first: tl.constexpr, second: tl.constexpr, width: tl.constexpr, tile: tl.constexpr,
    stages: tl.constexpr,
):  # fmt: skip
    """The same; each turn takes two rows of keys in two pieces whose sizes fit the hardware, so none is padding.

    `to_rows` lies as [N, heads, side, tokens] here: the queries' biases to a row of keys are read at once.
    """
    query, head, image = tl.program_id(0) * tile + tl.arange(0, tile), tl.program_id(1), tl.program_id(2).to(tl.int64)
    inside, upper, lower = tl.arange(0, width), tl.arange(0, first), first + tl.arange(0, second)
    real = query < tokens
    start = image * image_step + head * head_step
    q = tl.load(queries + start + query[:, None] * token_step + inside[None, :], mask=real[:, None], other=0.0)
    bias = to_columns + image * bias_image + head * bias_head + (query * bias_token)[:, None]
    by_upper = tl.load(bias + (upper % side)[None, :], mask=real[:, None], other=0.0).to(tl.float32) * 1.44269504
    by_lower = tl.load(bias + (lower % side)[None, :], mask=real[:, None], other=0.0).to(tl.float32) * 1.44269504
    by_row = to_rows + (image * heads + head) * side * tokens + query
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    for y in tl.range(0, side, 2, num_stages=stages):
        one = tl.load(by_row + y * tokens, mask=real, other=0.0).to(tl.float32) * 1.44269504
        two = tl.load(by_row + (y + 1) * tokens, mask=real, other=0.0).to(tl.float32) * 1.44269504
        places = start + (y * side + upper)[:, None] * token_step + inside[None, :]
        more = start + (y * side + lower)[:, None] * token_step + inside[None, :]
        score = tl.dot(q, tl.trans(tl.load(keys + places)), input_precision="ieee") * (scale * 1.44269504) + by_upper
        score += tl.where((upper < side)[None, :], one[:, None], two[:, None])
        rest = tl.dot(q, tl.trans(tl.load(keys + more)), input_precision="ieee") * (scale * 1.44269504) + by_lower
        above = tl.maximum(highest, tl.maximum(tl.max(score, 1), tl.max(rest, 1) + two))
        shrink = tl.exp2(highest - above)
        weight, remainder = tl.exp2(score - above[:, None]), tl.exp2(rest + (two - above)[:, None])
        total = total * shrink + tl.sum(weight, 1) + tl.sum(remainder, 1)
        value, other = tl.load(values + places), tl.load(values + more)
        mixed = tl.dot(weight.to(value.dtype), value, mixed * shrink[:, None], input_precision="ieee")
        mixed = tl.dot(remainder.to(other.dtype), other, mixed, input_precision="ieee")
        highest = above
    to = out + image * out_image + head * out_head + query[:, None] * out_token + inside[None, :]
    tl.store(to, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real[:, None])


@triton.jit
def _positions(
    queries, rows, columns, to_rows, to_columns, image_step, token_step, head_step, heads,
    row_image, row_head, row_token, row_place,
    side: tl.constexpr, padded: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """One program: the queries of one row of patches against all rows, and those of one column against all columns."""
    line, head, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    place, inside = tl.arange(0, padded), tl.arange(0, width)
    real = place < side
    own = queries + image * image_step + head * head_step + inside[None, :]
    distance = (line - place + side - 1)[:, None] * width + inside[None, :]
    square = real[:, None] & real[None, :]
    result = (image * side * side * heads + head) * side + place[None, :]

    q = tl.load(own + (line * side + place)[:, None] * token_step, mask=real[:, None], other=0.0)
    table = tl.load(rows + distance, mask=real[:, None], other=0.0)
    to = to_rows + image * row_image + head * row_head
    to += (line * side + place)[:, None] * row_token + place[None, :] * row_place
    tl.store(to, tl.dot(q, tl.trans(table), input_precision="ieee").to(to_rows.dtype.element_ty), mask=square)

    q = tl.load(own + (place * side + line)[:, None] * token_step, mask=real[:, None], other=0.0)
    table = tl.load(columns + distance, mask=real[:, None], other=0.0)
    to = to_columns + result + (place * side + line)[:, None] * (heads * side)
    tl.store(to, tl.dot(q, tl.trans(table), input_precision="ieee").to(to_columns.dtype.element_ty), mask=square)


def square_attention(
    projected: Tensor, rows: Tensor, columns: Tensor, side: int,
    *, tile: int = 64, stages: int = 3, warps: int = 4, two_rows: bool = False,
) -> Tensor:  # fmt: skip
    """Attention within squares of side² patches with decomposed relative positions → [N, side², heads, d].

    `projected` [N, side², 3, heads, d] are queries, keys and values (contiguous; d a power of two from 16); `rows` and
    `columns` [2 side - 1, d] (contiguous) the learned positions by distance. `two_rows` takes two rows of keys a turn,
    for a `side` that `pieces` takes.
    """
    images, tokens, _, heads, width = projected.shape
    queries, keys, values = projected.unbind(2)
    padded = max(16, triton.next_power_of_2(side))
    steps = queries.stride(0), queries.stride(1), queries.stride(2)
    to_rows, to_columns = torch.empty(
        (2, images, tokens, heads, side), device=projected.device, dtype=projected.dtype
    ).unbind()
    if two_rows:
        to_rows = to_rows.view(images, heads, side, tokens).permute(0, 3, 1, 2)
    row = to_rows.stride(0), to_rows.stride(2), to_rows.stride(1), to_rows.stride(3)
    _positions[(side, heads, images)](
        queries, rows, columns, to_rows, to_columns, *steps, heads, *row,
        side=side, padded=padded, width=width, num_warps=4,
    )  # fmt: skip
    out = torch.empty((images, tokens, heads, width), device=projected.device, dtype=projected.dtype)
    grid = triton.cdiv(tokens, tile), heads, images
    bias = to_columns.stride(0), to_columns.stride(1), to_columns.stride(2)
    if two_rows:
        first, second = pieces(side)
        _attend_two_rows[grid](
            queries, keys, values, to_rows, to_columns, out, width**-0.5, tokens, heads, *steps, *bias,
            out.stride(0), out.stride(1), out.stride(2),
            side=side, first=first, second=second, width=width, tile=tile, stages=stages, num_warps=warps,
        )  # fmt: skip
        return out
    _attend_square[grid](
        queries, keys, values, to_rows, to_columns, out, width**-0.5, tokens, *steps, *bias,
        out.stride(0), out.stride(1), out.stride(2),
        side=side, padded=padded, width=width, tile=tile, stages=stages, num_warps=warps,
    )  # fmt: skip
    return out


def pieces(side: int) -> tuple[int, int]:
    """Two rows of a square as two powers of two from 16. Raises ValueError for a side that has none."""
    first = 1 << ((2 * side).bit_length() - 1)
    first = first // 2 if first == 2 * side else first
    second = 2 * side - first
    if second < 16 or second & (second - 1):
        raise ValueError(f"two rows of {side} are no two powers of two")
    return first, second


@triton.jit
def _add_norm(
    x, addend, total, weight, bias, out, eps, side, per_side,
    window: tl.constexpr, add: tl.constexpr, from_windows: tl.constexpr, to_windows: tl.constexpr,
    width: tl.constexpr, padded: tl.constexpr,
):  # fmt: skip
    """One program: one patch of the view, or one of the padding that fills the last windows up."""
    image, y, column = tl.program_id(0).to(tl.int64), tl.program_id(1), tl.program_id(2)
    place = tl.arange(0, padded)
    real = place < width
    inside = real & (y < side) & (column < side)
    plain = ((image * side + y) * side + column) * width + place
    which = (image * per_side + y // window) * per_side + column // window
    windowed = ((which * window + y % window) * window + column % window) * width + place
    values = tl.load(x + plain, mask=inside, other=0.0).to(tl.float32)
    if add:
        values += tl.load(addend + (windowed if from_windows else plain), mask=inside, other=0.0).to(tl.float32)
        rounded = values.to(total.dtype.element_ty)
        tl.store(total + plain, rounded, mask=inside)
        values = rounded.to(tl.float32)
    mean = tl.sum(values, 0) / width
    apart = tl.where(real, values - mean, 0.0)
    scaled = apart * tl.rsqrt(tl.sum(apart * apart, 0) / width + eps)
    factor = tl.load(weight + place, mask=real, other=0.0).to(tl.float32)
    shift = tl.load(bias + place, mask=real, other=0.0).to(tl.float32)
    result = tl.where(inside, scaled * factor + shift, 0.0).to(out.dtype.element_ty)
    if to_windows:
        tl.store(out + windowed, result, mask=real)
    else:
        tl.store(out + plain, result, mask=inside)


def add_norm(
    x: Tensor,
    addend: Tensor | None,
    weight: Tensor,
    bias: Tensor,
    eps: float,
    *,
    from_window: int | None = None,
    to_window: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The sum of [N, side, side, width] and `addend`, and the sum's layer normalisation.

    With `from_window` the addend lies in windows [N * windows, w, w, width]; with `to_window` the second result does,
    the last windows filled up with zeros. At most one window size is in use at a time. Without an addend the sum is x.
    """
    images, side, _, width = x.shape
    window = to_window or from_window or side
    per_side = -(-side // window)
    grid = per_side * window if to_window else side
    shape = (images * per_side**2, window, window, width) if to_window else x.shape
    out = torch.empty(shape, device=x.device, dtype=x.dtype)
    total = x if addend is None else torch.empty_like(x)
    _add_norm[(images, grid, grid)](
        x, x if addend is None else addend, total, weight, bias, out, eps, side, per_side,
        window=window, add=addend is not None, from_windows=from_window is not None, to_windows=to_window is not None,
        width=width, padded=triton.next_power_of_2(width), num_warps=4,
    )  # fmt: skip
    return total, out
