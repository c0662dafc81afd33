"""Triton kernels of products with weights in 8 bits: read as bytes, widened in registers, scaled once at the end."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

# Microseconds on an H200 in a graph, by vectors and by tiles: the vocabulary 54 and 52 for one row, 68 and 52 for two,
# 133 and 53 for four; 1,280 outputs of 1,280 inputs 3.2 and 4.9, 3.6 and 4.9, 4.3 and 4.9.
FEW = 2
"""Rows of x up to which weights are multiplied by vectors."""
NARROW, WIDE = 2560, 8192
"""Outputs: below the first, and from the second on, programs take fewer or more of them, so that there are enough."""
VECTORS = (4, 1024, 4), (8, 256, 2), (8, 256, 2)
"""Of narrow products, others, and wide ones: outputs of a program, inputs at a time, and warps."""
TILES = (
    (16, ((16, 16, 256, 4, 4), (16, 32, 128, 4, 4), (16, 64, 128, 4, 4))),
    (64, ((16, 32, 128, 4, 4), (64, 32, 128, 4, 4), (64, 128, 64, 4, 4))),
    (None, ((64, 32, 128, 4, 4), (64, 128, 64, 4, 4), (128, 128, 64, 3, 4))),
)
"""Up to so many rows of x (None: any), of the same three: rows, outputs, inputs of a tile, turns under way, warps."""


@triton.jit
def widen(x):
    """int8 to float32: with its sign turned, a byte becomes the low bits of 2²³, as the device converts slowly."""
    turned = x.to(tl.uint8, bitcast=True).to(tl.uint32) ^ 0x4B000080
    return turned.to(tl.float32, bitcast=True) - 8388736.0


@triton.jit
def widen_to(x, form: tl.constexpr):
    """int8 to the format of a product, exactly."""
    # In bfloat16 the compiler joins a byte's low bits with 128 and takes 128 or 256 away, two numbers at once: four
    # instructions where `widen` and rounding take seven. To half precision it converts slowly.
    if form == tl.bfloat16:  # noqa: SIM108  a kernel has no conditional expression of constants
        wide = x.to(form)
    else:
        wide = widen(x).to(form)
    return wide


@triton.jit
def _by_vector(
    x, weight, scales, bias, out, count, outputs, x_row,
    inputs: tl.constexpr, biased: tl.constexpr, padded: tl.constexpr, tile: tl.constexpr, depth: tl.constexpr,
):  # fmt: skip
    """One program: `tile` outputs of all rows of x, whose number is `padded` at most."""
    output, row = tl.program_id(0) * tile + tl.arange(0, tile), tl.arange(0, padded)
    real, own = output < outputs, row < count
    base = weight + output[:, None].to(tl.int64) * inputs
    # Summed across lanes once, at the end.
    total = tl.zeros([padded, tile, depth], tl.float32)
    for start in tl.range(0, inputs, depth, num_stages=3):
        column = start + tl.arange(0, depth)
        inside = (column < inputs)[None, :]
        wide = widen(tl.load(base + column[None, :], mask=real[:, None] & inside, other=0))
        value = tl.load(x + row[:, None] * x_row + column[None, :], mask=own[:, None] & inside, other=0.0)
        total += wide[None, :, :] * value.to(tl.float32)[:, None, :]
    result = tl.sum(total, 2) * tl.load(scales + output, mask=real, other=0.0).to(tl.float32)[None, :]
    if biased:
        result += tl.load(bias + output, mask=real, other=0.0).to(tl.float32)[None, :]
    to = out + row[:, None] * outputs + output[None, :]
    tl.store(to, result.to(out.dtype.element_ty), mask=own[:, None] & real[None, :])


@triton.jit
def _by_tiles(
    x, weight, scales, bias, out, count, outputs, x_row,
    inputs: tl.constexpr, biased: tl.constexpr, rows: tl.constexpr, tile: tl.constexpr, depth: tl.constexpr,
    stages: tl.constexpr,
):  # fmt: skip
    """One program: `tile` outputs of `rows` rows of x; tensor cores get the weights in x's own format."""
    # Neighbours read the same weights.
    row, output = tl.program_id(0) * rows + tl.arange(0, rows), tl.program_id(1) * tile + tl.arange(0, tile)
    own, real = row < count, output < outputs
    base, values = weight + output[:, None].to(tl.int64) * inputs, x + row[:, None].to(tl.int64) * x_row
    total = tl.zeros([rows, tile], tl.float32)
    for start in tl.range(0, inputs, depth, num_stages=stages):
        column = start + tl.arange(0, depth)
        inside = (column < inputs)[None, :]
        value = tl.load(values + column[None, :], mask=own[:, None] & inside, other=0.0)
        wide = widen_to(tl.load(base + column[None, :], mask=real[:, None] & inside, other=0), value.dtype)
        total = tl.dot(value, tl.trans(wide), total, input_precision="ieee")
    result = total * tl.load(scales + output, mask=real, other=0.0).to(tl.float32)[None, :]
    if biased:
        result += tl.load(bias + output, mask=real, other=0.0).to(tl.float32)[None, :]
    to = out + row[:, None].to(tl.int64) * outputs + output[None, :]
    tl.store(to, result.to(out.dtype.element_ty), mask=own[:, None] & real[None, :])


def int8_product(x: Tensor, weight: Tensor, scales: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear` of x [n, inputs] with int8 `weight` [outputs, inputs] that has `scales` [outputs] → [n, outputs]."""
    x = x if x.stride(1) == 1 else x.contiguous()
    count, (outputs, inputs) = x.shape[0], weight.shape
    out = torch.empty((count, outputs), device=x.device, dtype=x.dtype)
    given = x, weight, scales, scales if bias is None else bias, out, count, outputs, x.stride(0)
    biased, size = bias is not None, (outputs >= NARROW) + (outputs >= WIDE)
    if count <= FEW:
        tile, depth, warps = VECTORS[size]
        padded = triton.next_power_of_2(count)
        _by_vector[(triton.cdiv(outputs, tile),)](
            *given, inputs=inputs, biased=biased, padded=padded, tile=tile, depth=depth, num_warps=warps
        )
        return out
    shapes = next(shapes for most, shapes in TILES if most is None or count <= most)
    rows, tile, depth, stages, warps = shapes[size]
    _by_tiles[(triton.cdiv(count, rows), triton.cdiv(outputs, tile))](
        *given, inputs=inputs, biased=biased, rows=rows, tile=tile, depth=depth, stages=stages, num_warps=warps
    )
    return out


@triton.jit
def _widened(weight, scales, out, count, inputs, tile: tl.constexpr):
    place = tl.program_id(0).to(tl.int64) * tile + tl.arange(0, tile)
    inside = place < count
    wide = widen(tl.load(weight + place, mask=inside, other=0))
    scale = tl.load(scales + place // inputs, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + place, (wide * scale).to(out.dtype.element_ty), mask=inside)


def widened(weight: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """Int8 `weight` [outputs, inputs] times its `scales` [outputs], rounded to `dtype`."""
    out = torch.empty(weight.shape, device=weight.device, dtype=dtype)
    _widened[(triton.cdiv(weight.numel(), 4096),)](weight, scales, out, weight.numel(), weight.shape[1], tile=4096)
    return out
