"""Mixture of experts: a softmax router, stacked routed experts, and shared experts that every token takes."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.model.block import GatedMlp
from pipeline.model.config import DecoderConfig


class Routing(NamedTuple):
    """Which experts each token takes: `weights`, `experts` [tokens, k]; `scores` [tokens, experts] sum to one."""

    weights: Tensor
    experts: Tensor
    scores: Tensor


class Router(nn.Module):
    """Softmax over the experts in float32, then the best k of them (DeepSeekMoE, arXiv 2401.06066)."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.empty(config.experts, config.width).normal_(0, 0.02))

    def forward(self, x: Tensor) -> Routing:
        # Near-ties between experts must not be decided by bfloat16, nor by autocast in training.
        with torch.autocast(x.device.type, enabled=False):
            scores = F.linear(x.float(), self.weight.float()).softmax(dim=-1)
        weights, experts = scores.topk(self.config.experts_per_token, dim=-1)
        if self.config.normalize_weights:
            weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-20)
        if self.config.routed_scaling != 1:
            weights = weights * self.config.routed_scaling
        return Routing(weights, experts, scores)


class Experts(nn.Module):
    """Routed SwiGLU experts, held as two stacked tensors."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        experts, inner, width = config.experts, config.expert_inner, config.width
        self.few = experts <= 4 * config.experts_per_token
        # Gate rows, then up rows.
        self.gate_up_proj = nn.Parameter(torch.empty(experts, 2 * inner, width).normal_(0, 0.02))
        self.down_proj = nn.Parameter(torch.empty(experts, width, inner).normal_(0, 0.02))

    def forward(self, x: Tensor, routing: Routing) -> Tensor:
        """[tokens, width] → [tokens, width]. Both ways compute the same sum; this rule chooses by cost.

        All experts at once where at least a quarter of them is wanted anyway, and for the few tokens of a decoding step
        on an accelerator, whose every expert is hit and whose shapes must not depend on the routing. Else one expert
        after the other over its own tokens.
        """
        on_accelerator = x.device.type != "cpu"
        # 256 as `packing.experts.WIDE`: up to there reading the weights takes the time, whoever uses them.
        if self.few or (on_accelerator and x.shape[0] <= 256):
            return self._all_at_once(x, routing)
        return self._one_by_one(x, routing)

    def _all_at_once(self, x: Tensor, routing: Routing) -> Tensor:
        experts, width, inner = self.down_proj.shape
        weights = torch.zeros_like(routing.scores).scatter(1, routing.experts, routing.weights)  # [tokens, experts]
        both = F.linear(x, self.gate_up_proj.flatten(0, 1)).view(-1, experts, 2 * inner)
        gate, up = both.chunk(2, dim=-1)
        # Weighted before the second product, so that all experts' outputs are summed by it.
        hidden = F.silu(gate) * up * weights[..., None].to(gate.dtype)  # [tokens, experts, inner]
        return F.linear(hidden.flatten(1), self.down_proj.transpose(0, 1).reshape(width, experts * inner))

    def _one_by_one(self, x: Tensor, routing: Routing) -> Tensor:
        tokens, chosen = routing.experts.shape
        order = routing.experts.flatten().argsort(stable=True)  # pairs (token, choice), by expert
        counts = torch.bincount(routing.experts.flatten(), minlength=self.down_proj.shape[0]).tolist()
        parts = [
            self._expert(expert, part)
            for expert, part in enumerate(torch.split(x[order // chosen], counts))
            if part.shape[0] > 0
        ]
        # Gathered back and summed per token rather than added by index, whose order on a GPU is not fixed.
        outputs = torch.cat(parts)[order.argsort()].view(tokens, chosen, -1)
        return (outputs * routing.weights[..., None].to(outputs.dtype)).sum(dim=1)

    def _expert(self, expert: int, x: Tensor) -> Tensor:
        gate, up = F.linear(x, self.gate_up_proj[expert]).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, self.down_proj[expert])


class MixtureOfExperts(nn.Module):
    """The MLP of a sparse layer: what the routed experts say, plus what the shared experts say."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.router = Router(config)
        self.experts = Experts(config)
        self.shared = GatedMlp(config.width, config.expert_inner * config.shared_experts)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, tokens, width] → the same."""
        tokens = x.flatten(0, 1)
        routed: Tensor = self.experts(tokens, self.router(tokens))
        out: Tensor = routed.view_as(x) + self.shared(x)
        return out
