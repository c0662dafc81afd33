"""What `ocr2 bench` measures: this device's rates, each part of a page's way against its floor, and whole pages."""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from pipeline.crops import MAX_TILES, views
from pipeline.engine.cache import token_bytes
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.options import DecodingOptions
from pipeline.engine.runner import Runner
from pipeline.model.config import GLOBAL_SIDE, GLOBAL_TOKENS, LOCAL_SIDE, LOCAL_TOKENS, PATCH, NetworkConfig
from pipeline.model.network import Network
from pipeline.model.tokenizer import Tokenizer
from pipeline.prompts import PROMPTS
from pipeline.transcript import PageRef, PageViews, Source


@dataclass(frozen=True)
class Rates:
    """What the device was seen to do: bytes read and written, and operations of a large matrix product, a second."""

    copy: float
    matmul: float

    def floor(self, moved: float, operations: float) -> float:
        """No code moves these bytes and does these operations in fewer seconds."""
        return max(moved / self.copy, operations / self.matmul)


def seconds(function: Callable[[], object], device: torch.device, repeats: int = 5) -> float:
    """Median duration of a call, its device work included; two calls before are not counted."""
    taken = []
    for _ in range(repeats + 2):
        synchronize(device)
        start = time.perf_counter()
        function()
        synchronize(device)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[2:])


