"""What competes in the kernels: the attention of a step, squares of patches, and the product with its GELU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from bench_parts.common import Bench, apart, attempt, say
from pipeline.engine.cache.cache import BlockCache, token_bytes
from pipeline.engine.compute.backends import BLOCK, attend_each, attend_sdpa, kernels
from pipeline.engine.kernels.kept import Kept, KvCache, cache_dtype
from pipeline.engine.measure import parts, roofline
from pipeline.engine.packing.relative import SQUARES, PackedRelativeAttention
from pipeline.engine.packing.vision import PackedVisionMlp
from pipeline.model.network import Network
from pipeline.model.vision_tokenizer import RelativeAttention, wide_attention

Shape = dict[str, int] | None
ATTENTIONS = ((32, 3, 4), (64, 3, 4), (64, 4, 4), (64, 3, 8), (128, 3, 8), (32, 4, 2))
"""Keys at a time, turns under way, warps."""
TILES = {False: ((64, 3, 4), (128, 3, 8)), True: ((64, 3, 4), (64, 2, 4), (128, 2, 8), (128, 3, 8))}
"""The same of squares, by whether two rows are taken a turn."""


@torch.inference_mode()
def step_attention(bench: Bench) -> None:
    """One layer's attention of a step in both formats, by the shape of our kernel; the best one is used from then on.

    As many bytes are read as a step of that many slots reads in one layer, at the lengths of mid-run.
    """
    config = bench.network.config.decoder
    named: tuple[KvCache, ...] = ("auto", "int8")
    for kv_cache in named:
        slots, table, lengths, kept, floor = filled_cache(bench, kv_cache)
        queries = torch.randn(slots, config.heads, config.head_dim, device=bench.device, dtype=bench.dtype)
        _try_shapes(bench, (queries, kept, table, lengths), kv_cache, floor)


def filled_cache(bench: Bench, kv_cache: KvCache) -> tuple[int, Tensor, Tensor, Kept, float]:
    """Slots, their blocks and tokens, one layer of random keys and values, and the milliseconds of reading them."""
    slots, prompt, answer = (3, 20, 30) if bench.tiny else (bench.slots or 384, 1131, 1500)
    config = replace(bench.network.config.decoder, layers=1)
    rates = roofline.measure_rates(bench.device, bench.dtype)
    lengths = np.random.default_rng(0).permutation(np.linspace(prompt, prompt + answer, slots).astype(np.int32))
    counts = -(-lengths // BLOCK)
    table = np.zeros((slots, counts.max()), np.int32)
    for row, (end, count) in enumerate(zip(np.cumsum(counts), counts, strict=True)):
        table[row, :count] = np.arange(1 + end - count, 1 + end)
    dtype = cache_dtype(kv_cache, bench.dtype)
    cache = BlockCache(config, 1 + int(counts.sum()), BLOCK, bench.device, dtype)
    _fill(cache)
    floor = 1e3 * int(lengths.sum()) * token_bytes(config, dtype) / rates.copy
    on_device = [torch.from_numpy(x).to(bench.device) for x in (table, lengths)]
    return slots, on_device[0], on_device[1], cache.layer(0), floor


def _fill(cache: BlockCache) -> None:
    for part in (cache.keys, cache.values):
        part.random_(1, 255) if part.dtype is torch.uint8 else part.normal_()
    for scales in cache.layer(0).scales or ():
        scales.fill_(0.01)


def _try_shapes(bench: Bench, work: tuple[object, ...], kv_cache: str, floor: float) -> None:
    if (fused := kernels(torch.empty(0, device=bench.device))) is None:
        for attend in (attend_each, attend_sdpa):
            say(f"attention of a step, {kv_cache}: {attend.__name__} {bench.timed(lambda f=attend: f(*work)):.3f} ms")
        return
    from pipeline.engine.kernels.attention import SHAPES as shapes  # noqa: N811  there is Triton

    found = {}
    quantised = kv_cache == "int8"
    expected = attend_sdpa(*(work[0][:2], work[1], work[2][:2], work[3][:2]))  # type: ignore[index]
    for shape in (shapes[quantised], *ATTENTIONS):
        shapes[quantised] = shape

        def measure(shape: tuple[int, int, int] = shape) -> None:
            taken = bench.timed(lambda: fused.decode_attention(*work), 7)
            error = apart(fused.decode_attention(*work)[:2], expected)
            found[shape] = taken
            say(f"  attention, {kv_cache}, tile {shape[0]:3d}, stages {shape[1]}, warps {shape[2]}: {taken:.3f} ms, "
                f"{floor / taken:.0%} of the copy rate, {error:.1e} from torch's")  # fmt: skip

        attempt(f"attention {shape}", measure)
    shapes[quantised] = min(found, key=found.__getitem__)
    say(f"attention of a step, {kv_cache}: chosen {shapes[quantised]}")


@torch.inference_mode()
def encoder(bench: Bench) -> None:
    """Squares and the product with GELU alone, then the whole encoder with each; the best one is used from then on."""
    best = {
        side: _best_square(bench, side, count) for side, count in (((16, 1),) if bench.tiny else ((64, 8), (48, 48)))
    }
    _gelu(bench)
    network, pages = bench.packed(), 1 if bench.tiny else 8
    taken = {}
    for name, joined, shapes in (
        ("GELU apart", False, SQUARES), ("as it is", True, SQUARES), ("best squares", True, best),
    ):  # fmt: skip
        _set(network, joined, shapes)
        taken[name] = _pages(bench, pages)
        say(f"encoder, {pages} pages, {name}: {taken[name]:.2f} ms, {taken[name] / pages:.2f} a page")
    chosen = best if taken["best squares"] < taken["as it is"] else SQUARES
    _set(network, True, chosen)
    say(f"encoder: chosen for squares {chosen}")
    for some in () if bench.tiny else (1, 4, 16):
        say(f"encoder, {some} at once: {_pages(bench, some) / some:.2f} ms a page")


def _set(network: Network, joined: bool, shapes: dict[int, Shape]) -> None:
    for module in network.vision_tokenizer.modules():
        if isinstance(module, PackedVisionMlp):
            module.joined = joined
        if isinstance(module, PackedRelativeAttention):
            module.shapes = shapes


def _pages(bench: Bench, pages: int) -> float:
    tiles = 1 if bench.tiny else 6
    page = parts.some_views(1, tiles)[0]
    whole = torch.from_numpy(np.stack([page.global_view] * pages)).to(bench.device)
    local = torch.from_numpy(np.concatenate([page.local_views] * pages)).to(bench.device)
    return bench.timed(lambda: bench.network.encode_pages(whole, local, [(tiles, 1)] * pages))


def _best_square(bench: Bench, side: int, images: int) -> Shape:
    vision = bench.network.config.vision
    attention = RelativeAttention(vision.width, vision.heads, side).to(bench.device, bench.dtype)
    attention.requires_grad_(False)
    for parameter in attention.parameters():
        parameter.normal_(0, 0.05)
    shape = images, side * side, 3, vision.heads, vision.width // vision.heads
    projected = torch.randn(shape, device=bench.device, dtype=bench.dtype)
    found: list[tuple[float, Shape]] = []
    for name, way, function in _squares(projected, attention, side):

        def measure(name: str = name, way: Shape = way, function: Callable[[], Tensor] = function) -> None:
            taken = bench.timed(function)
            found.append((taken, way))
            rate = images * vision.heads * side**4 * projected.shape[-1] * 4 / taken / 1e9
            say(f"  {images} squares of {side}: {name:36s} {taken:8.3f} ms, {rate:.0f} TFLOP/s")

        attempt(f"squares {name}", measure)
    return min((pair for pair in found if pair[1] is not None), key=lambda pair: pair[0])[1]


def _squares(
    projected: Tensor, attention: RelativeAttention, side: int
) -> Iterator[tuple[str, Shape, Callable[[], Tensor]]]:
    """Torch's with extra head dimensions, their making included; ours by one row or two rows of keys a turn."""

    def wide() -> Tensor:
        square = projected.unflatten(1, (side, side)).unbind(3)
        places = torch.arange(side, device=projected.device)
        apart_by = places[:, None] - places[None, :] + side - 1
        to_rows = torch.einsum("nyxhd,ykd->nyxhk", square[0], attention.rows[apart_by])
        to_columns = torch.einsum("nyxhd,xkd->nyxhk", square[0], attention.columns[apart_by])
        return wide_attention(*square, to_rows, to_columns)

    yield "torch, extra dimensions", None, wide
    fused = kernels(projected)
    if fused and projected.shape[-1] >= 16:
        for two_rows in (False, True):
            for tile, stages, warps in TILES[two_rows]:
                shape = {"tile": tile, "stages": stages, "warps": warps, "two_rows": two_rows}
                name = f"{'two rows' if two_rows else 'a row'}, tile {tile}, stages {stages}, warps {warps}"
                yield (
                    name,
                    shape,
                    lambda shape=shape: fused.square_attention(
                        projected, attention.rows, attention.columns, side, **shape
                    ),
                )


def _gelu(bench: Bench) -> None:
    vision = bench.network.config.vision
    x = torch.randn(64 if bench.tiny else 8 * 4096, vision.width).to(bench.device, bench.dtype)
    up = torch.nn.Linear(vision.width, vision.mlp_inner).to(bench.device, bench.dtype)

    def joined() -> Tensor:
        return torch._addmm_activation(up.bias, x, up.weight.T, use_gelu=True)

    error = apart(joined(), F.gelu(up(x)))
    say(f"  product and GELU: {bench.timed(lambda: F.gelu(up(x))):.3f} ms; as one: {bench.timed(joined):.3f} ms, "
        f"{error:.1e} apart")  # fmt: skip
