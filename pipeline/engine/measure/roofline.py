"""What a device can do at best, measured, and what a page's way takes: bytes moved and operations done."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pipeline.model.config import PATCH, ClipConfig, DecoderConfig, FlowConfig, NetworkConfig
from pipeline.views.rules import CELL, ViewRules


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
    # Large enough that launching is nothing beside it, and that no cache holds it: two gigabytes on a GPU.
    side, size = (8192, 1 << 31) if device.type == "cuda" else (1024, 1 << 26)
    source = torch.empty(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copy = 2 * size / seconds(lambda: target.copy_(source), device)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return Rates(copy, 2 * side**3 / seconds(lambda: a @ b, device, 9))


def encoder_operations(config: NetworkConfig, side: int) -> float:
    """Multiplications and additions for one view of this side."""
    vision = config.vision
    patches = (side // PATCH) ** 2
    linear = 4 * vision.width**2 + 2 * vision.width * vision.mlp_inner
    looked = sum(patches if layer in vision.global_layers else vision.window**2 for layer in range(vision.layers))
    first, last = vision.downsample_widths
    neck = vision.width * vision.neck_width + 9 * vision.neck_width**2
    convolutions = patches * neck + patches / 4 * 9 * vision.neck_width * first + patches / 16 * 9 * first * last
    patching = patches * 3 * PATCH**2 * vision.width
    products = patches * (vision.layers * linear + 2 * looked * vision.width) + convolutions + patching
    tokens = (side // CELL) ** 2
    behind = _clip(config.encoder, tokens) if isinstance(config.encoder, ClipConfig) else _flow(config.encoder, tokens)
    return 2 * (products + behind + tokens * config.joint_width * config.decoder.width)


def _flow(flow: FlowConfig, tokens: int) -> float:
    """Products of the causal flow over so many visual tokens and as many queries, which see five eighths of all."""
    shared = flow.width // flow.heads * flow.kv_heads
    body = 2 * flow.width**2 + 2 * flow.width * shared + 3 * flow.width * flow.mlp_inner
    return 2 * tokens * flow.layers * (body + 4 * tokens * flow.width * 5 / 8)


def _clip(clip: ClipConfig, tokens: int) -> float:
    """Products of CLIP over so many visual tokens and its class token."""
    body = 4 * clip.width**2 + 2 * clip.width * clip.mlp_inner
    return (tokens + 1) * clip.layers * (body + 2 * (tokens + 1) * clip.width)


def token_operations(config: NetworkConfig) -> float:
    """Of one token in the decoder's layers, without attention and vocabulary."""
    return sum(_layer(config.decoder, layer) for layer in range(config.decoder.layers))


def _layer(decoder: DecoderConfig, layer: int) -> float:
    """Of one token in one layer, without attention."""
    shared = decoder.kv_heads * decoder.head_dim
    inner = decoder.expert_inner * (decoder.experts_per_token + decoder.shared_experts)
    sparse = 3 * decoder.width * inner + decoder.width * decoder.experts
    mlp = 3 * decoder.width * decoder.dense_inner if layer < decoder.dense_layers else sparse
    return 2.0 * (2 * decoder.width**2 + 2 * decoder.width * shared + mlp)


def prefill_operations(config: NetworkConfig, tokens: int) -> float:
    """Of one prompt: causal attention sees half of the square; the vocabulary counts once.

    Of the last layer all tokens need their keys and values, and only the last one what follows.
    """
    decoder = config.decoder
    last = _layer(decoder, decoder.layers - 1)
    whole = token_operations(config) - last + 2 * (decoder.layers - 1) * tokens * decoder.width
    kept = 4 * decoder.width * decoder.kv_heads * decoder.head_dim
    return tokens * (whole + kept) + last - kept + 4 * tokens * decoder.width + head_operations(config)


def head_operations(config: NetworkConfig) -> float:
    """Of the vocabulary's logits for one token."""
    return 2.0 * config.decoder.width * config.decoder.vocab_size


def step_work(
    config: NetworkConfig, slots: int, cached: float, itemsize: int, cached_bytes: int
) -> tuple[float, float]:
    """Bytes and operations of one step with `cached` tokens of `cached_bytes` in all slots; uniform routing.

    A weight has `itemsize` bytes.
    """
    decoder = config.decoder
    sparse = decoder.layers - decoder.dense_layers
    expert = 3 * decoder.width * decoder.expert_inner
    missed = (1 - decoder.experts_per_token / decoder.experts) ** slots
    experts = sparse * expert * (decoder.experts * (1 - missed) + decoder.shared_experts)
    shared = decoder.kv_heads * decoder.head_dim
    rest = decoder.layers * (2 * decoder.width**2 + 2 * decoder.width * shared)
    rest += decoder.dense_layers * 3 * decoder.width * decoder.dense_inner + decoder.width * decoder.vocab_size
    moved = (experts + rest) * itemsize + cached * cached_bytes
    operations = slots * (token_operations(config) + head_operations(config))
    return moved, operations + 4 * decoder.layers * decoder.width * cached


def page_operations(config: NetworkConfig, views: ViewRules, tiles: int, prompt: int) -> float:
    """Of everything before a page's first token."""
    seen = encoder_operations(config, views.base) + (tiles and tiles * encoder_operations(config, views.tile))
    return seen + prefill_operations(config, prompt)
