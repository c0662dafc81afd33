"""Rotary positions and the attention of a slot's rows over its keys and values, each of which is read once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from pipeline.engine.compiled.arithmetic import Floats, exponential
from pipeline.engine.compute.compiler import compiled

HEAD: Final = 64
"""Width of a head. A constant, so that sums over it become a few instructions without a loop."""
_ZERO, _LOWEST = np.float32(0), np.float32(-3e38)


@compiled
def turn(row: Floats, cos: Floats, sin: Floats, heads: int) -> None:
    """Turn the pairs (i, i + HEAD / 2) of each of the first `heads` in `row`, in place, by tables [HEAD]."""
    for head in range(heads):
        at = head * HEAD
        for i in range(HEAD // 2):
            first, second = row[at + i], row[at + HEAD // 2 + i]
            row[at + i] = first * cos[i] - second * sin[i]
            row[at + HEAD // 2 + i] = second * cos[i] + first * sin[i]


@compiled
def attend(queries: Floats, keys: Floats, values: Floats, seen: int, scores: Floats, out: Floats) -> None:
    """Scaled queries [n, HEAD] of one head over keys and values [any, HEAD], into `out` [n, HEAD].

    The first query sees `seen` places, each further one more. `scores` [at least n, any] is scratch.
    """
    rows = len(queries)
    together = seen // 4 * 4
    for place in range(0, together, 4):
        for row in range(rows):
            score_four(queries[row], keys, place, scores[row])
    for row in range(rows):
        # In the order in which a row by itself would be.
        last = (seen + row) // 4 * 4
        for place in range(together, last, 4):
            score_four(queries[row], keys, place, scores[row])
        for place in range(last, seen + row):
            sum_ = _ZERO
            for i in range(HEAD):
                sum_ += queries[row, i] * keys[place, i]
            scores[row, place] = sum_
    for row in range(rows):
        weigh(scores[row, : seen + row])
        for i in range(HEAD):
            out[row, i] = _ZERO
    for place in range(0, together, 4):
        for row in range(rows):
            mix_four(scores[row], values, place, out[row])
    for row in range(rows):
        last = (seen + row) // 4 * 4
        for place in range(together, last, 4):
            mix_four(scores[row], values, place, out[row])
        for place in range(last, seen + row):
            for i in range(HEAD):
                out[row, i] += scores[row, place] * values[place, i]


@compiled
def weigh(scores: Floats) -> None:
    """Softmax in place."""
    most = _LOWEST
    for place in range(len(scores)):
        most = max(most, scores[place])
    whole = _ZERO
    for place in range(len(scores)):
        scores[place] = exponential(scores[place] - most)
        whole += scores[place]
    scale = np.float32(1) / whole
    for place in range(len(scores)):
        scores[place] *= scale


@njit(inline="always")
def score_four(query: Floats, keys: Floats, at: int, scores: Floats) -> None:
    """Products of a query [HEAD] with the keys [any, HEAD] of four places: it is read once for them."""
    a, b, c, d = _ZERO, _ZERO, _ZERO, _ZERO
    for i in range(HEAD):
        a += query[i] * keys[at, i]
        b += query[i] * keys[at + 1, i]
        c += query[i] * keys[at + 2, i]
        d += query[i] * keys[at + 3, i]
    scores[at], scores[at + 1], scores[at + 2], scores[at + 3] = a, b, c, d


@njit(inline="always")
def mix_four(weights: Floats, values: Floats, at: int, out: Floats) -> None:
    """Add the values [any, HEAD] of four places to `out` [HEAD]: it is read and written once for them."""
    a, b, c, d = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
    for i in range(HEAD):
        out[i] += a * values[at, i] + b * values[at + 1, i] + c * values[at + 2, i] + d * values[at + 3, i]
