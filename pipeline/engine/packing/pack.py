"""The network's layers for reading only: weights that are used together lie together, and fused kernels do the rest."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import kernels
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.packing.vision import PackedVisionTokenizer
from pipeline.model.attention import RMSNorm, Rotary, rotate
from pipeline.model.block import Attend, Block, GatedMlp, SelfAttention
from pipeline.model.causal_flow import CausalFlow
from pipeline.model.config import ClipConfig
from pipeline.model.decoder import Decoder
from pipeline.model.experts import MixtureOfExperts
from pipeline.model.network import Network


def pack(network: Network) -> Network:
    """The same network with packed layers, in place: it can be read with, but neither be trained nor saved any more.

    One layer is converted at a time, so the peak is the network and one layer.
    """
    # CLIP stays as it is: its queries, keys and values are one product already.
    bodies: list[Decoder | CausalFlow] = [network.decoder]
    if not isinstance(network.config.encoder, ClipConfig):
        bodies.append(network.causal_flow)
    for body in bodies:
        for block in body.layers:
            assert isinstance(block, Block)
            _pack_block(block)
        body.norm = PackedNorm(body.norm)
    network.vision_tokenizer = PackedVisionTokenizer(network.vision_tokenizer)
    return network


def _pack_block(block: Block) -> None:
    block.attention_norm = PackedNorm(block.attention_norm)
    block.mlp_norm = PackedNorm(block.mlp_norm)
    block.attention = PackedAttention(block.attention)
    if isinstance(block.mlp, MixtureOfExperts):
        block.mlp = PackedExperts(block.mlp)
    elif isinstance(block.mlp, GatedMlp):
        block.mlp = PackedMlp(block.mlp)


class PackedNorm(RMSNorm):
    """RMSNorm in one kernel."""

    def __init__(self, norm: RMSNorm) -> None:
        nn.Module.__init__(self)
        self.weight, self.eps = norm.weight, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        if fused := kernels(x):
            out: Tensor = fused.rms_norm(x, self.weight, self.eps)
            return out
        # In float32 there is no rounding before the weight, and one call does it.
        return (
            F.rms_norm(x, self.weight.shape, self.weight, self.eps) if x.dtype is torch.float32 else super().forward(x)
        )


class PackedAttention(SelfAttention):
    """Queries, keys and values by one product."""

    def __init__(self, attention: SelfAttention) -> None:
        nn.Module.__init__(self)
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        self.head_dim = attention.head_dim
        self.heads, self.kv_heads, _ = (part.out_features // self.head_dim for part in parts)
        self.weight = _together(part.weight for part in parts)
        biases = [part.bias for part in parts if part.bias is not None]
        self.bias = _together(biases) if biases else None
        self.o_proj = attention.o_proj

    def forward(self, x: Tensor, tables: Rotary, attend: Attend) -> Tensor:
        projected = F.linear(x, self.weight, self.bias)
        projected = projected.view(*x.shape[:-1], -1, self.head_dim)
        turned, values = torch.split(projected, [self.heads + self.kv_heads, self.kv_heads], dim=-2)
        fused = kernels(x)
        if fused and self.head_dim & (self.head_dim - 1) == 0:
            cos, sin = (table.reshape(-1, self.head_dim) for table in tables)
            fused.rotate_in_place(projected.flatten(0, 1).flatten(1), self.heads + self.kv_heads, cos, sin)
        else:
            turned = rotate(turned, tables)
        queries, keys = torch.split(turned, [self.heads, self.kv_heads], dim=-2)
        mixed: Tensor = self.o_proj(attend(queries, keys, values).flatten(-2))
        return mixed


class PackedMlp(nn.Module):
    """SwiGLU whose gate and up are one product."""

    def __init__(self, mlp: GatedMlp) -> None:
        super().__init__()
        self.gate_up = _together((mlp.gate_proj.weight, mlp.up_proj.weight))
        self.down_proj = mlp.down_proj

    def forward(self, x: Tensor) -> Tensor:
        both = F.linear(x, self.gate_up)
        fused = kernels(x)
        if fused:
            hidden = fused.gate(both)
        else:
            gate, up = both.chunk(2, dim=-1)
            hidden = F.silu(gate) * up
        out: Tensor = self.down_proj(hidden)
        return out


def _together(parts: Iterable[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.cat([part.detach() for part in parts]), requires_grad=False)
