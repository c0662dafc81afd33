"""Triton kernels for what stands between the matrix products: one pass over memory each, float32 inside."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

AT_ONCE = 4
"""Rows of a program that normalises many, each by a warp of its own."""


@triton.jit
def _rms_norm(
    x, weight, out, rows, x_row, eps, width: tl.constexpr, padded: tl.constexpr, at_once: tl.constexpr
):  # fmt: skip
    row = (tl.program_id(0).to(tl.int64) * at_once + tl.arange(0, at_once))[:, None]
    place = tl.arange(0, padded)
    real = (row < rows) & (place < width)[None, :]
    values = tl.load(x + row * x_row + place[None, :], mask=real, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(values * values, 1) / width + eps)[:, None]
    # Rounded before the weight is applied, as in `RMSNorm`.
    rounded = (values * scale).to(out.dtype.element_ty).to(tl.float32)
    scaled = rounded * tl.load(weight + place, mask=place < width, other=0.0).to(tl.float32)[None, :]
    tl.store(out + row * width + place[None, :], scaled.to(out.dtype.element_ty), mask=real)


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """`RMSNorm` of [..., width] → the same shape, contiguous."""
    width = x.shape[-1]
    rows = x.reshape(-1, width)
    out = torch.empty_like(rows)
    count, padded = rows.shape[0], triton.next_power_of_2(width)
    # A step's few rows are spread over as many programs, those of pages are done some at once.
    at_once = AT_ONCE if count >= 4096 else 1
    _rms_norm[(triton.cdiv(count, at_once),)](
        rows, weight, out, count, rows.stride(0), eps, width=width, padded=padded, at_once=at_once, num_warps=4
    )
    return out.view(x.shape)


@triton.jit
def _layer_norm(
    x, owed, weight, bias, out, rows, eps, width: tl.constexpr, padded: tl.constexpr, at_once: tl.constexpr
):  # fmt: skip
    row = (tl.program_id(0).to(tl.int64) * at_once + tl.arange(0, at_once))[:, None]
    place = tl.arange(0, padded)
    known = place < width
    real = (row < rows) & known[None, :]
    values = tl.load(x + row * width + place[None, :], mask=real, other=0.0).to(tl.float32)
    values += tl.load(owed + place, mask=known, other=0.0)[None, :]
    mean = tl.sum(values, 1) / width
    apart = tl.where(known[None, :], values - mean[:, None], 0.0)
    scaled = apart * tl.rsqrt(tl.sum(apart * apart, 1) / width + eps)[:, None]
    factor = tl.load(weight + place, mask=known, other=0.0).to(tl.float32)
    shift = tl.load(bias + place, mask=known, other=0.0).to(tl.float32)
    result = (scaled * factor[None, :] + shift[None, :]).to(out.dtype.element_ty)
    tl.store(out + row * width + place[None, :], result, mask=real)


def layer_norm(x: Tensor, owed: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Layer normalisation of `x` [..., width] (contiguous) and `owed` [width], float32, which is added first."""
    width, out = x.shape[-1], torch.empty_like(x)
    rows = x.numel() // width
    _layer_norm[(triton.cdiv(rows, AT_ONCE),)](
        x, owed, weight, bias, out, rows, eps,
        width=width, padded=triton.next_power_of_2(width), at_once=AT_ONCE, num_warps=AT_ONCE,
    )  # fmt: skip
    return out


