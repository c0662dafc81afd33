"""Triton kernels of experts for many tokens: sorted by expert, so that each is read once for all its own."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

from pipeline.engine.kernels.products.dispatch import combine, dispatch, programs, take_part
from pipeline.engine.kernels.products.int8 import widen_to


class Tile(NamedTuple):
    """What a program computes: tokens by outputs, over so many inputs a turn; turns under way; `take_part`'s group."""

    rows: int
    columns: int
    depth: int
    stages: int
    warps: int
    group: int


# Of both products; the first has two sums for each of its outputs. The best of nine by seven, one layer of the released
# sizes in a graph on an H200 (README, "Experts by groups"): 384 tokens .158 ms, 4,450 tokens .541.
FEW = Tile(64, 128, 64, 5, 4, 1), Tile(64, 256, 64, 4, 4, 1)
MANY = Tile(128, 128, 64, 4, 8, 16), Tile(128, 256, 64, 4, 8, 16)
# Bytes that are widened take registers and memory beside those that are under way. The best of eight, both products
# alike: 64 tokens .122 ms, where 64 columns in the first take .136; 384 tokens .141 and .144.
EIGHT_FEW = Tile(64, 128, 64, 4, 4, 1), Tile(64, 128, 64, 4, 4, 1)
EIGHT_MANY = Tile(128, 64, 64, 3, 8, 8), Tile(128, 128, 64, 3, 8, 8)
# Compiled for sm_80 and sm_89 without registers in memory; run on none of them.
OLDER = Tile(64, 64, 64, 3, 4, 8), Tile(64, 128, 64, 3, 4, 8)
"""For devices that do not copy tiles by themselves."""
EXACT = Tile(32, 32, 32, 2, 4, 1), Tile(32, 32, 32, 2, 4, 1)
"""In float32, as tests have it."""
# 384 tokens .164 and .175 ms with tiles of few and of many rows, 768 tokens .214 and .190.
SOME = 512
"""Tokens up to which tiles have few rows."""


@triton.jit
def _tile(
    matrix, row, column, height, length: tl.constexpr, rows: tl.constexpr, depth: tl.constexpr, described: tl.constexpr
):  # fmt: skip
    """`rows` by `depth` of a matrix of `height` rows of `length`, with zeros behind its edges."""
    if described:
        tile = matrix.load([row, column])
    else:
        at, place = row + tl.arange(0, rows), column + tl.arange(0, depth)
        inside = (at < height)[:, None] & (place < length)[None, :]
        tile = tl.load(matrix + at.to(tl.int64)[:, None] * length + place[None, :], mask=inside, other=0)
    return tile


@triton.jit
def _transposed(tile, eight: tl.constexpr, form: tl.constexpr):
    """Weights as the product wants them; 8 bits become `form`."""
    if eight:
        tile = widen_to(tile, form)
    return tl.trans(tile)


