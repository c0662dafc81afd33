"""MoE decoder: from embeddings to hidden states; what a token may look at is decided outside, by a context."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from pipeline.model.attention import RMSNorm, Rotary, attend, rotary
from pipeline.model.block import Block, GatedMlp, SelfAttention
from pipeline.model.config import DecoderConfig
from pipeline.model.experts import MixtureOfExperts


class AttentionContext(Protocol):
    """What the tokens of one pass attend to: themselves only (training), or a key/value cache as well (generation).

    The decoder knows no masks, lengths or slots: an implementation stores the new keys and values where it wants and
    runs the attention with any kernel, so that static shapes and CUDA graphs are its own affair.
    """

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Queries [B, T, heads, d], new keys and values [B, T, kv heads, d] (rotated) → [B, T, heads, d]."""


class CausalContext:
    """Each token sees itself and those before it in its own row; nothing is kept."""

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        return attend(queries, keys, values, causal=True)


CAUSAL = CausalContext()


class WindowContext:
    """Each token sees the prompt of `prompt` tokens up to itself and, of the answer, itself and `window` - 1 before.

    Unlimited-OCR's attention (arXiv 2606.23050, R-SWA) in one pass over prompt and answer, for training and tests.
    """

    def __init__(self, prompt: int, window: int) -> None:
        self.prompt, self.window = prompt, window

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        places = torch.arange(keys.shape[1], device=keys.device)
        back = places[:, None] - places[None, :]
        seen = (back >= 0) & ((places[None, :] < self.prompt) | (back < self.window))
        return attend(queries, keys, values, mask=seen)


class Decoder(nn.Module):
    """Token embedding, blocks and the last norm; the vocabulary head belongs to the network."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.width)
        self.layers = nn.ModuleList(_block(config, layer) for layer in range(config.layers))
        self.norm = RMSNorm(config.width, config.norm_eps)

    def forward(
        self, embeddings: Tensor, positions: Tensor, context: AttentionContext = CAUSAL, asked: Tensor | None = None
    ) -> Tensor:
        """Embeddings [B, T, width] at integer positions [B or 1, T] → normalised hidden states [B, T, width].

        Of the places `asked` [n] alone, [B, n, width], where they are given.
        """
        tables = self.tables(positions)
        x = embeddings
        last = len(self.layers) - 1
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, Block)
            # Nothing, but where later layers are in float32 because half precision breaks there.
            at = asked if number == last else None  # the last layer's other tokens are nobody's context
            x = layer(x.to(layer.attention_norm.weight.dtype), tables, partial(context.attend, number), at)
        out: Tensor = self.norm(x)
        return out

    def tables(self, positions: Tensor) -> Rotary:
        """By which queries and keys at these positions are turned."""
        return rotary(positions, self.config.head_dim, self.config.rope_theta)


def _block(config: DecoderConfig, layer: int) -> Block:
    attention = SelfAttention(config.width, config.heads, config.kv_heads, bias=False)
    dense = layer < config.dense_layers
    mlp = GatedMlp(config.width, config.dense_inner) if dense else MixtureOfExperts(config)
    return Block(attention, mlp, config.width, config.norm_eps)
