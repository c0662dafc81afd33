"""Attention within the windows of a view that is not cut: what stands beyond the view's edge is never in memory."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.vision.range import LOG2E, is_odd

PIECE = tl.constexpr(64)


@triton.jit
def _positions(
    q, rows, columns, y, x, per_product, window: tl.constexpr, places: tl.constexpr, width: tl.constexpr
):  # fmt: skip
    """What queries in rows `y` and columns `x` of their window say to its rows, its columns and the place beyond.

    Products with the learned positions are by distance, and picked by place. Times `per_product`, so that they can be
    added to a product that is divided by that.
    """
    place, inside = tl.arange(0, places), tl.arange(0, width)
    known, table = (place < 2 * window - 1)[:, None], place[:, None] * width + inside[None, :]
    by_row = tl.dot(q, tl.trans(tl.load(rows + table, mask=known, other=0.0)), input_precision="ieee")
    by_column = tl.dot(q, tl.trans(tl.load(columns + table, mask=known, other=0.0)), input_precision="ieee")
    row = y[:, None] + (window - 1 - place)[None, :]
    column = x[:, None] + (2 * window - 1 - place)[None, :]
    by_row = tl.gather(by_row, tl.minimum(tl.maximum(row, 0), places - 1), 1)
    by_column = tl.gather(by_column, tl.minimum(tl.maximum(column, 0), places - 1), 1)
    beyond = tl.where(place == 2 * window, 1.0, 0.0)[None, :]
    said = tl.where((place < window)[None, :], by_row, tl.where((place < 2 * window)[None, :], by_column, beyond))
    return (said * per_product).to(q.dtype)


@triton.jit
def _keys(view, beyond, key, top, left, side, token_step, inside, window: tl.constexpr):
    """Where the keys or values number `key` of a window lie: in the view, or what stands for all beyond it."""
    y, x = top + key // window, left + key % window
    within = ((y < side) & (x < side))[:, None]
    return tl.where(within, view + (y * side + x)[:, None] * token_step + inside[None, :], beyond + inside[None, :])


@triton.jit
def _piece(
    q, said, k, v, which, scale, highest, total, mixed, shifted: tl.constexpr
):  # fmt: skip
    """Some keys more. Row and column are asked by one product with the queries' positions."""
    score = tl.dot(q, tl.trans(k), input_precision="ieee")
    score = tl.dot(said, tl.trans(which), score, input_precision="ieee") * scale
    if shifted:
        above = tl.maximum(highest, tl.max(score, 1))
        shrink = tl.exp2(highest - above)
        total, mixed, highest = total * shrink, mixed * shrink[:, None], above
        score -= above[:, None]
    weight = tl.exp2(score)
    return highest, total + tl.sum(weight, 1), tl.dot(weight.to(v.dtype), v, mixed, input_precision="ieee")


@triton.jit
def _window(
    q, said, keys, values, beyond_keys, beyond_values, by_place, scale, top, left, side, token_step,
    window: tl.constexpr, tail: tl.constexpr, places: tl.constexpr, width: tl.constexpr, tile: tl.constexpr,
    stages: tl.constexpr, shifted: tl.constexpr,
):  # fmt: skip
    inside, place = tl.arange(0, width), tl.arange(0, places)
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    whole: tl.constexpr = window * window // PIECE * PIECE
    for first in tl.range(0, whole, PIECE, num_stages=stages):
        key = first + tl.arange(0, PIECE)
        k = tl.load(_keys(keys, beyond_keys, key, top, left, side, token_step, inside, window))
        v = tl.load(_keys(values, beyond_values, key, top, left, side, token_step, inside, window))
        which = tl.load(by_place + key[:, None] * places + place[None, :])
        highest, total, mixed = _piece(q, said, k, v, which, scale, highest, total, mixed, shifted)
    if tail:
        key = whole + tl.arange(0, tail)
        k = tl.load(_keys(keys, beyond_keys, key, top, left, side, token_step, inside, window))
        v = tl.load(_keys(values, beyond_values, key, top, left, side, token_step, inside, window))
        which = tl.load(by_place + key[:, None] * places + place[None, :])
        highest, total, mixed = _piece(q, said, k, v, which, scale, highest, total, mixed, shifted)
    return total, mixed


