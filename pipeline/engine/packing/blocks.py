"""Blocks of the decoder and the causal flow for reading only: products that belong together, and fused kernels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import kernels
from pipeline.engine.packing.linear import PackedLinear, packed
from pipeline.model.attention import RMSNorm, Rotary, rotate
from pipeline.model.block import Attend, Block, GatedMlp, SelfAttention, at_places
from pipeline.model.decoder import Decoder


class PackedBlock(Block):
    """A block whose first sum is normalised as it is made."""

    def __init__(self, block: Block) -> None:
        nn.Module.__init__(self)
        self.attention_norm, self.attention = block.attention_norm, block.attention
        self.mlp_norm, self.mlp = block.mlp_norm, block.mlp

    def forward(self, x: Tensor, tables: Rotary, attend: Attend, asked: Tensor | None = None) -> Tensor:
        if (fused := kernels(x)) is None:
            return super().forward(x, tables, attend, asked)
        mixed = self.attention(self.attention_norm(x), tables, attend, asked)
        x, inner = fused.add_rms_norm(at_places(x, asked), mixed, self.mlp_norm.weight, self.mlp_norm.eps)
        out: Tensor = x + self.mlp(inner)
        return out


class PackedNorm(RMSNorm):
    """RMSNorm in one kernel."""

    def __init__(self, norm: RMSNorm) -> None:
        nn.Module.__init__(self)
        self.weight, self.eps = norm.weight, norm.eps
        # A number that is no tensor is made one in each call.
        self._width, self._least = (
            nn.Parameter(norm.weight.new_tensor(number, dtype=torch.float32), requires_grad=False)
            for number in (len(norm.weight), norm.eps)
        )

    def forward(self, x: Tensor) -> Tensor:
        if fused := kernels(x):
            out: Tensor = fused.rms_norm(x, self.weight, self.eps)
            return out
        return self._normed(x) if x.dtype is torch.float32 else super().forward(x)

    def _normed(self, x: Tensor) -> Tensor:
        """In float32, where nothing is rounded before the weight: in the fewest calls, as a step is short."""
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = length.square_().div_(self._width).add_(self._least).rsqrt_()
        normed: Tensor = (x * scale).mul_(self.weight)
        return normed


def _turned(x: Tensor, tables: Rotary) -> Tensor:
    """`rotate` in float32, in fewer calls; not by one that adds a product, which rounds once less."""
    cos, sin = tables
    first, second = x.chunk(2, dim=-1)
    turned: Tensor = (x * cos).add_(torch.cat((-second, first), dim=-1).mul_(sin))
    return turned


class PackedDecoder(Decoder):
    """A decoder that has the tables of all positions on a CPU: a step takes its own, where it made them by a dozen
    calls."""

    def __init__(self, decoder: Decoder) -> None:
        nn.Module.__init__(self)
        self.config, self.embedding = decoder.config, decoder.embedding
        self.layers, self.norm = decoder.layers, decoder.norm
        self._tables: Rotary | None = None

    def tables(self, positions: Tensor) -> Rotary:
        """See `Decoder`."""
        if positions.device.type != "cpu":
            return super().tables(positions)
        if self._tables is None:
            cos, sin = super().tables(torch.arange(self.config.max_positions)[None])
            self._tables = cos[0], sin[0]
        cos, sin = self._tables
        return cos[positions], sin[positions]


class PackedAttention(SelfAttention):
    """Queries, keys and values by one product."""

    def __init__(self, attention: SelfAttention) -> None:
        nn.Module.__init__(self)
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        self.head_dim = attention.head_dim
        self.heads, self.kv_heads, _ = (part.weight.shape[0] // self.head_dim for part in parts)
        self.qkv = PackedLinear(parts)
        self.o_proj = packed(attention.o_proj)  # type: ignore[assignment]  # computes the same

    def forward(self, x: Tensor, tables: Rotary, attend: Attend, asked: Tensor | None = None) -> Tensor:
        projected = self.qkv(x).view(*x.shape[:-1], -1, self.head_dim)
        turned, values = torch.split(projected, [self.heads + self.kv_heads, self.kv_heads], dim=-2)
        fused = kernels(x)
        if fused and self.head_dim & (self.head_dim - 1) == 0:
            cos, sin = (table.reshape(-1, self.head_dim) for table in tables)
            fused.rotate_in_place(projected.flatten(0, 1).flatten(1), self.heads + self.kv_heads, cos, sin)
        else:
            turned = _turned(turned, tables) if x.dtype is torch.float32 else rotate(turned, tables)
        queries, keys = torch.split(turned, [self.heads, self.kv_heads], dim=-2)
        mixed: Tensor = self.o_proj(at_places(attend(queries, keys, values).flatten(-2), asked))
        return mixed


class PackedMlp(nn.Module):
    """SwiGLU whose gate and up are one product."""

    def __init__(self, mlp: GatedMlp) -> None:
        super().__init__()
        self.gate_up = PackedLinear((mlp.gate_proj, mlp.up_proj))
        self.down_proj = packed(mlp.down_proj)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(self.hidden(x))
        return out

    def hidden(self, x: Tensor) -> Tensor:
        """[..., width] → what the last product takes, [..., inner width]."""
        both = self.gate_up(x)
        if fused := kernels(x):
            gated: Tensor = fused.gate(both)
            return gated
        gate, up = both.chunk(2, dim=-1)
        hidden: Tensor = F.silu(gate) * up
        return hidden
