"""The mixture of experts in 8 bits, for reading only: expert by expert, each with scales of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.engine.compute.eight_bits import int8_linear
from pipeline.engine.packing.experts import WIDE, PackedExperts, Way, none_chosen
from pipeline.model.experts import MixtureOfExperts
from pipeline.model.formats.int8 import Int8Experts, Int8Linear


class PackedInt8Experts(PackedExperts):
    """What `PackedExperts` computes, from `gate_up` [E, 2 inner, width] and `down` [E, width, inner] in int8.

    Scales are of an expert's outputs, so that experts cannot be summed by one product as there.
    """

    gate_up_scales: nn.Parameter
    down_scales: nn.Parameter

    def __init__(self, moe: MixtureOfExperts) -> None:
        nn.Module.__init__(self)
        experts, gate, up, down = moe.experts, moe.shared.gate_proj, moe.shared.up_proj, moe.shared.down_proj
        assert isinstance(experts, Int8Experts)
        assert isinstance(gate, Int8Linear) and isinstance(up, Int8Linear) and isinstance(down, Int8Linear)
        self.router = moe.router
        self.routed, self.width, self.inner = experts.down_proj.shape
        self.shared = down.weight.shape[1] // self.inner
        own = (self.shared, self.inner)
        both = torch.cat((gate.weight.view(*own, -1), up.weight.view(*own, -1)), 1)
        scales = torch.cat((gate.weight_scales.view(own), up.weight_scales.view(own)), 1)
        self.gate_up = _weights(experts.gate_up_proj, both)
        self.gate_up_scales = _weights(experts.gate_up_proj_scales, scales)
        self.down = _weights(experts.down_proj, down.weight.view(self.width, *own).transpose(0, 1))
        self.down_scales = _weights(experts.down_proj_scales, down.weight_scales.expand(self.shared, -1))
        self.router_weight = nn.Parameter(moe.router.weight.detach().float(), requires_grad=False)
        self.none_chosen = none_chosen(self.routed, self.shared, self.router_weight)
        self.way = None

    def choose(self, tokens: Tensor) -> Way:
        """The cheapest way that this device has, for so many tokens. It does not depend on the routing."""
        if way := self._by_kernels(tokens):
            return way
        # A step on CUDA must not wait to learn how many tokens an expert has.
        return "wide" if tokens.device.type == "cuda" and tokens.shape[0] <= WIDE else "each"

    @property
    def _scales(self) -> tuple[Tensor, Tensor]:
        return self.gate_up_scales, self.down_scales

    def _wide(self, tokens: Tensor) -> Tensor:
        """All tokens through each expert, one after the other: fixed shapes, and one expert's weights widened."""
        spread = self._spread(self.router(tokens))
        out = torch.zeros_like(tokens, dtype=torch.float32)
        for expert in range(self.experts):
            out += self._expert(expert, tokens, spread[:, expert])
        return out.to(tokens.dtype)

    def _expert(self, expert: int, tokens: Tensor, weights: Tensor) -> Tensor:
        both = int8_linear(tokens, self.gate_up[expert], self.gate_up_scales[expert])
        return int8_linear(self._gate(both, weights), self.down[expert], self.down_scales[expert])


def _weights(routed: Tensor, shared: Tensor) -> nn.Parameter:
    return nn.Parameter(torch.cat((routed.detach(), shared.detach())), requires_grad=False)
