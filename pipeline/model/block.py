"""The pre-norm transformer block that the causal-flow encoder and the decoder are both made of."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.model.attention import RMSNorm, Rotary, rotate

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Queries [B, T, heads, d], keys and values [B, T, kv heads, d], all after rotation → [B, T, heads, d]."""


def at_places(x: Tensor, places: Tensor | None) -> Tensor:
    """Of [B, T, ...] what stands at the places [n], [B, n, ...]; all of it where None are given."""
    return x if places is None else x[:, places]


class SelfAttention(nn.Module):
    """Projections around an attention that is handed in, so that masks and caches stay outside."""

    def __init__(self, width: int, heads: int, kv_heads: int, bias: bool) -> None:
        super().__init__()
        self.head_dim = width // heads
        self.q_proj = nn.Linear(width, heads * self.head_dim, bias=bias)
        self.k_proj = nn.Linear(width, kv_heads * self.head_dim, bias=bias)
        self.v_proj = nn.Linear(width, kv_heads * self.head_dim, bias=bias)
        self.o_proj = nn.Linear(heads * self.head_dim, width, bias=False)

    def forward(self, x: Tensor, tables: Rotary, attend: Attend, asked: Tensor | None = None) -> Tensor:
        """See `Block`."""
        queries, keys, values = (
            projection(x).unflatten(-1, (-1, self.head_dim)) for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        out = attend(rotate(queries, tables), rotate(keys, tables), values)
        mixed: Tensor = self.o_proj(at_places(out.flatten(-2), asked))
        return mixed


class GatedMlp(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Attention and MLP, each normalised before and added to the residual after."""

    def __init__(self, attention: SelfAttention, mlp: nn.Module, width: int, norm_eps: float) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(width, norm_eps)
        self.attention = attention
        self.mlp_norm = RMSNorm(width, norm_eps)
        self.mlp = mlp

    def forward(self, x: Tensor, tables: Rotary, attend: Attend, asked: Tensor | None = None) -> Tensor:
        """[B, T, width] → the same; of the places `asked` [n] alone, [B, n, width], where they are given.

        All tokens are attended to all the same: keys and values are made of each.
        """
        x = at_places(x, asked) + self.attention(self.attention_norm(x), tables, attend, asked)
        out: Tensor = x + self.mlp(self.mlp_norm(x))
        return out