@triton.jit
def _up(
    x, gate_up, scales, counts, lists, weights, hidden, tokens, each: tl.constexpr, routed: tl.constexpr,
    experts: tl.constexpr, padded: tl.constexpr, width: tl.constexpr, inner: tl.constexpr, eight: tl.constexpr,
    described: tl.constexpr, rows: tl.constexpr, columns: tl.constexpr, depth: tl.constexpr, stages: tl.constexpr,
    group: tl.constexpr,
):  # fmt: skip
    """One program: gate and up of some inner channels for some tokens of one expert."""
    tiles: tl.constexpr = (inner + columns - 1) // columns
    expert, tile, begin, row, pair, own = take_part(
        counts, lists, tokens, each, routed, experts, padded, tiles, rows, group
    )
    if expert < experts:
        place = tl.arange(0, depth)
        values = x + (pair // each)[:, None] * width + place[None, :]
        form: tl.constexpr = hidden.dtype.element_ty
        to_gate, height = expert * (2 * inner) + tile * columns, experts * 2 * inner
        gate, up = tl.zeros([rows, columns], tl.float32), tl.zeros([rows, columns], tl.float32)
        for start in tl.range(0, width, depth, num_stages=stages):
            if width % depth == 0:  # a mask would cost a comparison for each load
                value = tl.load(values + start)
            else:
                value = tl.load(values + start, mask=(place + start < width)[None, :], other=0.0)
            weight = _tile(gate_up, to_gate, start, height, width, columns, depth, described)
            gate = tl.dot(value, _transposed(weight, eight, form), gate, input_precision="ieee")
            weight = _tile(gate_up, to_gate + inner, start, height, width, columns, depth, described)
            up = tl.dot(value, _transposed(weight, eight, form), up, input_precision="ieee")
        output = tile * columns + tl.arange(0, columns)
        real = output < inner
        if eight:
            scale = scales + expert * (2 * inner) + output
            gate *= tl.load(scale, mask=real, other=0.0).to(tl.float32)[None, :]
            up *= tl.load(scale + inner, mask=real, other=0.0).to(tl.float32)[None, :]
        result = gate / (1.0 + tl.exp(-gate)) * up * tl.load(weights + pair)[:, None]
        to = hidden + (begin + row)[:, None].to(tl.int64) * inner + output[None, :]
        tl.store(to, result.to(form), mask=(row < own)[:, None] & real[None, :])


@triton.jit
def _down(
    hidden, down, scales, counts, lists, out, tokens, each: tl.constexpr, routed: tl.constexpr,
    experts: tl.constexpr, padded: tl.constexpr, width: tl.constexpr, inner: tl.constexpr, eight: tl.constexpr,
    described: tl.constexpr, rows: tl.constexpr, columns: tl.constexpr, depth: tl.constexpr, stages: tl.constexpr,
    group: tl.constexpr,
):  # fmt: skip
    """One program: some outputs for some tokens of one expert, to the places of their pairs."""
    tiles: tl.constexpr = (width + columns - 1) // columns
    expert, tile, begin, row, pair, own = take_part(
        counts, lists, tokens, each, routed, experts, padded, tiles, rows, group
    )
    if expert < experts:
        form: tl.constexpr = out.dtype.element_ty
        first = begin + tl.min(row, 0)
        total = tl.zeros([rows, columns], tl.float32)
        for start in tl.range(0, inner, depth, num_stages=stages):
            # Behind the last channel these are zeros, so that weights of the next expert count for nothing.
            value = _tile(hidden, first, start, tokens * each, inner, rows, depth, described)
            if eight:
                row_of_all, height = expert * width + tile * columns, experts * width
                weight = _tile(down, row_of_all, start, height, inner, columns, depth, described)
            else:
                place = expert * inner + start
                weight = _tile(down, tile * columns, place, width, experts * inner, columns, depth, described)
            total = tl.dot(value, _transposed(weight, eight, form), total, input_precision="ieee")
        output = tile * columns + tl.arange(0, columns)
        real = output < width
        if eight:
            total *= tl.load(scales + expert * width + output, mask=real, other=0.0).to(tl.float32)[None, :]
        to = out + pair[:, None].to(tl.int64) * width + output[None, :]
        tl.store(to, total.to(form), mask=(row < own)[:, None] & real[None, :])


def grouped_experts(
    x: Tensor, gate_up: Tensor, down: Tensor, experts: Tensor, weights: Tensor, inner: int, shared: int,
    scales: tuple[Tensor, Tensor] | None = None,
) -> Tensor:  # fmt: skip
    """Each token [T, width] through its own experts → [T, width].

    `experts` and `weights` [T, k] are from `route`, with the `shared` ones last. `gate_up` is [E * 2 inner, width],
    `down` [width, E * inner]; with `scales` [E, 2 inner], [E, width] both are int8, [E, 2 inner, width] and
    [E, width, inner]. All rows take a multiple of 16 bytes, as the device copies tiles of them by itself. How many
    tokens an expert has is known to the device alone: fit for a CUDA graph.
    """
    (tokens, width), each, eight = x.shape, experts.shape[1], scales is not None
    count = gate_up.numel() // (2 * inner * width)
    dispatched = dispatch(experts, count - shared)
    sizes = {
        "each": each, "routed": count - shared, "experts": count, "padded": triton.next_power_of_2(count),
        "width": width, "inner": inner, "eight": eight,
    }  # fmt: skip
    hidden = torch.empty((tokens * each, inner), device=x.device, dtype=x.dtype)
    outputs = torch.empty((tokens * each, width), device=x.device, dtype=x.dtype)
    up_scales, down_scales = scales or (weights, weights)
    memory, described = _device(x.device)
    first, second = _tiles(x, eight) if described else OLDER

    def launch(kernel: triton.JITFunction, tile: Tile, channels: int, *arguments: object) -> None:
        tiles = triton.cdiv(channels, tile.columns)
        grid = programs(tokens, each, count - shared, shared, tiles, tile.rows, tile.group)
        rows, columns, depth, stages, warps, group = tile
        turn = (rows + columns * (2 if kernel is _up else 1)) * depth * x.element_size()
        kernel[(grid,)](
            *arguments, tokens, **sizes, described=described, rows=rows, columns=columns, depth=depth,
            stages=max(1, min(stages, memory // turn)), group=group, num_warps=warps,
        )  # fmt: skip

    def matrix(of: Tensor, rows: int, depth: int) -> Tensor | TensorDescriptor:
        return TensorDescriptor.from_tensor(of.view(-1, of.shape[-1]), [rows, depth]) if described else of

    weights_up, weights_down = (matrix(w, t.columns, t.depth) for w, t in ((gate_up, first), (down, second)))
    launch(_up, first, inner, x, weights_up, up_scales, *dispatched, weights, hidden)
    rows = matrix(hidden, second.rows, second.depth)
    launch(_down, second, width, rows, weights_down, down_scales, *dispatched, outputs)
    return combine(outputs, each)


def _tiles(x: Tensor, eight: bool) -> tuple[Tile, Tile]:
    if x.dtype is torch.float32:
        return EXACT
    if x.shape[0] <= SOME:
        return EIGHT_FEW if eight else FEW
    return EIGHT_MANY if eight else MANY


@cache
def _device(device: torch.device) -> tuple[int, bool]:
    """Bytes that a program may have for turns under way, and whether the device copies tiles of a matrix by itself."""
    if device.type != "cuda":
        return 1 << 17, True
    properties: Any = torch.cuda.get_device_properties(device)
    beside = 2048  # what else a program keeps there
    return int(properties.shared_memory_per_block_optin) - beside, properties.major >= 9
