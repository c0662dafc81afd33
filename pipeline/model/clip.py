"""CLIP-L's body over the vision tokenizer's map: the second encoder of DeepSeek-OCR 1 and Unlimited-OCR."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.model.attention import attend
from pipeline.model.config import ClipConfig
from pipeline.model.vision_tokenizer import resize_positions


class ClipAttention(nn.Module):
    """Plain self-attention with biases; queries, keys and values in one product."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        """[N, tokens, width] → the same."""
        queries, keys, values = self.qkv(x).unflatten(-1, (3, self.heads, -1)).unbind(2)
        mixed: Tensor = self.output(attend(queries, keys, values).flatten(-2))
        return mixed


class ClipMlp(nn.Module):
    """Two linear layers around the quick GELU, x · σ(1.702 x), of CLIP's own code."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.up = nn.Linear(config.width, config.mlp_inner)
        self.down = nn.Linear(config.mlp_inner, config.width)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.up(x)
        out: Tensor = self.down(wide * torch.sigmoid(1.702 * wide))
        return out


class ClipBlock(nn.Module):
    """Attention and MLP, each normalised before and added to the residual after."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.attention = ClipAttention(config)
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.mlp = ClipMlp(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


class Clip(nn.Module):
    """Visual tokens in place of CLIP's own patches (DeepSeek-OCR, arXiv 2510.18234, section 3.2)."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.class_embedding = nn.Parameter(torch.empty(config.width).normal_(0, 0.02))
        self.position_embedding = nn.Parameter(torch.empty(1 + config.grid**2, config.width).normal_(0, 0.02))
        self.input_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.layers = nn.ModuleList(ClipBlock(config) for _ in range(config.layers))

    def forward(self, visual_tokens: Tensor) -> Tensor:
        """[N, s², width], row-major squares of s tokens per side → [N, s², width]; the class token is dropped."""
        images, count, _ = visual_tokens.shape
        side = round(count**0.5)
        x = torch.cat((self.class_embedding.expand(images, 1, -1).to(visual_tokens.dtype), visual_tokens), dim=1)
        x = self.input_norm(x + self._positions(side).to(x.dtype))
        for layer in self.layers:
            x = layer(x)
        # The class token takes part in attention, as the weights were trained; what it gathers is for classifying
        # pictures.
        seen: Tensor = x[:, 1:]
        return seen

    def _positions(self, side: int) -> Tensor:
        """The class token's row, then those of the grid, resized where a view is not as large as the table."""
        first, grid = self.position_embedding[:1], self.position_embedding[1:]
        square = grid.view(1, self.config.grid, self.config.grid, -1)
        return torch.cat((first, resize_positions(square, side).flatten(0, 2)))
