"""Causal-flow encoder: learned queries that read the visual tokens in the order in which the text will be written."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.model.attention import RMSNorm, attend, rotary
from pipeline.model.block import Block, GatedMlp, SelfAttention
from pipeline.model.config import GLOBAL_TOKENS, LOCAL_TOKENS, FlowConfig


class CausalFlow(nn.Module):
    """A decoder-style body over [visual tokens; queries], of which only the queries' states go on."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = config
        self.local_queries = nn.Parameter(torch.empty(LOCAL_TOKENS, config.width).normal_(0, 0.02))
        self.global_queries = nn.Parameter(torch.empty(GLOBAL_TOKENS, config.width).normal_(0, 0.02))
        self.layers = nn.ModuleList(_block(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)

    def forward(self, visual_tokens: Tensor) -> Tensor:
        """[N, n, width] with n = 144 (tiles) or 256 (global views) → the n queries' states, [N, n, width]."""
        images, count, width = visual_tokens.shape
        queries = self._queries(count).to(visual_tokens.dtype).expand(images, count, width)
        x = torch.cat((visual_tokens, queries), dim=1)
        # Queries go on counting where the visual tokens end: one sequence, one set of rotary positions.
        positions = torch.arange(2 * count, device=x.device)[None]
        tables = rotary(positions, width // self.config.heads, self.config.rope_theta)
        for layer in self.layers:
            x = layer(x, tables, prefix_attention)
        states: Tensor = self.norm(x[:, count:])
        return states

    def _queries(self, count: int) -> Tensor:
        tables: dict[int, Tensor] = {LOCAL_TOKENS: self.local_queries, GLOBAL_TOKENS: self.global_queries}
        if count not in tables:
            raise ValueError(f"{count} visual tokens a view: only {LOCAL_TOKENS} and {GLOBAL_TOKENS} have queries")
        return tables[count]


def prefix_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Attention of [visual tokens; as many queries], without any mask over the whole square.

    The visual tokens see each other only; a query sees all visual tokens, the queries before it, and itself.
    """
    count = queries.shape[1] // 2
    # Two calls without a mask over all: a square mask would make the fast kernels impossible, and compute scores that
    # no visual token may use.
    prefix = attend(queries[:, :count], keys[:, :count], values[:, :count])
    flow = attend(queries[:, count:], keys, values, mask=_lower_right(count, queries))
    return torch.cat((prefix, flow), dim=1)


def _lower_right(count: int, queries: Tensor) -> Tensor:
    """The mask of the last `count` of 2 * `count` positions; `is_causal` would take them for the first ones."""
    if not queries.is_cuda or queries.dtype is torch.float32:  # FlashAttention has that triangle; others want to see it
        return torch.ones(count, 2 * count, dtype=torch.bool, device=queries.device).tril(count)
    # Not at the top: with it comes torch's compiler, a second and a half that only this branch needs.
    from torch.nn.attention.bias import causal_lower_right

    bias: Tensor = causal_lower_right(count, 2 * count)
    return bias


def _block(config: FlowConfig) -> Block:
    attention = SelfAttention(config.width, config.heads, config.kv_heads, bias=True)
    return Block(attention, GatedMlp(config.width, config.mlp_inner), config.width, config.norm_eps)