@triton.jit
def _add_rms_norm(x, addend, weight, total, out, eps, width: tl.constexpr, padded: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * width
    places = tl.arange(0, padded)
    real = places < width
    values = tl.load(x + row + places, mask=real, other=0.0).to(tl.float32)
    values += tl.load(addend + row + places, mask=real, other=0.0).to(tl.float32)
    kept = values.to(total.dtype.element_ty)  # the sum rounds before it is normalised, as two calls would have it
    tl.store(total + row + places, kept, mask=real)
    values = kept.to(tl.float32)
    scale = tl.rsqrt(tl.sum(values * values, 0) / width + eps)
    rounded = (values * scale).to(out.dtype.element_ty).to(tl.float32)
    scaled = rounded * tl.load(weight + places, mask=real, other=0.0).to(tl.float32)
    tl.store(out + row + places, scaled.to(out.dtype.element_ty), mask=real)


def add_rms_norm(x: Tensor, addend: Tensor, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """The sum of two [..., width] (made contiguous) and its `RMSNorm`: one pass, and one launch, instead of two."""
    x, addend = x.contiguous(), addend.contiguous()
    total, out, width = torch.empty_like(x), torch.empty_like(x), x.shape[-1]
    _add_rms_norm[(x.numel() // width,)](
        x, addend, weight, total, out, eps, width=width, padded=triton.next_power_of_2(width), num_warps=4
    )
    return total, out


@triton.jit
def _rotate(x, cos, sin, x_row, table_rows, heads: tl.constexpr, padded_heads: tl.constexpr, half: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    head, place = tl.arange(0, padded_heads), tl.arange(0, half)
    table = (row % table_rows) * 2 * half + place
    c, s = tl.load(cos + table)[None, :], tl.load(sin + table)[None, :]
    first = x + row * x_row + head[:, None] * 2 * half + place[None, :]
    real = (head < heads)[:, None] & (place < half)[None, :]
    low = tl.load(first, mask=real, other=0.0).to(tl.float32)
    high = tl.load(first + half, mask=real, other=0.0).to(tl.float32)
    tl.store(first, (low * c - high * s).to(x.dtype.element_ty), mask=real)
    tl.store(first + half, (high * c + low * s).to(x.dtype.element_ty), mask=real)


def rotate_in_place(x: Tensor, heads: int, cos: Tensor, sin: Tensor) -> None:
    """Turn the first `heads` heads of each row of [rows, …] (contiguous) by `cos`, `sin` [table rows, head dim].

    Row i takes table row i modulo their number. The head dim is twice a power of two.
    """
    head_dim = cos.shape[-1]
    padded = triton.next_power_of_2(heads)
    _rotate[(x.shape[0],)](
        x, cos, sin, x.stride(0), cos.shape[0], heads=heads, padded_heads=padded, half=head_dim // 2, num_warps=4
    )


@triton.jit
def _gate(both, weights, out, groups, inner, weighted: tl.constexpr, block: tl.constexpr):
    pair = tl.program_id(0).to(tl.int64)  # token * groups + group
    place = tl.program_id(1) * block + tl.arange(0, block)
    real = place < inner
    gate = tl.load(both + pair * 2 * inner + place, mask=real, other=0.0).to(tl.float32)
    up = tl.load(both + pair * 2 * inner + inner + place, mask=real, other=0.0).to(tl.float32)
    hidden = gate / (1.0 + tl.exp(-gate)) * up
    if weighted:
        hidden *= tl.load(weights + pair)
    tl.store(out + pair * inner + place, hidden.to(out.dtype.element_ty), mask=real)


def gate(both: Tensor, weights: Tensor | None = None) -> Tensor:
    """SwiGLU of [..., 2 * inner] (gate, then up), times `weights` [...] in float32 → [..., inner]."""
    both = both.contiguous()
    inner = both.shape[-1] // 2
    out = torch.empty((*both.shape[:-1], inner), device=both.device, dtype=both.dtype)
    rows = out.numel() // inner
    block = min(1024, triton.next_power_of_2(inner))
    _gate[(rows, triton.cdiv(inner, block))](
        both, both if weights is None else weights, out, rows, inner, weighted=weights is not None, block=block
    )
    return out


@triton.jit
def _log_sum_exp(x, out, x_row, width, block: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    inside = tl.arange(0, block)
    # Every lane keeps its own running sum, so that lanes meet only once, at the end.
    highest = tl.full([block], -1e30, tl.float32)
    total = tl.zeros([block], tl.float32)
    for start in tl.range(0, width, block, num_stages=3):
        places = start + inside
        values = tl.load(x + row * x_row + places, mask=places < width, other=-float("inf")).to(tl.float32)
        above = tl.maximum(highest, values)
        total = total * tl.exp(highest - above) + tl.exp(values - above)
        highest = above
    peak = tl.max(highest, 0)
    tl.store(out + row, peak + tl.log(tl.sum(total * tl.exp(highest - peak), 0)))


def log_sum_exp(x: Tensor) -> Tensor:
    """Of each row of [n, width] (rows contiguous), in float32: [n]. Reads once and writes nothing of that size."""
    out = torch.empty(x.shape[0], device=x.device, dtype=torch.float32)
    _log_sum_exp[(x.shape[0],)](x, out, x.stride(0), x.shape[1], block=4096, num_warps=8)
    return out
