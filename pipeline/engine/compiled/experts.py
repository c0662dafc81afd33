"""The router and the experts of one token."""

from __future__ import annotations

import numpy as np

from pipeline.engine.compiled.arithmetic import Bits, Floats, gate, products, widened
from pipeline.engine.compiled.attention import weigh
from pipeline.engine.compiled.compiler import compiled

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
def mix_experts(token: Floats, weights: Floats, up: Bits, down: Bits, both: Floats, inner: Floats, x: Floats) -> None:
    """Add to `x` [width] what the experts of weight not zero say of `token` [1, width].

    `up` [experts, 2 n, width] has gates first; `down` is [experts, width, n]; `both` [1, 2 n] and `inner` [n] are
    scratch.
    """
    for expert in range(len(weights)):
        if weights[expert] == _ZERO:
            continue
        products(token, up[expert], both)
        gate(both[0], weights[expert], inner)
        weight = down[expert]
        for o in range(0, len(x), 4):
            first, second, third, fourth = weight[o], weight[o + 1], weight[o + 2], weight[o + 3]
            a, b, c, d = _ZERO, _ZERO, _ZERO, _ZERO
            for i in range(len(inner)):
                a += inner[i] * widened(first[i])
                b += inner[i] * widened(second[i])
                c += inner[i] * widened(third[i])
                d += inner[i] * widened(fourth[i])
            x[o] += a
            x[o + 1] += b
            x[o + 2] += c
            x[o + 3] += d
