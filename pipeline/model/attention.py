"""Attention, rotary positions and RMS normalisation: the maths that the parts share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Rotary = tuple[Tensor, Tensor]
"""Cosines and sines, each [batch or 1, tokens, 1, head dim], float32."""


def attend(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot-product attention over [batch, tokens, heads, head dim]; fewer key/value heads are shared in order.

    `mask` is boolean, True where a query may look, or a bias to add; it broadcasts to [batch, heads, queries, keys].
    `causal` needs as many queries as keys. `scale` defaults to head dim ** -0.5. Returns the queries' shape.
    """
    out = F.scaled_dot_product_attention(
        queries.transpose(1, 2),
        keys.transpose(1, 2),
        values.transpose(1, 2),
        attn_mask=mask,
        is_causal=causal,
        scale=scale,
        enable_gqa=queries.shape[2] != keys.shape[2],
    )
    return out.transpose(1, 2)


def rotary(positions: Tensor, head_dim: int, theta: float) -> Rotary:
    """Rotary tables (Su et al., arXiv 2104.09864) of integer positions [batch or 1, tokens]."""
    steps = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32)
    # float32 whatever the weights are: bfloat16 cannot tell positions above 256 apart.
    angles = positions[..., None].float() * (1.0 / theta ** (steps / head_dim))
    # Twice in a row, not interleaved: the released weights pair feature i with i + d / 2.
    both = torch.cat((angles, angles), dim=-1)[:, :, None]
    return both.cos(), both.sin()


def rotate(x: Tensor, tables: Rotary) -> Tensor:
    """Turn the pairs (i, i + head dim / 2) of [batch, tokens, heads, head dim] by their position, in float32."""
    cos, sin = tables
    first, second = x.float().chunk(2, dim=-1)
    turned = torch.cat((-second, first), dim=-1)
    return (x.float() * cos + turned * sin).to(x.dtype)


class RMSNorm(nn.Module):
    """Root-mean-square normalisation over the last dimension, computed in float32."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        # Cast before the weight is applied, as released: the order shows in bfloat16.
        return self.weight * scaled.to(x.dtype)
