"""What stands between products of 8-bit integers, each in one pass over its rows, for Numba to compile.

Rows of numbers are kept as integers from -127 to 127 and a scale each; a product of such rows and weights, whose
columns have scales, is a matrix of 32-bit integers, which the next of these functions takes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.engine.compute.compiler import compiled

Floats = NDArray[np.float32]
Short = NDArray[np.int8]
Sums = NDArray[np.int32]

MOST: Final = np.float32(127)
_LEAST: Final = np.float32(1e-20)  # a row of zeros has a scale, too
_SIZE: Final = np.uint32(0x7FFFFFFF)  # a number without its sign
_ZERO, _ONE = np.float32(0), np.float32(1)
# GELU by a logistic function (Hendrycks and Gimpel, arXiv 1606.08415, with the cubic term of its tanh): 5e-4 off at
# most, where 8 bits of the row are some hundredths.
_GELU, _CUBIC = np.float32(1.5957691216), np.float32(0.044715)
_BY_LN2 = np.float32(1.4426950408889634)
_LOWEST = np.float32(-126)
# 2^x over 0..1 by least squares with both ends exact: 1e-4 off, a fortieth of what 8 bits tell apart.
_FIRST, _SECOND, _THIRD = np.float32(0.69583282), np.float32(0.22606716), np.float32(0.07810002)


@njit(inline="always")
def power_of_two(x: np.float32) -> np.float32:
    """2 to the power of x, within 2e-4 of it."""
    x = max(x, _LOWEST)
    whole = np.floor(x)
    rest = x - whole
    sum_ = ((_THIRD * rest + _SECOND) * rest + _FIRST) * rest + _ONE
    return sum_ * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@compiled
def shorten(row: Floats, out: Short) -> np.float32:
    """Numbers [width] as integers into `out`; the scale by which these are multiplied again."""
    # Without their signs numbers are in the order of their bits, and the largest integer is found by vector
    # instructions, where that of numbers may be none (NaN): a row in an eighth of the time.
    largest = np.uint32(0)
    for i in range(len(row)):
        bits = np.float32(row[i]).view(np.uint32) & _SIZE
        largest = np.uint32(bits if bits > largest else largest)
    scale = max(np.uint32(largest).view(np.float32), _LEAST) / MOST
    by = _ONE / scale
    for i in range(len(row)):
        out[i] = np.int8(np.int32(np.rint(row[i] * by)))
    return scale


@compiled
def shorten_rows(x: Floats, out: Short, scales: Floats) -> None:
    """Rows [T, width] as integers into `out`, and their scales [T]."""
    for t in range(len(x)):
        scales[t] = shorten(x[t], out[t])


@compiled
def normalise_row(row: Floats, weight: Floats, bias: Floats, eps: np.float32, out: Floats) -> None:
    """LayerNorm of [width] into `out`, which may be the row itself."""
    width = len(row)
    sum_ = _ZERO
    for i in range(width):
        sum_ += row[i]
    mean = sum_ / np.float32(width)
    squares = _ZERO
    for i in range(width):
        off = row[i] - mean
        squares += off * off
    by = _ONE / np.sqrt(squares / np.float32(width) + eps)
    for i in range(width):
        out[i] = (row[i] - mean) * by * weight[i] + bias[i]


@compiled
def normalise(x: Floats, weight: Floats, bias: Floats, eps: np.float32, out: Short, scales: Floats) -> None:
    """LayerNorm of rows [T, width], as integers and scales."""
    row = np.empty(x.shape[1], np.float32)
    for t in range(len(x)):
        normalise_row(x[t], weight, bias, eps, row)
        scales[t] = shorten(row, out[t])


@compiled
def add(x: Floats, sums: Sums, scales: Floats, columns: Floats, bias: Floats) -> None:
    """What a product gave, [T, width], onto rows `x` in place."""
    for t in range(len(x)):
        scale = scales[t]
        for i in range(x.shape[1]):
            x[t, i] += np.float32(sums[t, i]) * scale * columns[i] + bias[i]


@compiled
def gelu(sums: Sums, scales: Floats, columns: Floats, bias: Floats, out: Short) -> None:
    """GELU of what a product gave, [T, inner], as integers; `scales` [T] become theirs."""
    inner = sums.shape[1]
    row = np.empty(inner, np.float32)
    for t in range(len(sums)):
        scale = scales[t]
        for i in range(inner):
            x = np.float32(sums[t, i]) * scale * columns[i] + bias[i]
            wide = _GELU * (x + _CUBIC * x * x * x)
            row[i] = x / (_ONE + power_of_two(-wide * _BY_LN2))
        scales[t] = shorten(row, out[t])


@compiled
def plain(sums: Sums, scales: Floats, columns: Floats, out: Floats) -> None:
    """What a product gave, [T, width], as numbers."""
    for t in range(len(sums)):
        scale = scales[t]
        for i in range(sums.shape[1]):
            out[t, i] = np.float32(sums[t, i]) * scale * columns[i]


@compiled
def normalise_sums(
    sums: Sums, scales: Floats, columns: Floats, weight: Floats, bias: Floats, eps: np.float32, out: Floats
) -> None:
    """LayerNorm of what a product gave, [T, width], as numbers."""
    plain(sums, scales, columns, out)
    for t in range(len(out)):
        normalise_row(out[t], weight, bias, eps, out[t])


@compiled
def surround(x: Floats, stride: int, out: Short, scales: Floats) -> None:
    """Each `stride`th place of [side, side, width] with the eight around it: rows [n², 9 width] of integers and scales.

    Beyond the edge there are zeros.
    """
    side, width = x.shape[0], x.shape[2]
    per_side = (side + stride - 1) // stride
    row = np.zeros(9 * width, np.float32)
    for y in range(per_side):
        for x_ in range(per_side):
            for near in range(9):
                above, left = y * stride + near // 3 - 1, x_ * stride + near % 3 - 1
                at = near * width
                if 0 <= above < side and 0 <= left < side:
                    for i in range(width):
                        row[at + i] = x[above, left, i]
                else:
                    for i in range(width):
                        row[at + i] = _ZERO
            t = y * per_side + x_
            scales[t] = shorten(row, out[t])


@compiled
def place(sums: Sums, columns: Floats, bias: Floats, places: Floats, out: Floats) -> None:
    """What a product of rows without scales gave, [T, width], with the positions of its rows."""
    for t in range(len(sums)):
        for i in range(sums.shape[1]):
            out[t, i] = np.float32(sums[t, i]) * columns[i] + bias[i] + places[t, i]
