"""Attention over squares of patches in 8-bit integers: what stands around its two products, for Numba to compile."""

from __future__ import annotations

import numpy as np

from pipeline.engine.compute.compiler import compiled
from pipeline.engine.integers.arithmetic import MOST, Floats, Short, Sums, power_of_two, shorten

_ZERO, _ONE = np.float32(0), np.float32(1)
_LEAST, _LOWEST = np.float32(1e-20), np.float32(-3e38)
_BY_LN2 = np.float32(1.4426950408889634)
_STEPS = np.float32(254)
"""The largest weight of a query. A weight is one less as an integer, since rounding adds up to one."""
_OFF = 128  # products want integers from -128 to 127


@compiled
def take_apart(
    sums: Sums, scales: Floats, columns: Floats, bias: Floats, order: Sums, heads: int,
    asking: Floats, queries: Short, keys: Short, of_queries: Floats, of_keys: Floats, wide: Floats,
) -> None:  # fmt: skip
    """Queries, keys and values of what a product gave: [T, 3 heads d] by patch, into [heads, T, …] by `order` [T].

    Queries stay as numbers `asking` [T, heads, d], too, which ask for places; as integers they have their scale 1 / √d
    in `of_queries` [heads, T]. Values are left as numbers, `wide` [heads, T, d]; see `shorten_values`.
    """
    count, width = len(sums), sums.shape[1] // 3
    d = width // heads
    row = np.empty(d, np.float32)
    scale_ = _ONE / np.sqrt(np.float32(d))
    for to in range(count):
        t = order[to]
        scale = scales[t]
        for head in range(heads):
            at = head * d
            for i in range(d):
                asking[to, head, i] = np.float32(sums[t, at + i]) * scale * columns[at + i] + bias[at + i]
            of_queries[head, to] = shorten(asking[to, head], queries[head, to]) * scale_
            at += width
            for i in range(d):
                row[i] = np.float32(sums[t, at + i]) * scale * columns[at + i] + bias[at + i]
            of_keys[head, to] = shorten(row, keys[head, to])
            at += width
            for i in range(d):
                wide[head, to, i] = np.float32(sums[t, at + i]) * scale * columns[at + i] + bias[at + i]


@compiled
def shorten_values(wide: Floats, values: Short, of_values: Floats, owed: Floats) -> None:
    """Values [n, d] as integers with a scale for each column [d]; `owed` [d] is what `weigh`'s offset takes from it."""
    d = wide.shape[1]
    for i in range(d):
        of_values[i] = _LEAST
        owed[i] = _ZERO
    for t in range(len(wide)):
        for i in range(d):
            of_values[i] = max(of_values[i], abs(wide[t, i]))
    for i in range(d):
        of_values[i] /= MOST
    by = _ONE / of_values
    for t in range(len(wide)):
        for i in range(d):
            short = np.int32(np.rint(wide[t, i] * by[i]))
            values[t, i] = np.int8(short)
            owed[i] += np.float32(_OFF) * np.float32(short)


@compiled
def weigh(
    scores: Sums, of_queries: Floats, of_keys: Floats, to_rows: Floats, to_columns: Floats, pattern: Floats, out: Short,
    sums: Floats,
) -> None:  # fmt: skip
    """Softmax of scores [n, side²] with the bias to_rows[.., y] + to_columns[.., x], as integers less 128.

    `sums` [n] is what a row's integers add up to, without that. Weights are rounded up or down by an even pattern
    [side²] of fractions, not to the nearest: of thousands that are far below the largest, as many stay as their sum
    demands.
    """
    side = to_columns.shape[1]
    row = np.empty(scores.shape[1], np.float32)
    largest = np.empty(side, np.float32)
    for n in range(len(scores)):
        scale = of_queries[n]
        for x in range(side):
            largest[x] = _LOWEST
        for y in range(side):
            to_row, at = to_rows[n, y], y * side
            for x in range(side):
                score = np.float32(scores[n, at + x]) * (scale * of_keys[at + x]) + (to_row + to_columns[n, x])
                row[at + x] = score
                largest[x] = max(largest[x], score)
        top = largest[0]
        for x in range(1, side):
            top = max(top, largest[x])
        sum_ = np.int32(0)
        for i in range(len(row)):
            whole = np.int32(power_of_two((row[i] - top) * _BY_LN2) * _STEPS + pattern[i])
            sum_ = np.int32(sum_ + whole)
            out[n, i] = np.int8(whole - np.int32(_OFF))
        sums[n] = np.float32(sum_)


@compiled
def mix(found: Sums, sums: Floats, of_values: Floats, owed: Floats, order: Sums, out: Floats) -> None:
    """Mixed values of what a product gave, [n, d], into rows `order` [n] of `out` [T, d]."""
    for n in range(len(found)):
        by = _ONE / sums[n]
        to = order[n]
        for i in range(found.shape[1]):
            out[to, i] = (np.float32(found[n, i]) + owed[i]) * of_values[i] * by
