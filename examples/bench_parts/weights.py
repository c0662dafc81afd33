"""Weights in 8 bits beside 16: steps, products and experts by how many rows there are."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from bench_parts.common import Bench, apart, attempt, profile_of, say
from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.compute.backends import BLOCK, kernels
from pipeline.engine.compute.eight_bits import int8_linear
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.measure import parts
from pipeline.engine.memory import Room
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.runner import Runner
from pipeline.model.formats.int8 import dequantise, in_8_bits
from pipeline.model.network import Network
from pipeline.views.rules import OCR2_VIEWS

ROWS = (1, 4, 16, 64, 256, 384)


def weights(bench: Bench) -> None:
    """First what a user feels, then the kernels by themselves."""
    both = {"16 bits": bench.packed(), "8 bits": bench.of_8_bits()}
    for name, network in both.items():
        size = sum(each.nbytes for each in network.parameters())
        say(f"weights in {name}: {size / 1e9:.2f} GB")
        attempt(f"steps, {name}", lambda name=name, network=network: _steps(bench, name, network))
        bench.free()
    attempt("products", lambda: _products(bench))
    layers = [_expert_layers(network) for network in both.values()]
    attempt("experts", lambda: _experts(bench, *layers))


@torch.inference_mode()
def _steps(bench: Bench, name: str, network: Network) -> None:
    kept = cache_dtype(bench.kv_cache, bench.dtype)
    most, prompt, answer = (3, 20, 30) if bench.tiny else (bench.slots or 384, 1131, 1500)
    wanted = 1 + most * (1 - (-(prompt + answer) // BLOCK))
    if bench.device.type == "cuda":
        free = torch.cuda.mem_get_info(bench.device)[0]
        wanted = min(wanted, int(0.8 * free) // (BLOCK * token_bytes(network.config.decoder, kept)))
    runner = Runner(network, Room(most, 4096, BLOCK, wanted, 8), DecodingOptions(max_tokens=2048), (), kept)
    for slots in sorted({1, min(8, most), most}):
        taken, cached = parts.step_seconds(runner, slots, prompt, answer)
        say(f"a step of {slots} slots, {name}: {1e3 * taken:.3f} ms ({cached / slots:.0f} tokens a slot)")
        if slots == 1:  # what its products do not explain is easiest to see where there is nothing else
            profile_of(bench, f"a step of one slot, {name}", lambda: runner.run(1, 1))
    for pages in (1, 1 if bench.tiny else 8):
        seen = parts.encoder_seconds(runner, pages, OCR2_VIEWS, (1, 1) if bench.tiny else (2, 3))
        opened = parts.prefill_seconds(runner, pages, prompt)
        say(f"{pages} pages, {name}: encoder {1e3 * seen:.1f} ms, prefill {1e3 * opened:.1f} ms")


@torch.inference_mode()
def _products(bench: Bench) -> None:
    """Enough copies of the weights that they come from memory, as in a step."""
    decoder = bench.network.config.decoder
    width = decoder.width
    shapes = {"q, k, v": (3 * width, width), "output": (width, width), "vocabulary": (decoder.vocab_size, width)}
    for name, (outputs, inputs) in shapes.items():
        copies = 2 if bench.tiny else max(2, int(2e8) // (outputs * inputs))
        wide = [torch.randn(outputs, inputs, device=bench.device, dtype=bench.dtype) for _ in range(copies)]
        narrow = [in_8_bits(each) for each in wide]
        for rows in ROWS:
            x = torch.randn(rows, inputs, device=bench.device, dtype=bench.dtype)
            error = apart(int8_linear(x, *narrow[0]), F.linear(x.float(), dequantise(*narrow[0])))
            taken = [
                _each(bench, copies, lambda number, x=x, wide=wide: F.linear(x, wide[number])),
                _each(bench, copies, lambda number, x=x, narrow=narrow: int8_linear(x, *narrow[number])),
            ]
            say(f"{name}, {rows} rows: 16 bits {taken[0]:.4f} ms, 8 bits {taken[1]:.4f}, {error:.1e} apart")
        del wide, narrow
        bench.free()


def _each(bench: Bench, copies: int, product: Callable[[int], Tensor]) -> float:
    """Milliseconds of one product, launches hidden in a graph where there are any."""

    def run() -> None:
        for number in range(copies):
            product(number)

    return bench.timed(_captured(run) if bench.device.type == "cuda" else run) / copies


def _captured(run: Callable[[], object]) -> Callable[[], object]:
    run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def _expert_layers(network: Network) -> list[PackedExperts]:
    return [layer.mlp for layer in network.decoder.layers if isinstance(layer.mlp, PackedExperts)]


@torch.inference_mode()
def _experts(bench: Bench, wide: list[PackedExperts], narrow: list[PackedExperts]) -> None:
    """One layer, by the way that each chooses; then shapes of the kernel that takes many tokens."""
    for tokens in (*ROWS, 1131, 9048):
        x = torch.randn(1, tokens, wide[0].width, device=bench.device, dtype=bench.dtype)
        taken = [_layer(bench, layers, x) for layers in (wide, narrow)]
        ways = [layers[0].choose(x[0]) for layers in (wide, narrow)]
        say(f"experts, {tokens} tokens: 16 bits {taken[0]:.3f} ms ({ways[0]}), 8 bits {taken[1]:.3f} ({ways[1]})")
    if kernels(x) is None:
        return
    for tokens in (64, 384, 9048):
        x = torch.randn(1, tokens, wide[0].width, device=bench.device, dtype=bench.dtype)
        _shapes(bench, narrow, x)


def _shapes(bench: Bench, layers: list[PackedExperts], x: Tensor) -> None:
    from pipeline.engine.kernels.products import grouped

    usual = grouped.EIGHT_FEW, grouped.EIGHT_MANY
    for sizes in (
        (64, 32, 128, 4, 4),
        (64, 64, 64, 4, 4),
        (64, 64, 64, 5, 4),
        (64, 64, 128, 3, 4),
        (64, 128, 64, 3, 4),
        (64, 128, 64, 4, 4),
        (128, 64, 64, 3, 8),
        (128, 128, 64, 3, 8),
    ):
        tile = grouped.Tile(*sizes, group=8 if sizes[0] > 64 else 1)
        grouped.EIGHT_FEW = grouped.EIGHT_MANY = tile, tile
        name = f"  experts, {x.shape[1]} tokens, {tile}"
        attempt(name, lambda name=name: say(f"{name}: {_layer(bench, layers, x):.3f} ms"))
    grouped.EIGHT_FEW, grouped.EIGHT_MANY = usual


def _layer(bench: Bench, layers: list[PackedExperts], x: Tensor) -> float:
    """Milliseconds of one, after the others: what one token takes of a layer in 8 bits would stay in the cache."""

    def run() -> None:
        for layer in layers:
            layer(x)

    waits = bench.device.type != "cuda" or layers[0].choose(x[0]) == "each"
    return bench.timed(run if waits else _captured(run)) / len(layers)