@triton.jit
def _attend_window(
    queries, keys, values, beyond_keys, beyond_values, rows, columns, by_place, out, scale, side, per_side, heads,
    image_step, token_step, head_step,
    window: tl.constexpr, tail: tl.constexpr, places: tl.constexpr, width: tl.constexpr, tile: tl.constexpr,
    tiles: tl.constexpr, stages: tl.constexpr, wide: tl.constexpr,
):  # fmt: skip
    """One program: `tile` queries of one head of one window."""
    part, head, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    query, which = part % tiles * tile + tl.arange(0, tile), part // tiles
    top, left = which // per_side * window, which % per_side * window
    if top + part % tiles * tile // window >= side:
        return
    inside = tl.arange(0, width)
    y, x = query // window, query % window
    real = ((query < window * window) & (top + y < side) & (left + x < side))[:, None]
    token = (top + y) * side + left + x
    start = image * image_step + head * head_step
    q = tl.load(queries + start + token[:, None] * token_step + inside[None, :], mask=real, other=0.0)
    said = _positions(q, rows, columns, y, x, 1.0 / scale, window, places, width)
    own = ((image * side * side + token) * heads + head)[:, None] * width + inside[None, :]
    keys, values, pad = keys + start, values + start, head * head_step
    total, mixed = _window(
        q, said, keys, values, beyond_keys + pad, beyond_values + pad, by_place, scale * LOG2E, top, left, side,
        token_step, window, tail, places, width, tile, stages, not wide,
    )  # fmt: skip
    if wide:  # noqa: SIM102  Triton joins no number known now with one known then
        if is_odd(total):
            total, mixed = _window(
                q, said, keys, values, beyond_keys + pad, beyond_values + pad, by_place, scale * LOG2E, top, left,
                side, token_step, window, tail, places, width, tile, stages, True,
            )  # fmt: skip
    tl.store(out + own, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real)


def window_attention(
    projected: Tensor, beyond: Tensor, rows: Tensor, columns: Tensor, by_place: Tensor, window: int,
    *, stages: int = 2, warps: int = 4, registers: int | None = 168,
) -> Tensor:  # fmt: skip
    """Attention within windows of window² patches with decomposed relative positions → [N, side², heads, d].

    `projected` [N, side, side, 3, heads, d] are queries, keys and values of whole views (contiguous; d a power of two
    from 16). The last windows reach beyond the view where its side is no multiple of theirs; every patch there has the
    keys and values `beyond` [3 heads d], which is what the projection makes of zeros. `rows` and `columns`
    [2 window - 1, d] are the learned positions by distance, `by_place` is `keys_by_place`.
    """
    images, side, _, _, heads, width = projected.shape
    flat = projected.view(images, side * side, 3, heads, width)
    queries, keys, values = flat.unbind(2)
    _, beyond_keys, beyond_values = beyond.view(3, -1).unbind()
    out = torch.empty((images, side * side, heads, width), device=projected.device, dtype=projected.dtype)
    tile, per_side = 64, triton.cdiv(side, window)
    tiles = triton.cdiv(window * window, tile)
    # Half precision has too little room for exponentials as they come.
    shape = {"wide": projected.dtype is not torch.float16, "stages": stages, "num_warps": warps}
    shape |= {"maxnreg": registers} if registers and projected.is_cuda else {}
    _attend_window[(tiles * per_side**2, heads, images)](
        queries, keys, values, beyond_keys, beyond_values, rows, columns, by_place, out, width**-0.5,
        side, per_side, heads, queries.stride(0), queries.stride(1), queries.stride(2),
        window=window, tail=last_piece(window**2), places=places(window), width=width, tile=tile, tiles=tiles, **shape,
    )  # fmt: skip
    return out


def places(window: int) -> int:
    """Rows and columns of a window and one place beyond, as a tensor core multiplies them: a power of two from 16."""
    return max(16, 1 << (2 * window).bit_length())


def keys_by_place(window: int, like: Tensor) -> Tensor:
    """Which row and column each key of a window stands in: [keys, `places(window)`].

    Keys are filled up to whole pieces; those behind the window are pushed far below all others by the place beyond.
    """
    keys = window * window
    table = torch.zeros(keys - keys % 64 + last_piece(keys), places(window))
    key = torch.arange(keys)
    table[key, key // window] = 1
    table[key, window + key % window] = 1
    table[keys:, 2 * window] = -30000.0  # the largest round number that half precision holds, too
    return table.to(like.device, like.dtype)


def last_piece(keys: int) -> int:
    """Keys that are left where the others are taken by 64: none, or filled up to 16, 32 or 64."""
    over = keys % 64
    return max(16, 1 << (over - 1).bit_length()) if over else 0
