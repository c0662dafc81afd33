"""The router of one token, and experts, each over the rows that have chosen it."""

from __future__ import annotations

import numpy as np

from pipeline.engine.compiled.arithmetic import Bits, Floats, gate, products
from pipeline.engine.compiled.attention import weigh
from pipeline.engine.compute.compiler import compiled

_ZERO = np.float32(0)


@compiled
def route(token: Floats, router: Floats, chosen: int, normal: bool, scaling: np.float32, weights: Floats) -> None:
    """Weights of the routed experts, 0 for those that are not among the `chosen` best, into `weights` [experts].

    `router` is [experts, width]; `normal`: the chosen ones' weights sum to one before `scaling`.
    """
    experts = len(router)
    for expert in range(experts):
        sum_ = _ZERO
        for i in range(len(token)):
            sum_ += token[i] * router[expert, i]
        weights[expert] = sum_
    weigh(weights[:experts])
    # A chosen weight is kept below zero until all are.
    whole = _ZERO
    for _ in range(chosen):
        best = 0
        for expert in range(1, experts):
            if weights[expert] > weights[best]:
                best = expert
        whole += weights[best]
        weights[best] = -weights[best]
    scale = scaling / whole if normal else scaling
    for expert in range(experts):
        weights[expert] = -weights[expert] * scale if weights[expert] < _ZERO else _ZERO


@compiled
def mix_experts(inner: Floats, weights: Floats, up: Bits, down: Bits, wide: Floats, x: Floats) -> None:
    """Add to `x` [T, width] what experts say of `inner` [T, width], each of the rows whose weight is not zero.

    `weights` is [T, experts]; `up` [experts, 2 n, width] has gates first; `down` is [experts, width, n]; `wide` as for
    `products`.
    """
    rows = np.empty(len(x), np.int64)
    own, out = np.empty(x.shape, np.float32), np.empty(x.shape, np.float32)
    both, gated = np.empty((len(x), up.shape[1]), np.float32), np.empty((len(x), down.shape[2]), np.float32)
    for expert in range(len(up)):
        count = 0
        for t in range(len(x)):
            if weights[t, expert] != _ZERO:
                own[count] = inner[t]
                rows[count] = t
                count += 1
        products(own[:count], up[expert], wide, both)
        for n in range(count):
            gate(both[n], weights[rows[n], expert], gated[n])
        products(gated[:count], down[expert], wide, out)
        for n in range(count):
            for i in range(x.shape[1]):
                x[rows[n], i] += out[n, i]
