"""Triton kernels of the mixture of experts: the router's choice, and experts of few tokens, read only where chosen."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.products.int8 import widen

# The best of 26 and 14 over 1 to 16 tokens, layers from memory, in a graph on an H200. One token and eight: 16 bits
# 19.4 µs and 77.7 where (8, 256, 4), (2, 1024, 8) take 20.7 and 94.6; 8 bits 15.5 and 66.6 for 16.8 and 78.1.
UP, DOWN = (4, 256, 1), (1, 256, 1)
UP_OF_BYTES, DOWN_OF_BYTES = (4, 256, 2), (2, 256, 2)
"""Of a program of the experts of few tokens: outputs, inputs at a time, and warps."""


@triton.jit
def _route(
    logits, spread, experts, weights, scaling,
    count: tl.constexpr, shared: tl.constexpr, padded: tl.constexpr, best: tl.constexpr, normalize: tl.constexpr,
):  # fmt: skip
    token = tl.program_id(0)
    expert = tl.arange(0, padded)
    routed = expert < count
    logit = tl.load(logits + token * count + expert, mask=routed, other=-float("inf"))
    score = tl.exp(logit - tl.max(logit, 0))
    score = score / tl.sum(score, 0)
    factor = scaling
    if normalize:
        left = tl.where(routed, score, -1.0)
        total = 1e-20
        for _ in tl.static_range(best):
            total += tl.max(left, 0)
            left = tl.where(expert == tl.argmax(left, 0), -1.0, left)
        factor = scaling / total
    left = tl.where(routed, score, -1.0)
    taken = tl.where(routed, 0.0, 1.0)
    chosen = token * (best + shared)
    for rank in tl.static_range(best):
        winner = tl.argmax(left, 0)  # the lower index where two are equal
        weight = tl.max(left, 0) * factor
        taken = tl.where(expert == winner, weight, taken)
        left = tl.where(expert == winner, -1.0, left)
        tl.store(experts + chosen + rank, winner.to(tl.int64))
        tl.store(weights + chosen + rank, weight)
    for rank in tl.static_range(shared):
        tl.store(experts + chosen + best + rank, tl.full([], count + rank, tl.int64))
        tl.store(weights + chosen + best + rank, 1.0)
    tl.store(spread + token * (count + shared) + expert, taken, mask=expert < count + shared)


def route(logits: Tensor, best: int, shared: int, scaling: float, normalize: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Router logits [T, E] float32 → weights of all experts [T, E + shared] (mostly 0), and the chosen ones.

    The last two are experts (int64) and weights (float32), [T, best + shared]; the shared experts come last, with 1.
    """
    tokens, count = logits.shape
    spread = torch.empty((tokens, count + shared), device=logits.device, dtype=torch.float32)
    experts = torch.empty((tokens, best + shared), device=logits.device, dtype=torch.int64)
    weights = torch.empty((tokens, best + shared), device=logits.device, dtype=torch.float32)
    _route[(tokens,)](
        logits, spread, experts, weights, scaling,
        count=count, shared=shared, padded=triton.next_power_of_2(count + shared), best=best, normalize=normalize,
        num_warps=1,
    )  # fmt: skip
    return spread, experts, weights


@triton.jit
def _wide(x, eight: tl.constexpr):
    """Weights to float32, from 8 bits or more."""
    if eight:  # noqa: SIM108  a kernel has no conditional expression of constants
        wide = widen(x)
    else:
        wide = x.to(tl.float32)
    return wide


