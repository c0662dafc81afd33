"""Products of rows of 8-bit integers and weights in 8 bits, by torch's oneDNN."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.engine.integers.arithmetic import Floats, Short, Sums
from pipeline.engine.integers.scratch import Scratch

Norm = tuple[Floats, Floats, np.float32]
"""Weight, bias and epsilon of a LayerNorm."""


class Weight:
    """Of a product: integers with a scale for each output, and its bias.

    As a convolution it reaches over `reach` rows and columns, `stride` apart.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, reach: int = 1, stride: int = 1) -> None:
        """`weight` [outputs, inputs]."""
        exact = weight.detach().float()
        scales = exact.abs().amax(1).clamp_min(1e-20) / 127
        self._short = (exact / scales[:, None]).round().to(torch.int8).t().contiguous()
        self.columns: Floats = scales.numpy()
        self.bias: Floats = (exact.new_zeros(len(exact)) if bias is None else bias.detach().float()).numpy()
        self.reach, self.stride = reach, stride

    def of(self, rows: Short, scratch: Scratch) -> Sums:
        """[T, inputs] → sums [T, outputs], in memory that the next product writes over."""
        sums: Sums = scratch.take("sums", np.int32, len(rows), self._short.shape[1])
        multiply(rows, self._short, sums)
        return sums


def weight_of(layer: nn.Linear) -> Weight:
    """Of a linear layer."""
    return Weight(layer.weight, layer.bias)


def norm_of(module: nn.LayerNorm) -> Norm:
    return module.weight.detach().float().numpy(), module.bias.detach().float().numpy(), np.float32(module.eps)


def multiply(rows: Short, columns: Short | Tensor, out: Sums) -> None:
    """[n, k] and [k, m] → sums [n, m]."""
    other = columns if isinstance(columns, Tensor) else torch.from_numpy(columns)
    torch._int_mm(torch.from_numpy(rows), other, out=torch.from_numpy(out))


@functools.cache
def are_exact() -> bool:
    """Whether this torch multiplies integers without overflow: older instructions add pairs of products in 16 bits."""
    rows, columns = np.full((32, 64), 127, np.int8), np.full((64, 32), 127, np.int8)
    sums = np.empty((32, 32), np.int32)
    try:
        multiply(rows, columns, sums)
        multiply(-rows, columns, negative := np.empty_like(sums))
    except (RuntimeError, AttributeError):  # this build has none
        return False
    return bool((sums == 64 * 127**2).all() and (negative == -64 * 127**2).all())
