"""The causal flow for reading only: its sum is added to in place, and its last layer is for the queries alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.engine.compute.backends import kernels
from pipeline.engine.packing.blocks import PackedAttention, PackedBlock, PackedMlp
from pipeline.engine.packing.vision import add_product
from pipeline.model.attention import rotary
from pipeline.model.causal_flow import CausalFlow


class PackedCausalFlow(CausalFlow):
    """What `CausalFlow` computes, whose layers are packed; without our kernels, by its own code."""

    def __init__(self, flow: CausalFlow) -> None:
        nn.Module.__init__(self)
        self.config, self.layers, self.norm = flow.config, flow.layers, flow.norm
        self.local_queries, self.global_queries = flow.local_queries, flow.global_queries

    def forward(self, visual_tokens: Tensor) -> Tensor:
        """[N, n, width] → the n queries' states, [N, n, width]."""
        fused, head_dim = kernels(visual_tokens), self.config.width // self.config.heads
        if fused is None or head_dim < 16 or head_dim & (head_dim - 1):
            return super().forward(visual_tokens)
        images, count, width = visual_tokens.shape
        queries = self._queries(count).to(visual_tokens.dtype).expand(images, count, width)
        x = torch.cat((visual_tokens, queries), dim=1)
        positions = torch.arange(2 * count, device=x.device)[None]
        cos, sin = (table.view(-1, head_dim) for table in rotary(positions, head_dim, self.config.rope_theta))
        for number, layer in enumerate(self.layers, 1):
            assert isinstance(layer, PackedBlock)
            last = number == len(self.layers)
            attention, mlp = layer.attention, layer.mlp
            assert isinstance(attention, PackedAttention) and isinstance(mlp, PackedMlp)
            heads, shared = attention.heads, attention.kv_heads
            projected = attention.qkv(layer.attention_norm(x)).view(images, 2 * count, -1, head_dim)
            fused.rotate_in_place(projected.view(images * 2 * count, -1), heads + shared, cos, sin)
            mixed = fused.flow_attention(projected, heads, shared, queries_only=last)
            if last:  # nobody asks for the visual tokens' states any more
                x = x[:, count:].contiguous()
            add(x, mixed.flatten(-2), attention.o_proj)
            add(x, mlp.hidden(layer.mlp_norm(x)), mlp.down_proj)
        states: Tensor = self.norm(x)
        return states


def add(x: Tensor, inner: Tensor, layer: nn.Module) -> None:
    """Add `layer` (without a bias) of `inner` to `x`, by one product where its weights are plain."""
    if type(layer) is nn.Linear:
        add_product(x, inner.reshape(-1, inner.shape[-1]), layer.weight)
    else:
        x.add_(layer(inner))