def synchronize(device: torch.device) -> None:
    """Wait until the device has done everything."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def measure_rates(device: torch.device, dtype: torch.dtype) -> Rates:
    """A copy within the device's memory, and a product of two square matrices of random numbers."""
    side, size = (8192, 1 << 31) if device.type == "cuda" else (1024, 1 << 26)
    source = torch.empty(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copy = 2 * size / seconds(lambda: target.copy_(source), device)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return Rates(copy, 2 * side**3 / seconds(lambda: a @ b, device, 9))


def encoder_operations(config: NetworkConfig, side: int) -> float:
    """Multiplications and additions for one view of this side."""
    vision, flow = config.vision, config.flow
    patches = (side // PATCH) ** 2
    linear = 4 * vision.width**2 + 2 * vision.width * vision.mlp_inner
    looked = sum(patches if layer in vision.global_layers else vision.window**2 for layer in range(vision.layers))
    tokens = 2 * (GLOBAL_TOKENS if side == GLOBAL_SIDE else LOCAL_TOKENS)
    shared = flow.width // flow.heads * flow.kv_heads
    body = 2 * flow.width**2 + 2 * flow.width * shared + 3 * flow.width * flow.mlp_inner
    first, last = vision.downsample_widths
    neck = vision.width * vision.neck_width + 9 * vision.neck_width**2
    convolutions = patches * neck + patches / 4 * 9 * vision.neck_width * first + patches / 16 * 9 * first * last
    patching = patches * 3 * PATCH**2 * vision.width
    products = patches * (vision.layers * linear + 2 * looked * vision.width) + convolutions + patching
    return 2 * (products + tokens * flow.layers * (body + 2 * tokens * flow.width * 5 / 8))


def token_operations(config: NetworkConfig) -> float:
    """Of one token in the decoder's layers, without attention and vocabulary."""
    decoder = config.decoder
    shared = decoder.kv_heads * decoder.head_dim
    attention = 2 * decoder.width**2 + 2 * decoder.width * shared
    dense = 3 * decoder.width * decoder.dense_inner
    sparse = 3 * decoder.width * decoder.expert_inner * (decoder.experts_per_token + decoder.shared_experts)
    sparse += decoder.width * decoder.experts
    layers = decoder.dense_layers
    return 2 * (decoder.layers * attention + layers * dense + (decoder.layers - layers) * sparse)


def prefill_operations(config: NetworkConfig, tokens: int) -> float:
    """Of one prompt: causal attention sees half of the square; the vocabulary counts once."""
    decoder = config.decoder
    return tokens * (token_operations(config) + 2 * decoder.layers * tokens * decoder.width) + head_operations(config)


def head_operations(config: NetworkConfig) -> float:
    """Of the vocabulary's logits for one token."""
    return 2.0 * config.decoder.width * config.decoder.vocab_size


def step_work(config: NetworkConfig, slots: int, cached: float, itemsize: int) -> tuple[float, float]:
    """Bytes and operations of one step with `cached` tokens in all slots; uniform routing hits experts."""
    decoder = config.decoder
    sparse = decoder.layers - decoder.dense_layers
    expert = 3 * decoder.width * decoder.expert_inner
    missed = (1 - decoder.experts_per_token / decoder.experts) ** slots
    experts = sparse * expert * (decoder.experts * (1 - missed) + decoder.shared_experts)
    shared = decoder.kv_heads * decoder.head_dim
    rest = decoder.layers * (2 * decoder.width**2 + 2 * decoder.width * shared)
    rest += decoder.dense_layers * 3 * decoder.width * decoder.dense_inner + decoder.width * decoder.vocab_size
    dtype = torch.bfloat16 if itemsize == 2 else torch.float32
    moved = (experts + rest) * itemsize + cached * token_bytes(decoder, dtype)
    operations = slots * (token_operations(config) + head_operations(config))
    return moved, operations + 4 * decoder.layers * decoder.width * cached


def random_network(config: NetworkConfig, device: torch.device, dtype: torch.dtype, seed: int = 0) -> Network:
    """A network with seeded random weights of such sizes that nothing overflows; made on the device."""
    with torch.device("meta"):
        network = Network(config).to(dtype)
    network.to_empty(device=device)
    generator = torch.Generator(device).manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "norm" in name and name.endswith("weight"):
                parameter.fill_(1.0)
            else:
                fan_in = parameter[0].numel() if parameter.dim() in (2, 4) else parameter.shape[-1]
                parameter.normal_(0, fan_in**-0.5, generator=generator)
    return network.requires_grad_(False).eval()


def random_checkpoint(network: Network) -> Checkpoint:
    """A network without a tokenizer of its own gets one that knows bytes."""
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = tokenizers.Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    return Checkpoint("random weights", "random", network, Tokenizer(inner, ()))


def output_lengths(count: int, seed: int, mean: float = 1500, least: int = 100, most: int = 4000) -> list[int]:
    """Seeded log-normal numbers of tokens (sigma 0.6) with about this mean, clipped."""
    sigma = 0.6
    drawn = np.random.default_rng(seed).lognormal(math.log(mean) - sigma**2 / 2, sigma, count)
    return [int(length) for length in drawn.clip(least, most)]


class FixedLengths(Engine):
    """An engine whose pages end after a given number of tokens, by page number and file, whatever they say."""

    lengths: dict[PageRef, int]
    ticks: list[tuple[float, int]]
    """When each look came back, and how many slots were in use."""

    def _limit(self, ref: PageRef) -> int:
        return self.lengths[ref]


@contextmanager
def synthetic_pages(count: int, seed: int = 0) -> Iterator[list[Source]]:
    """Page images of A4 at 144 dpi with grey lines for text, as PNG files that go away afterwards."""
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="ocr2-bench-") as folder:
        sources = []
        for number in range(count):
            path = Path(folder) / f"{number}.png"
            _synthetic_page(random).save(path, compress_level=1)
            sources.append(Source(path, path.name))
        yield sources


def _synthetic_page(random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (1191, 1684), "white")
    draw = ImageDraw.Draw(image)
    for y in range(120, 1560, 22):
        x = 110
        while x < 1080:
            word = int(random.integers(12, 90))
            draw.text((x, y), "".join(chr(int(letter)) for letter in random.integers(97, 123, word // 8)), fill="black")
            x += word + 10
    return image


@torch.inference_mode()
def fill_slots(runner: Runner, slots: int, prompt: int, steps: int, seed: int = 0) -> float:
    """Put as many answers as in mid-run into the first slots, keys and values random; returns the tokens in cache.

    Lengths are uniform between the prompt and the prompt with an answer of 1,500 tokens, as cache allows.
    """
    runner.reset()
    longest = min(prompt + 1500, runner.room.length - steps - 1, runner.blocks.free_tokens // slots - steps - 256)
    lengths = np.random.default_rng(seed).integers(min(prompt, longest - 1), longest, slots)
    for slot, length in enumerate(lengths.tolist()):
        if not runner.blocks.extend(slot, length + steps + 1):
            raise ValueError(f"no cache for {slots} slots")
        runner._bounds[slot], runner._limits[slot] = length + 1, length + steps + 1
    states = runner.states
    device_lengths = torch.from_numpy(lengths).to(runner.device)
    states.alive[:slots] = True
    states.prompts[:slots] = device_lengths
    states.counts[:slots] = 1
    states.limits[:slots] = states.tokens.shape[1]
    states.tokens[:slots] = torch.randint(0, 100, states.tokens[:slots].shape, device=runner.device)
    return float(lengths.sum())


def step_seconds(runner: Runner, slots: int, prompt: int, steps: int = 24) -> tuple[float, float]:
    """Median over batches of 4 steps for one step of so many slots, and the tokens in cache at its middle."""
    batches = max(2, steps // 4)
    cached = fill_slots(runner, slots, prompt, 4 * (batches + 2))
    taken = seconds(lambda: runner.run(slots, 4), runner.device, batches) / 4
    return taken, cached + slots * 2 * (batches + 2)


def some_views(count: int, tiles: int = MAX_TILES, seed: int = 0) -> list[PageViews]:
    """Random pages of a global view and `tiles` local ones."""
    random = np.random.default_rng(seed)
    whole = random.integers(0, 256, (GLOBAL_SIDE, GLOBAL_SIDE, 3), np.uint8)
    local = random.integers(0, 256, (tiles, LOCAL_SIDE, LOCAL_SIDE, 3), np.uint8)
    return [PageViews(whole, local, tiles, 1)] * count


__all__ = [
    "FixedLengths", "Rates", "encoder_operations", "fill_slots", "measure_rates", "output_lengths",
    "prefill_operations", "random_checkpoint", "random_network", "seconds", "some_views", "step_seconds", "step_work",
    "synthetic_pages", "synchronize", "token_operations", "DecodingOptions", "PROMPTS", "Tensor", "views",
]  # fmt: skip
