"""Linear layers for reading only: those that take the same input as one, in 8 bits where they are kept so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from pipeline.engine.compute.eight_bits import int8_linear
from pipeline.engine.packing.products import product
from pipeline.model.formats.int8 import Int8Linear


class PackedLinear(nn.Module):
    """Linear layers side by side, as one product: outputs of the first, then of the next."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.weight = _together(layer.weight for layer in layers)
        biases = [layer.bias for layer in layers if layer.bias is not None]
        self.bias = _together(biases) if biases else None
        scales = [layer.weight_scales for layer in layers if isinstance(layer, Int8Linear)]
        self.scales = _together(scales) if scales else None

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] → [..., outputs]."""
        if self.scales is not None:
            return int8_linear(x, self.weight, self.scales, self.bias)
        return product(x, self.weight, self.bias)


def packed(layer: nn.Module) -> nn.Module:
    """A linear layer as it is, or ready to compute where it is in 8 bits."""
    return PackedLinear([layer]) if isinstance(layer, Int8Linear) else layer


def pack_all(module: nn.Module) -> None:
    """Make every layer in 8 bits below it ready to compute, in place."""
    for part in list(module.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, Int8Linear):
                setattr(part, name, packed(child))


def _together(parts: Iterable[Tensor | nn.Module]) -> nn.Parameter:
    some = [part.detach() for part in parts if isinstance(part, Tensor)]
    return nn.Parameter(some[0] if len(some) == 1 else torch.cat(some), requires_grad=False)
