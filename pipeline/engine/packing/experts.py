"""The mixture of experts for reading only: routed and shared experts in two tensors, and four ways to use them."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import kernels
from pipeline.engine.packing.products import product
from pipeline.model.experts import MixtureOfExperts, Routing

Way = Literal["few", "wide", "grouped", "each"]

# One layer of the released sizes in a graph on an H200, weights from memory, ms: 8 tokens by vectors .078 and by groups
# .085, 12 tokens .106 and .101 (in 8 bits .067 and .087, .094 and .101).
FEW = 9
"""Tokens up to which experts are read by matrix-vector products, chosen ones only."""
# Where our kernels do not run. Every expert is hit, and reading the weights takes the time: 64 tokens .138 for .143 by
# our groups, 256 tokens .201 for .150, and .246 by torch's groups.
WIDE = 256
"""Tokens up to which all experts are one dense MLP."""


class PackedExperts(nn.Module):
    """What `MixtureOfExperts` computes. Shared experts are experts that every token takes with weight one."""

    def __init__(self, moe: MixtureOfExperts) -> None:
        super().__init__()
        self.router = moe.router
        self.routed, self.width, self.inner = moe.experts.down_proj.shape
        self.shared = moe.shared.down_proj.in_features // self.inner
        self.few = moe.experts.few
        halves = (moe.shared.gate_proj.weight, moe.shared.up_proj.weight)
        # Expert by expert: its gate rows, then its up rows.
        both = torch.cat([half.view(self.shared, self.inner, self.width) for half in halves], dim=1).flatten(0, 1)
        self.gate_up = _weights(torch.cat((moe.experts.gate_up_proj.flatten(0, 1), both)))
        # Inputs of all experts side by side, so that one product sums over experts, too.
        down = moe.experts.down_proj.transpose(0, 1).flatten(1)
        self.down = _weights(torch.cat((down, moe.shared.down_proj.weight), dim=1))
        self.router_weight = _weights(moe.router.weight.float())
        self.none_chosen = none_chosen(self.routed, self.shared, self.router_weight)
        self.way: Way | None = None
        """Set to fix the way, for measurements; else `choose` decides."""

    @property
    def experts(self) -> int:
        """Routed and shared ones."""
        return self.routed + self.shared

    @property
    def _in_tiles(self) -> bool:
        """Whether rows of all weights take a multiple of 16 bytes, as our kernels of many tokens want them."""
        return all(size * self.gate_up.element_size() % 16 == 0 for size in (self.width, self.inner))

    @property
    def _scales(self) -> tuple[Tensor, Tensor] | None:
        """Of weights in 8 bits: [E, 2 inner] and [E, width]."""
        return None

    def forward(self, x: Tensor) -> Tensor:
        """[batch, tokens, width] → the same."""
        tokens = x.flatten(0, 1)
        way = self.way or self.choose(tokens)
        return getattr(self, f"_{way}")(tokens).view_as(x)  # type: ignore[no-any-return]

    def choose(self, tokens: Tensor) -> Way:
        """The cheapest way that this device has, for so many tokens. It does not depend on the routing."""
        if tokens.device.type == "cpu":
            return "wide" if self.few else "each"
        if way := self._by_kernels(tokens):
            return way
        if tokens.shape[0] <= WIDE:
            return "wide"
        return "grouped" if not kernels(tokens) and _has_grouped(tokens) else "each"

    def _by_kernels(self, tokens: Tensor) -> Way | None:
        """What our kernels have for so many tokens, where they run and take these weights."""
        if not kernels(tokens):
            return None
        if tokens.shape[0] <= FEW:
            return "few"
        return "grouped" if self._in_tiles else None

    def _route(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights of all experts [T, E] in float32, and the chosen ones with their weights [T, k + shared]."""
        config = self.router.config
        fused = kernels(tokens)
        if fused:
            logits = self._logits(tokens)
            routed: tuple[Tensor, Tensor, Tensor] = fused.route(
                logits, config.experts_per_token, self.shared, config.routed_scaling, config.normalize_weights
            )
            return routed
        routing: Routing = self.router(tokens)
        always = torch.arange(self.routed, self.experts, device=tokens.device).expand(len(tokens), -1)
        chosen = torch.cat((routing.experts, always), 1)
        return self._spread(routing), chosen, F.pad(routing.weights, (0, self.shared), value=1.0)

    def _logits(self, tokens: Tensor) -> Tensor:
        """The router's, [T, routed] in float32: sums of exact products, as rounding is to decide no near-tie."""
        weight = self.router.weight
        if tokens.is_cuda and tokens.dtype == weight.dtype and tokens.dtype is not torch.float32:
            return torch.mm(tokens, weight.T, out_dtype=torch.float32)
        return F.linear(tokens.float(), self.router_weight)

    def _spread(self, routing: Routing) -> Tensor:
        return self.none_chosen.expand(len(routing.experts), -1).scatter(1, routing.experts, routing.weights)

    def _few(self, tokens: Tensor) -> Tensor:
        fused = kernels(tokens)
        assert fused is not None
        _, experts, weights = self._route(tokens)
        out: Tensor = fused.few_tokens(tokens, self.gate_up, self.down, experts, weights, self.inner, self._scales)
        return out

    def _wide(self, tokens: Tensor) -> Tensor:
        spread = self._route(tokens)[0] if kernels(tokens) else self._spread(self.router(tokens))
        both = product(tokens, self.gate_up).view(-1, self.experts, 2 * self.inner)
        # Weighted before the second product, so that all experts' outputs are summed by it.
        return product(self._gate(both, spread).flatten(1), self.down)

    def _grouped(self, tokens: Tensor) -> Tensor:
        """Each expert over its own tokens; how many those are stays on the device."""
        _, experts, weights = self._route(tokens)
        if fused := kernels(tokens):
            out: Tensor = fused.grouped_experts(
                tokens, self.gate_up, self.down, experts, weights, self.inner, self.shared, self._scales
            )
            return out
        count, each = experts.shape
        in_order, order = experts.flatten().sort(stable=True)
        ends = torch.searchsorted(in_order, torch.arange(self.experts, device=order.device), right=True, out_int32=True)
        both = torch._grouped_mm(tokens[order // each], self.gate_up.view(self.experts, -1, self.width).mT, ends)
        hidden = self._gate(both, weights.flatten()[order])
        outputs = torch._grouped_mm(hidden, self.down.view(self.width, self.experts, self.inner).permute(1, 2, 0), ends)
        return outputs[order.argsort()].view(count, each, -1).sum(dim=1)

    def _each(self, tokens: Tensor) -> Tensor:
        """One expert after the other over its own tokens; waits for the device to learn how many those are."""
        _, experts, weights = self._route(tokens)
        count, each = experts.shape
        order = experts.flatten().argsort(stable=True)
        sizes = torch.bincount(experts.flatten(), minlength=self.experts).tolist()
        parts = torch.split(tokens[order // each], sizes)
        scales = torch.split(weights.flatten()[order], sizes)
        outputs = [
            self._expert(expert, part, scale)
            for expert, (part, scale) in enumerate(zip(parts, scales, strict=True))
            if part.shape[0] > 0
        ]
        return torch.cat(outputs)[order.argsort()].view(count, each, -1).sum(dim=1)

    def _expert(self, expert: int, tokens: Tensor, weights: Tensor) -> Tensor:
        """What one expert says of tokens [n, width], times their weights [n]."""
        gate_up = self.gate_up.view(self.experts, -1, self.width)
        down = self.down.view(self.width, self.experts, self.inner)
        return F.linear(self._gate(F.linear(tokens, gate_up[expert]), weights), down[:, expert])

    def _gate(self, both: Tensor, weights: Tensor) -> Tensor:
        fused = kernels(both)
        if fused:
            hidden: Tensor = fused.gate(both, weights)
            return hidden
        gate, up = both.chunk(2, dim=-1)
        return F.silu(gate) * up * weights[..., None].to(gate.dtype)


def none_chosen(routed: int, shared: int, like: Tensor) -> nn.Parameter:
    """Weights of all experts before any is chosen, [E]: shared ones count once."""
    return _weights(F.pad(like.new_ones(shared), (routed, 0)))


def _weights(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor.detach(), requires_grad=False)


def _has_grouped(x: Tensor) -> bool:
    """Torch's grouped product needs bfloat16 and Hopper or later."""
    if x.dtype != torch.bfloat16 or not hasattr(torch, "_grouped_mm"):
        return False
    return x.device.type == "cuda" and torch.cuda.get_device_capability(x.device) >= (9, 0)
