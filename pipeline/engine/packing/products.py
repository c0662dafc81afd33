"""Products of a few rows on a CPU: weights are read in 16 bits, numbers and sums stay in 32."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Measured on a core, all products of the small network: of 1 row 0.57 ms for 2.41, of 4 0.84 for 2.91, of 16 2.2 for
# 4.8, of 64 7.4 for 10.3. Of hundreds float32's are as fast.
FEW = 64
"""Rows up to which a product is a matter of reading its weights."""
# Half precision has three digits more than bfloat16, in which checkpoints come, so it loses those of weights under
# 2^-17 alone: by less than this, which is what float32 loses of a sum near one.
LOST = 2.0**-24
"""The most that a weight may change."""


class Halves(nn.Parameter):
    """A weight in float32 and, for few rows, the same packed in half precision."""

    packed: torch.ScriptObject


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear`, by what is cheapest for so many rows."""
    if isinstance(weight, Halves) and x.numel() <= FEW * x.shape[-1]:
        out: Tensor = torch.ops.quantized.linear_dynamic_fp16(x, weight.packed)
        return out if bias is None else out + bias
    return F.linear(x, weight, bias)


class Product(nn.Module):
    """A linear layer that uses `product`."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] → [..., outputs]."""
        return product(x, self.weight, self.bias)


def halve(module: nn.Module) -> None:
    """Keep all matrices of packed layers below it in half precision as well, in place, as far as nothing is lost.

    Where this build of torch has no such product, they stay as they are.
    """
    for part in list(module.modules()):
        for name, child in list(part.named_children()):
            if type(child) is nn.Linear:
                setattr(part, name, Product(child))
    for part in module.modules():
        for name, weight in list(part.named_parameters(recurse=False)):
            if not isinstance(part, nn.Embedding) and (halves := _halves(weight)) is not None:
                setattr(part, name, halves)


def _halves(weight: nn.Parameter) -> Halves | None:
    if weight.dim() != 2 or weight.dtype is not torch.float32 or weight.device.type != "cpu":
        return None
    values = weight.detach()
    if not bool(((values - values.half().float()).abs() <= LOST).all()):
        return None
    try:
        packed = torch.ops.quantized.linear_prepack_fp16(values, None)
    except (RuntimeError, AttributeError):  # a build, or a processor, without FBGEMM
        return None
    halves = Halves(values, requires_grad=False)
    halves.packed = packed
    return halves
