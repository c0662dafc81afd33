"""Weights in 8 bits: an integer for each number, and a scale for each output channel. Symmetric: zero stays zero."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.model.block import GatedMlp
from pipeline.model.experts import Experts, MixtureOfExperts
from pipeline.model.network import Network

LEVELS = 127
"""Steps on each side of zero: with one more below, a row and its negative would be rounded otherwise."""
SCALES = "_scales"
"""What follows the name of a parameter in 8 bits in the name of its scales."""
# A megabyte in float32 stays in a core's cache: 5 s for the released weights instead of 21 with 32 MB (one core). On a
# GPU fewer launches count for more; without a bound the vocabulary would take 660 MB for a while.
ON_CPU, ELSEWHERE = 1 << 18, 1 << 23
"""Numbers that are rounded at a time."""


def quantise(weights: Tensor, values: Tensor, scales: Tensor) -> None:
    """Round finite weights [..., outputs, inputs] into int8 `values` of that shape and `scales` [..., outputs].

    A weight is off by half a scale at most, but for the rounding of the scales: bfloat16 holds them without loss
    where products run in it.
    """
    rows, into, beside = weights.flatten(0, -2), values.view(-1, values.shape[-1]), scales.view(-1)
    step = max(1, (ON_CPU if rows.device.type == "cpu" else ELSEWHERE) // rows.shape[1])
    for start in range(0, rows.shape[0], step):
        part = slice(start, start + step)
        wide = rows[part].float()
        # The scale is rounded first and divided by then, so that its own rounding costs nothing.
        beside[part] = wide.abs().amax(-1) / LEVELS
        scale = beside[part].float()[:, None]
        inverse = torch.where(scale > 0, 1 / scale, 0.0)
        into[part] = (wide * inverse).round_().clamp_(-LEVELS, LEVELS).to(torch.int8)


def dequantise(values: Tensor, scales: Tensor) -> Tensor:
    """What `quantise` kept, in float32."""
    return values.float() * scales.float()[..., None]


def in_8_bits(weights: Tensor) -> tuple[nn.Parameter, nn.Parameter]:
    """Weights [..., outputs, inputs] → int8 and bfloat16 scales [..., outputs]; without memory where they have none."""
    values = torch.empty_like(weights, dtype=torch.int8, memory_format=torch.contiguous_format)
    scales = torch.empty(weights.shape[:-1], dtype=torch.bfloat16, device=weights.device)
    if not weights.is_meta:
        quantise(weights.detach(), values, scales)
    return nn.Parameter(values, requires_grad=False), nn.Parameter(scales, requires_grad=False)


class Int8Linear(nn.Module):
    """What a linear layer holds, its weights in 8 bits. It waits to be packed, and cannot compute by itself."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.weight_scales = in_8_bits(linear.weight)
        self.bias = linear.bias


class Int8Experts(nn.Module):
    """The same of routed experts: as `Experts` stacks them."""

    def __init__(self, experts: Experts) -> None:
        super().__init__()
        self.few = experts.few
        self.gate_up_proj, self.gate_up_proj_scales = in_8_bits(experts.gate_up_proj)
        self.down_proj, self.down_proj_scales = in_8_bits(experts.down_proj)


def to_int8(network: Network) -> Network:
    """The same network, products of its decoder, its causal flow (or CLIP) and its vocabulary in 8 bits, in place.

    As they were stay: embeddings, which are looked up and take no product; the vision tokenizer, 3 % of the weights;
    and routers, which decide.
    """
    bodies = [network.decoder, network.clip if network.newlines else network.causal_flow]
    for body in bodies:
        for module in list(body.modules()):
            _convert(module)
    network.lm_head = Int8Linear(network.lm_head)  # type: ignore[assignment]  # until it is packed
    return network


def _convert(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, Int8Linear(child))
        elif isinstance(child, Experts):
            assert isinstance(module, MixtureOfExperts) and isinstance(module.shared, GatedMlp)
            setattr(module, name, Int8Experts(child))