@triton.jit
def _up(
    x, gate_up, scales, experts, weights, hidden, width: tl.constexpr, inner: tl.constexpr, each: tl.constexpr,
    rows: tl.constexpr, columns: tl.constexpr, eight: tl.constexpr,
):  # fmt: skip
    """One program: `rows` of one chosen expert's gate and up, for one token."""
    pair, row = tl.program_id(0), tl.program_id(1) * rows + tl.arange(0, rows)
    token = pair // each
    # Read on the device: which experts a token takes is never known on the host, so that the step can be a graph.
    expert = tl.load(experts + pair)
    real = row < inner
    gate_sum = tl.zeros([rows, columns], tl.float32)
    up_sum = tl.zeros([rows, columns], tl.float32)
    base = gate_up + expert * 2 * inner * width + row[:, None] * width
    # No turns: the loads of all columns are on their way before the first is used. For the same reason the token has
    # the weights' shape: in another layout it would pass through shared memory, and its barriers hold loads back.
    for start in tl.static_range(0, width, columns):
        column = start + tl.arange(0, columns)[None, :] + 0 * row[:, None]
        mask = real[:, None] & (column < width)
        value = tl.load(x + token * width + column, mask=mask, other=0.0).to(tl.float32)
        gate_sum += _wide(tl.load(base + column, mask=mask, other=0), eight) * value
        up_sum += _wide(tl.load(base + inner * width + column, mask=mask, other=0), eight) * value
    gate, up = tl.sum(gate_sum, 1), tl.sum(up_sum, 1)
    if eight:
        scale = scales + expert * 2 * inner + row
        gate *= tl.load(scale, mask=real, other=0.0).to(tl.float32)
        up *= tl.load(scale + inner, mask=real, other=0.0).to(tl.float32)
    result = gate / (1.0 + tl.exp(-gate)) * up * tl.load(weights + pair)
    tl.store(hidden + pair * inner + row, result.to(hidden.dtype.element_ty), mask=real)


@triton.jit
def _down(
    hidden, down, scales, experts, out, down_row, down_expert, width: tl.constexpr, inner: tl.constexpr,
    each: tl.constexpr, rows: tl.constexpr, columns: tl.constexpr, eight: tl.constexpr,
):  # fmt: skip
    """One program: `rows` outputs of one token, summed over its experts."""
    token, row = tl.program_id(0), tl.program_id(1) * rows + tl.arange(0, rows)
    real = row < width
    total = tl.zeros([rows, columns], tl.float32)
    for number in tl.static_range(each):
        expert = tl.load(experts + token * each + number)
        base = down + row[:, None].to(tl.int64) * down_row + expert * down_expert
        part = tl.zeros([rows, columns], tl.float32)
        for start in tl.static_range(0, inner, columns):
            column = start + tl.arange(0, columns)[None, :] + 0 * row[:, None]
            mask = real[:, None] & (column < inner)
            value = tl.load(hidden + (token * each + number) * inner + column, mask=mask, other=0.0)
            part += _wide(tl.load(base + column, mask=mask, other=0), eight) * value.to(tl.float32)
        if eight:
            part *= tl.load(scales + expert * width + row, mask=real, other=0.0).to(tl.float32)[:, None]
        total += part
    tl.store(out + token * width + row, tl.sum(total, 1).to(out.dtype.element_ty), mask=real)


def few_tokens(
    x: Tensor, gate_up: Tensor, down: Tensor, experts: Tensor, weights: Tensor, inner: int,
    scales: tuple[Tensor, Tensor] | None = None,
) -> Tensor:  # fmt: skip
    """Each token [T, width] through its own experts only, matrix by vector → [T, width].

    `gate_up` is [E * 2 * inner, width], `down` [width, E * inner]; `experts` and `weights` [T, k] from `route`. With
    `scales` [E, 2 inner], [E, width], both are int8, and `down` is [E, width, inner].
    """
    tokens, width = x.shape
    each, eight = experts.shape[1], scales is not None
    hidden = torch.empty((tokens * each, inner), device=x.device, dtype=x.dtype)
    out = torch.empty_like(x)
    up_scales, down_scales = scales or (weights, weights)
    first, second = (UP_OF_BYTES, DOWN_OF_BYTES) if eight else (UP, DOWN)
    rows, columns, warps = first
    _up[(tokens * each, triton.cdiv(inner, rows))](
        x, gate_up, up_scales, experts, weights, hidden, width=width, inner=inner, each=each, rows=rows,
        columns=min(columns, triton.next_power_of_2(width)), eight=eight, num_warps=warps,
    )  # fmt: skip
    steps = (down.stride(1), down.stride(0)) if eight else (down.stride(0), inner)
    rows, columns, warps = second
    _down[(tokens, triton.cdiv(width, rows))](
        hidden, down, down_scales, experts, out, *steps, width=width, inner=inner, each=each, rows=rows,
        columns=min(columns, triton.next_power_of_2(inner)), eight=eight, num_warps=warps,
    )  # fmt: skip
    return out
