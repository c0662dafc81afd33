"""Attention within the windows of a view that is not cut: what stands beyond the view's edge is never in memory."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.vision.range import LOG2E, is_odd

PIECE = tl.constexpr(64)
TILE = 64
"""Keys of a turn, and queries of a program."""


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
def _piece(
    q, said, k, v, which, scale, highest, total, mixed, shifted: tl.constexpr
):  # fmt: skip
    """Row and column are asked by one product with the queries' positions."""
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
    q, said, start, by_place, scale, top, left, side, token_step,
    window: tl.constexpr, tail: tl.constexpr, places: tl.constexpr, apart: tl.constexpr, width: tl.constexpr,
    tile: tl.constexpr, stages: tl.constexpr, shifted: tl.constexpr,
):  # fmt: skip
    """All keys of a window, and their values `apart` from them; what stands beyond the view is zero."""
    inside, place = tl.arange(0, width), tl.arange(0, places)
    highest = tl.full([tile], -1e30, tl.float32)
    total = tl.zeros([tile], tl.float32)
    mixed = tl.zeros([tile, width], tl.float32)
    whole: tl.constexpr = window * window // PIECE * PIECE
    for first in tl.range(0, whole, PIECE, num_stages=stages):
        key = first + tl.arange(0, PIECE)
        y, x = top + key // window, left + key % window
        at = start + ((y * side + x) * token_step)[:, None] + inside[None, :]
        within = ((y < side) & (x < side))[:, None]
        k, v = tl.load(at, mask=within, other=0.0), tl.load(at + apart, mask=within, other=0.0)
        which = tl.load(by_place + key[:, None] * places + place[None, :])
        highest, total, mixed = _piece(q, said, k, v, which, scale, highest, total, mixed, shifted)
    if tail:
        key = whole + tl.arange(0, tail)
        y, x = top + key // window, left + key % window
        at = start + ((y * side + x) * token_step)[:, None] + inside[None, :]
        within = ((y < side) & (x < side))[:, None]
        k, v = tl.load(at, mask=within, other=0.0), tl.load(at + apart, mask=within, other=0.0)
        which = tl.load(by_place + key[:, None] * places + place[None, :])
        highest, total, mixed = _piece(q, said, k, v, which, scale, highest, total, mixed, shifted)
    return total, mixed


@triton.jit
def _attend_window(
    projected, rows, columns, by_place, parts, out, scale, side, image_step, token_step,
    heads: tl.constexpr, window: tl.constexpr, tail: tl.constexpr, places: tl.constexpr, width: tl.constexpr,
    tile: tl.constexpr, stages: tl.constexpr, wide: tl.constexpr,
):  # fmt: skip
    """One program: `tile` queries of one head of one window."""
    part, head, image = parts + 3 * tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    top, left, first = tl.load(part), tl.load(part + 1), tl.load(part + 2)
    across, down = tl.minimum(window, side - left), tl.minimum(window, side - top)
    query, inside = first + tl.arange(0, tile), tl.arange(0, width)
    # How many stand in a row is known to the device alone, and it divides integers slowly. Half a place more keeps
    # what is rounded away from the next row.
    y = ((query + 0.5) * (1.0 / across)).to(tl.int32)
    x = query - y * across
    real, token = (query < across * down)[:, None], (top + y) * side + left + x
    start = projected + image * image_step + head * width
    q = tl.load(start + (token * token_step)[:, None] + inside[None, :], mask=real, other=0.0)
    said = _positions(q, rows, columns, y, x, 1.0 / scale, window, places, width)
    apart: tl.constexpr = heads * width
    total, mixed = _window(
        q, said, start + apart, by_place, scale * LOG2E, top, left, side, token_step,
        window, tail, places, apart, width, tile, stages, not wide,
    )  # fmt: skip
    if wide:  # noqa: SIM102  Triton joins no number known now with one known then
        if is_odd(total):
            total, mixed = _window(
                q, said, start + apart, by_place, scale * LOG2E, top, left, side, token_step,
                window, tail, places, apart, width, tile, stages, True,
            )  # fmt: skip
    own = out + image * side * side * apart + head * width + (token * apart)[:, None] + inside[None, :]
    tl.store(own, (mixed / total[:, None]).to(out.dtype.element_ty), mask=real)


def window_attention(
    projected: Tensor, rows: Tensor, columns: Tensor, by_place: Tensor, parts: Tensor, window: int,
    *, stages: int = 2, warps: int = 4, registers: int | None = 128,
) -> Tensor:  # fmt: skip
    """Attention within windows of window² patches with decomposed relative positions → [N, side², heads, d].

    `projected` [N, side, side, 3, heads, d] are queries, keys and values of whole views (contiguous; d a power of two
    from 16), keys and values without their biases: then those beyond the view are zeros, where the last windows reach
    there. `rows` and `columns` [2 window - 1, d] are the learned positions by distance, `by_place` is `keys_by_place`,
    `parts` `parts_of_windows`. `registers` a thread at most: with 128 four programs fit where three did.
    """
    images, side, _, _, heads, width = projected.shape
    out = torch.empty((images, side * side, heads, width), device=projected.device, dtype=projected.dtype)
    # Half precision has too little room for exponentials as they come.
    shape = {"wide": projected.dtype is not torch.float16, "stages": stages, "num_warps": warps}
    shape |= {"maxnreg": registers} if registers and projected.is_cuda else {}
    _attend_window[(len(parts), heads, images)](
        projected, rows, columns, by_place, parts, out, width**-0.5, side, projected.stride(0), projected.stride(2),
        heads=heads, window=window, tail=last_piece(window**2), places=places(window), width=width, tile=TILE, **shape,
    )  # fmt: skip
    return out


def parts_of_windows(side: int, window: int, device: torch.device) -> Tensor:
    """What each program takes of a view: its window's first row and column, and its first query, int32 [programs, 3].

    A window's queries are counted through those of its patches that are in the view.
    """
    parts = [
        (top, left, first)
        for top in range(0, side, window)
        for left in range(0, side, window)
        for first in range(0, min(window, side - top) * min(window, side - left), TILE)
    ]
    return torch.tensor(parts, dtype=torch.int32, device=device)


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
