"""The whole network: views of pages and token ids in, next-token logits out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pipeline.model.causal_flow import CausalFlow
from pipeline.model.config import GLOBAL_TOKENS, LOCAL_TOKENS, NetworkConfig
from pipeline.model.decoder import CAUSAL, AttentionContext, Decoder
from pipeline.model.vision_tokenizer import VisionTokenizer


def image_tokens(local_views: int) -> int:
    """How many positions a page's image takes in the sequence: its tiles, its global view, and one separator."""
    return LOCAL_TOKENS * local_views + GLOBAL_TOKENS + 1


def normalize_pixels(views: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 RGB [N, side, side, 3], 0..255 → [N, 3, side, side] in -1..1; floating views are in -1..1 already."""
    scaled = views.float() / 127.5 - 1.0 if views.dtype == torch.uint8 else views
    return scaled.to(dtype).permute(0, 3, 1, 2)


class Network(nn.Module):
    """DeepSeek-OCR 2 (arXiv 2601.20552) at any size. Parameters are trainable; nothing is cached between calls."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_tokenizer = VisionTokenizer(config.vision)
        self.causal_flow = CausalFlow(config.flow)
        self.projector = nn.Linear(config.flow.width, config.decoder.width)
        self.view_separator = nn.Parameter(torch.randn(config.decoder.width) * config.decoder.width**-0.5)
        self.decoder = Decoder(config.decoder)
        self.lm_head = nn.Linear(config.decoder.width, config.decoder.vocab_size, bias=False)

    def encode(self, views: Tensor) -> Tensor:
        """Views of one size, [N, side, side, 3] (`normalize_pixels`), side 768 or 1024 → [N, 144 or 256, width]."""
        pixels = normalize_pixels(views, self.vision_tokenizer.patch_embedding.weight.dtype)
        out: Tensor = self.projector(self.causal_flow(self.vision_tokenizer(pixels)))
        return out

    def encode_pages(self, global_views: Tensor, local_views: Tensor, local_counts: Sequence[int]) -> list[Tensor]:
        """Each page's image embeddings in sequence order, [image_tokens(n), width].

        `global_views` is [P, 1024, 1024, 3]; `local_views` [sum of local_counts, 768, 768, 3] holds the pages' tiles
        one after the other, each page's row-major.
        """
        pages = self.encode(global_views)
        tiles = self.encode(local_views) if local_views.shape[0] else pages.new_empty(0, LOCAL_TOKENS, pages.shape[-1])
        return [
            self.join_views(page, own) for page, own in zip(pages, torch.split(tiles, list(local_counts)), strict=True)
        ]

    def join_views(self, global_tokens: Tensor, local_tokens: Tensor) -> Tensor:
        """One page's tiles [n, 144, width], then its global view [256, width], then the separator."""
        return torch.cat((local_tokens.flatten(0, 1), global_tokens, self.view_separator[None].to(global_tokens.dtype)))

    def embed(self, input_ids: Tensor, image_embeddings: Tensor | None = None) -> Tensor:
        """Token ids [B, T] → [B, T, width]; placeholders take `image_embeddings` [placeholders, width] in order."""
        embeddings: Tensor = self.decoder.embedding(input_ids)
        if image_embeddings is None:
            return embeddings
        places = (input_ids == self.config.image_token_id)[..., None].expand_as(embeddings)
        return embeddings.masked_scatter(places, image_embeddings.to(embeddings.dtype))

    def decode(self, embeddings: Tensor, positions: Tensor, context: AttentionContext = CAUSAL) -> Tensor:
        """Embeddings [B, T, width] at positions [B or 1, T] → hidden states [B, T, width], ready for `lm_head`."""
        out: Tensor = self.decoder(embeddings, positions, context)
        return out

    def forward(
        self, input_ids: Tensor, global_views: Tensor, local_views: Tensor, local_counts: Sequence[int]
    ) -> Tensor:
        """Teacher forcing: logits [B, T, vocabulary] of every position of right-padded sequences, one page a row."""
        images = torch.cat(self.encode_pages(global_views, local_views, local_counts))
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        logits: Tensor = self.lm_head(self.decode(self.embed(input_ids, images), positions))
        return logits
