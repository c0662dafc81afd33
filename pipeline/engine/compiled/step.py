"""All layers of the decoder for the rows of a step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.engine.compiled.arithmetic import Bits, Floats, add, gate, normalise, products
from pipeline.engine.compiled.attention import HEAD, attend, turn
from pipeline.engine.compiled.experts import mix_experts, route
from pipeline.engine.compute.compiler import compiled


class Weights(NamedTuple):
    """Of a decoder of L layers, D of them dense, with E routed and S shared experts of `n` inner numbers."""

    norms: Floats  # [L, 2, width]
    last: Floats  # [width], of the norm behind all layers
    qkv: Bits  # [L, (heads + 2 kv heads) HEAD, width]
    mixed: Bits  # [L, width, heads HEAD]
    dense_up: Bits  # [D, 2 inner, width], gates first
    dense_down: Bits  # [D, width, inner]
    router: Floats  # [L - D, E, width]
    up: Bits  # [L - D, E + S, 2 n, width], gates first
    down: Bits  # [L - D, E + S, width, n]
    cos: Floats  # [positions, HEAD]
    sin: Floats


class Rules(NamedTuple):
    """What is no tensor."""

    eps: np.float32
    chosen: int  # experts of a token
    normal: bool  # whether their weights sum to one before they are scaled
    scaling: np.float32


@compiled
def decode(
    x: Floats, positions: NDArray[np.int64], spans: NDArray[np.int64], keys: Floats, values: Floats, of: Weights,
    rules: Rules,
) -> None:  # fmt: skip
    """Rows [T, width] at `positions` [T] → normalised hidden states, in place.

    `spans` [S, 4] as `cache.apart.Span`: the rows of each slot, its block, where they go and what the first one sees.
    Their keys and values go into `keys` and `values` [L, blocks, kv heads, places, HEAD].
    """
    rows, kv_heads = len(x), keys.shape[2]
    heads = of.mixed.shape[2] // HEAD
    inner = np.empty(x.shape, np.float32)
    projected = np.empty((rows, of.qkv.shape[1]), np.float32)
    queries = np.empty((heads, rows, HEAD), np.float32)
    found = np.empty((rows, HEAD), np.float32)
    mixed = np.zeros((rows, heads * HEAD), np.float32)
    scores = np.empty((rows, keys.shape[3]), np.float32)
    wide = np.empty((4, max(of.qkv.shape[2], of.mixed.shape[2], of.dense_down.shape[2], of.down.shape[3])), np.float32)
    scale = np.float32(HEAD**-0.5)
    for layer in range(len(of.qkv)):
        normalise(x, of.norms[layer, 0], rules.eps, inner)
        products(inner, of.qkv[layer], wide, projected)
        for t in range(rows):
            at = positions[t]
            turn(projected[t], of.cos[at], of.sin[at], heads + kv_heads)
            for head in range(heads):
                for i in range(HEAD):
                    queries[head, t, i] = projected[t, head * HEAD + i] * scale
        first = 0
        for span in range(len(spans)):
            count, block, at, seen = spans[span]
            for head in range(kv_heads):
                for t in range(count):
                    own = projected[first + t]
                    key, value = (heads + head) * HEAD, (heads + kv_heads + head) * HEAD
                    for i in range(HEAD):
                        keys[layer, block, head, at + t, i] = own[key + i]
                        values[layer, block, head, at + t, i] = own[value + i]
            for head in range(heads):
                kept = head * kv_heads // heads
                attend(
                    queries[head, first : first + count], keys[layer, block, kept], values[layer, block, kept], seen,
                    scores, found,
                )  # fmt: skip
                for t in range(count):
                    for i in range(HEAD):
                        mixed[first + t, head * HEAD + i] = found[t, i]
            first += count
        products(mixed, of.mixed[layer], wide, inner)
        add(x, inner)
        normalise(x, of.norms[layer, 1], rules.eps, inner)
        if layer < len(of.dense_up):
            say_densely(inner, of.dense_up[layer], of.dense_down[layer], wide, x)
        else:
            sparse = layer - len(of.dense_up)
            say_by_experts(inner, of.router[sparse], of.up[sparse], of.down[sparse], rules, wide, x)
    normalise(x, of.last, rules.eps, x)


@compiled
def say_densely(inner: Floats, up: Bits, down: Bits, wide: Floats, x: Floats) -> None:
    """Add a gated MLP's word on `inner` [T, width] to `x`."""
    both, gated = np.empty((len(x), len(up)), np.float32), np.empty((len(x), len(up) // 2), np.float32)
    out = np.empty(x.shape, np.float32)
    products(inner, up, wide, both)
    for t in range(len(x)):
        gate(both[t], np.float32(1), gated[t])
    products(gated, down, wide, out)
    add(x, out)


@compiled
def say_by_experts(inner: Floats, router: Floats, up: Bits, down: Bits, rules: Rules, wide: Floats, x: Floats) -> None:
    """Add the word of its experts on each token of `inner` [T, width] to `x`; shared ones count once."""
    weights = np.ones((len(x), len(up)), np.float32)
    for t in range(len(x)):
        route(inner[t], router, rules.chosen, rules.normal, rules.scaling, weights[t])
    mix_experts(inner, weights, up, down, wide, x)
