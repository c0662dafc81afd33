"""Triton kernels of experts in 8 bits for many tokens: sorted by expert, so that each is read once for all its own."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from pipeline.engine.kernels.products.int8 import widen

Int8 = tuple[Tensor, Tensor]
"""Weights [E, outputs, inputs] in int8, and their scales [E, outputs]."""
SHAPES = ((128, 16, 32, 128, 4), (1024, 32, 64, 64, 4), (None, 64, 64, 64, 3))
"""Up to so many tokens (None: any): tokens, outputs and inputs of a tile, turns under way. Chosen, not measured."""


@triton.jit
def _own(ends, program, experts: tl.constexpr, padded: tl.constexpr, rows: tl.constexpr):
    """The expert whose rows this program takes, and the first and the last of them; behind all programs' work none.

    Each expert's rows stand together, up to `ends` [E]; they are cut into pieces of `rows`.
    """
    number = tl.arange(0, padded)
    end = tl.load(ends + number, mask=number < experts, other=0)
    begin = tl.load(ends + number - 1, mask=(number < experts) & (number > 0), other=0)
    pieces = (end - begin + rows - 1) // rows
    passed = tl.cumsum(tl.where(number < experts, pieces, 0), 0)
    expert = tl.sum(tl.where((passed <= program) & (number < experts), 1, 0), 0)
    mine = number == expert
    piece = program - tl.sum(tl.where(mine, passed - pieces, 0), 0)
    first = tl.sum(tl.where(mine, begin, 0), 0) + piece * rows
    return expert, first, tl.sum(tl.where(mine, end, 0), 0)


@triton.jit
def _up(
    x, gate_up, scales, order, ends, weights, hidden, each, experts: tl.constexpr, padded: tl.constexpr,
    width: tl.constexpr, inner: tl.constexpr, rows: tl.constexpr, tile: tl.constexpr, depth: tl.constexpr,
    stages: tl.constexpr,
):  # fmt: skip
    """One program: gate and up of `tile` inner channels for `rows` tokens of one expert."""
    expert, first, last = _own(ends, tl.program_id(0), experts, padded, rows)
    if expert < experts:
        place, output = first + tl.arange(0, rows), tl.program_id(1) * tile + tl.arange(0, tile)
        own, real = place < last, output < inner
        pair = tl.load(order + place, mask=own, other=0)
        values = x + (pair // each)[:, None] * width
        base = gate_up + expert.to(tl.int64) * (2 * inner * width) + output[:, None] * width
        gate, up = tl.zeros([rows, tile], tl.float32), tl.zeros([rows, tile], tl.float32)
        for start in tl.range(0, width, depth, num_stages=stages):
            column = start + tl.arange(0, depth)
            inside = (column < width)[None, :]
            value = tl.load(values + column[None, :], mask=own[:, None] & inside, other=0.0)
            both = real[:, None] & inside
            wide = widen(tl.load(base + column[None, :], mask=both, other=0)).to(value.dtype)
            gate = tl.dot(value, tl.trans(wide), gate, input_precision="ieee")
            wide = widen(tl.load(base + inner * width + column[None, :], mask=both, other=0)).to(value.dtype)
            up = tl.dot(value, tl.trans(wide), up, input_precision="ieee")
        scale = scales + expert * (2 * inner) + output
        gate *= tl.load(scale, mask=real, other=0.0).to(tl.float32)[None, :]
        up *= tl.load(scale + inner, mask=real, other=0.0).to(tl.float32)[None, :]
        weight = tl.load(weights + pair, mask=own, other=0.0)
        result = gate / (1.0 + tl.exp(-gate)) * up * weight[:, None]
        to = hidden + place[:, None].to(tl.int64) * inner + output[None, :]
        tl.store(to, result.to(hidden.dtype.element_ty), mask=own[:, None] & real[None, :])


@triton.jit
def _down(
    hidden, down, scales, order, ends, out, experts: tl.constexpr, padded: tl.constexpr,
    width: tl.constexpr, inner: tl.constexpr, rows: tl.constexpr, tile: tl.constexpr, depth: tl.constexpr,
    stages: tl.constexpr,
):  # fmt: skip
    """One program: `tile` outputs for `rows` tokens of one expert, to the places that these had before sorting."""
    expert, first, last = _own(ends, tl.program_id(0), experts, padded, rows)
    if expert < experts:
        place, output = first + tl.arange(0, rows), tl.program_id(1) * tile + tl.arange(0, tile)
        own, real = place < last, output < width
        pair = tl.load(order + place, mask=own, other=0)
        base = down + expert.to(tl.int64) * (width * inner) + output[:, None] * inner
        total = tl.zeros([rows, tile], tl.float32)
        for start in tl.range(0, inner, depth, num_stages=stages):
            column = start + tl.arange(0, depth)
            inside = (column < inner)[None, :]
            values = hidden + place[:, None].to(tl.int64) * inner + column[None, :]
            value = tl.load(values, mask=own[:, None] & inside, other=0.0)
            wide = widen(tl.load(base + column[None, :], mask=real[:, None] & inside, other=0)).to(value.dtype)
            total = tl.dot(value, tl.trans(wide), total, input_precision="ieee")
        total *= tl.load(scales + expert * width + output, mask=real, other=0.0).to(tl.float32)[None, :]
        to = out + pair[:, None] * width + output[None, :]
        tl.store(to, total.to(out.dtype.element_ty), mask=own[:, None] & real[None, :])


def int8_experts(x: Tensor, gate_up: Int8, down: Int8, experts: Tensor, weights: Tensor) -> Tensor:
    """Each token [T, width] through its own experts → [T, width]; `experts` and `weights` [T, k] are from `route`.

    Nothing depends on how many tokens an expert has but the device's own work: fit for a CUDA graph.
    """
    tokens, width = x.shape
    count, inner, each = gate_up[0].shape[0], down[0].shape[2], experts.shape[1]
    # A byte is sorted in one pass.
    in_order, order = experts.flatten().to(torch.uint8).sort(stable=True)
    named = torch.arange(count, device=x.device, dtype=torch.uint8)
    ends = torch.searchsorted(in_order, named, right=True, out_int32=True)
    rows, tile, depth, stages = next(shape[1:] for shape in SHAPES if shape[0] is None or tokens <= shape[0])
    # As many as there can be: every expert may have a piece that is not full.
    pieces = tokens * each // rows + count
    sizes = {"experts": count, "padded": triton.next_power_of_2(count), "width": width, "inner": inner}
    shape = {"rows": rows, "tile": tile, "depth": depth, "stages": stages, "num_warps": 4}
    hidden = torch.empty((tokens * each, inner), device=x.device, dtype=x.dtype)
    out = torch.empty((tokens * each, width), device=x.device, dtype=x.dtype)
    _up[(pieces, triton.cdiv(inner, tile))](x, *gate_up, order, ends, weights, hidden, each, **sizes, **shape)
    _down[(pieces, triton.cdiv(width, tile))](hidden, *down, order, ends, out, **sizes, **shape)
    return out.view(tokens, each, width).sum(1)
