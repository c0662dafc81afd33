"""Weights in bfloat16, exponentials, norms and products of a few rows, for Numba to compile."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.engine.compute.compiler import compiled

Floats = NDArray[np.float32]
Bits = NDArray[np.uint16]
"""Numbers in bfloat16 by their bits, the upper half of those of float32."""

_LOWEST, _HIGHEST = np.float32(-87.0), np.float32(88.0)  # where powers of two in float32 end
_BY_LN2 = np.float32(1.4426950408889634)
# ln 2 in two parts, the first of which has few digits: its products with whole numbers are exact.
_LN2_FIRST, _LN2_REST = np.float32(0.693359375), np.float32(-2.12194440e-4)
_ONE, _HALF, _ZERO = np.float32(1), np.float32(0.5), np.float32(0)


@njit(inline="always")
def widened(bits: np.uint16) -> np.float32:
    """A number in bfloat16."""
    return np.uint32(np.uint32(bits) << np.uint32(16)).view(np.float32)


@njit(inline="always")
def exponential(x: np.float32) -> np.float32:
    """e to the power of x, within 2e-7 of it: of no branches, so that a loop over it becomes vector instructions.

    By a power of two and a polynomial for the rest, as in Cephes' expf (S. L. Moshier).
    """
    x = min(max(x, _LOWEST), _HIGHEST)
    whole = np.floor(x * _BY_LN2 + _HALF)
    rest = x - whole * _LN2_FIRST - whole * _LN2_REST
    sum_ = np.float32(1.9875691500e-4)
    sum_ = sum_ * rest + np.float32(1.3981999507e-3)
    sum_ = sum_ * rest + np.float32(8.3334519073e-3)
    sum_ = sum_ * rest + np.float32(4.1665795894e-2)
    sum_ = sum_ * rest + np.float32(1.6666665459e-1)
    sum_ = sum_ * rest + np.float32(5.0000001201e-1)
    sum_ = sum_ * rest * rest + rest + _ONE
    return sum_ * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@compiled
def products(x: Floats, weight: Bits, wide: Floats, out: Floats) -> None:
    """`out` [T, O] of rows `x` [T, I] and `weight` [O, I], O a multiple of four. `wide` [4, at least I] is scratch.

    Four rows of the weight are widened at a time: once for all rows of `x`, and they stay in the first cache.
    """
    inner = weight.shape[1]
    for o in range(0, len(weight), 4):
        for row in range(4):
            for i in range(inner):
                wide[row, i] = widened(weight[o + row, i])
        for t in range(len(x)):
            a, b, c, d = _ZERO, _ZERO, _ZERO, _ZERO
            for i in range(inner):
                a += x[t, i] * wide[0, i]
                b += x[t, i] * wide[1, i]
                c += x[t, i] * wide[2, i]
                d += x[t, i] * wide[3, i]
            out[t, o], out[t, o + 1], out[t, o + 2], out[t, o + 3] = a, b, c, d


@compiled
def normalise(x: Floats, weight: Floats, eps: np.float32, out: Floats) -> None:
    """RMSNorm of rows [T, width] into `out`."""
    for t in range(len(x)):
        squares = _ZERO
        for i in range(x.shape[1]):
            squares += x[t, i] * x[t, i]
        scale = _ONE / np.sqrt(squares / np.float32(x.shape[1]) + eps)
        for i in range(x.shape[1]):
            out[t, i] = x[t, i] * scale * weight[i]


@compiled
def add(x: Floats, y: Floats) -> None:
    """`y` [T, width] to `x`, in place."""
    for t in range(len(x)):
        for i in range(x.shape[1]):
            x[t, i] += y[t, i]


@compiled
def gate(both: Floats, weight: np.float32, out: Floats) -> None:
    """SwiGLU of `both` [2 n], gates first, times a weight, into `out` [n]."""
    inner = len(out)
    for i in range(inner):
        out[i] = both[i] / (_ONE + exponential(-both[i])) * both[inner + i] * weight
