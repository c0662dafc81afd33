"""The whole network: views of pages and token ids in, next-token logits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from pipeline.model.causal_flow import CausalFlow
from pipeline.model.clip import Clip
from pipeline.model.config import ClipConfig, NetworkConfig
from pipeline.model.decoder import CAUSAL, AttentionContext, Decoder
from pipeline.model.vision_tokenizer import VisionTokenizer


class Network(nn.Module):
    """DeepSeek-OCR 2 (arXiv 2601.20552) at any size, or a sibling of it, which has CLIP in place of the causal flow:
    DeepSeek-OCR 1 (arXiv 2510.18234), Unlimited-OCR (arXiv 2606.23050). Parameters are trainable; nothing is cached.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width = config.decoder.width
        self.vision_tokenizer = VisionTokenizer(config.vision)
        if isinstance(config.encoder, ClipConfig):
            self.clip = Clip(config.encoder)
            self.image_newline = nn.Parameter(torch.empty(width).normal_(0, width**-0.5))
        else:
            self.causal_flow = CausalFlow(config.encoder)
        self.projector = nn.Linear(config.joint_width, width)
        self.view_separator = nn.Parameter(torch.empty(width).normal_(0, width**-0.5))
        self.decoder = Decoder(config.decoder)
        self.lm_head = nn.Linear(width, config.decoder.vocab_size, bias=False)

    @property
    def dtype(self) -> torch.dtype:
        """The number format of activations; weights of products may have fewer bits, and late layers more."""
        return self.decoder.embedding.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.decoder.embedding.weight.device

    @property
    def newlines(self) -> bool:
        """Whether a learned token ends every row of a page's maps of visual tokens."""
        return isinstance(self.config.encoder, ClipConfig)

    def encode(self, views: Tensor) -> Tensor:
        """Views of one size, [N, side, side, 3] (`normalize_pixels`) → [N, (side / 64)², width].

        Sides are 768 and 1024 where there is a causal flow, which has queries for these; else any multiple of 64.
        """
        # On a CPU the vision tokenizer may have a format of its own (`pipeline.engine.load`).
        tokens = self.vision_tokenizer.of_views(views).to(self.projector.weight.dtype)
        seen = torch.cat((self.clip(tokens), tokens), dim=-1) if self.newlines else self.causal_flow(tokens)
        out: Tensor = self.projector(seen)
        return out

    def encode_pages(self, global_views: Tensor, local_views: Tensor, grids: Sequence[tuple[int, int]]) -> list[Tensor]:
        """Each page's image embeddings in sequence order, [`ViewRules.tokens`, width].

        `global_views` is [P, base, base, 3]; `local_views` [sum of tiles, tile, tile, 3] holds the pages' tiles one
        after the other, each page's row-major; `grids` has each page's columns and rows, (0, 0) where it has no tiles.
        """
        # All views of one size of all pages at once: the encoder is the larger part of a page before its first token.
        pages = self.encode(global_views)
        tiles = self.encode(local_views) if local_views.shape[0] else pages.new_empty(0, 1, pages.shape[-1])
        counts = [columns * rows for columns, rows in grids]
        own = torch.split(tiles, counts)
        return [self.join_views(*each) for each in zip(pages, own, (columns for columns, _ in grids), strict=True)]

    def join_views(self, global_tokens: Tensor, local_tokens: Tensor, columns: int = 1) -> Tensor:
        """One page's tiles [n, tokens, width] in `columns`, its global view [tokens, width], then the separator."""
        if self.newlines:
            stitched = self._with_newlines(local_tokens, columns) if len(local_tokens) else global_tokens[:0]
            parts = (stitched, self._with_newlines(global_tokens[None], 1))
        else:
            # Tiles before the global view: this order is a fact of the weights, not a choice.
            parts = (local_tokens.flatten(0, 1), global_tokens)
        return torch.cat((*parts, self.view_separator[None].to(global_tokens.dtype)))

    def _with_newlines(self, tiles: Tensor, columns: int) -> Tensor:
        """Tiles [rows * columns, s², width], row-major → one map's rows, each ended by a newline: [.., width]."""
        side = round(tiles.shape[1] ** 0.5)
        apart = tiles.view(-1, columns, side, side, tiles.shape[-1])  # [rows, columns, s, s, width]
        rows = apart.transpose(1, 2).flatten(2, 3).flatten(0, 1)  # [rows * s, columns * s, width]
        newline = self.image_newline.to(rows.dtype).expand(rows.shape[0], 1, -1)
        return torch.cat((rows, newline), dim=1).flatten(0, 1)

    def embed(self, input_ids: Tensor, image_embeddings: Tensor | None = None) -> Tensor:
        """Token ids [B, T] → [B, T, width]; placeholders take `image_embeddings` [placeholders, width] in order."""
        embeddings: Tensor = self.decoder.embedding(input_ids)
        if image_embeddings is None:
            return embeddings
        places = (input_ids == self.config.image_token_id)[..., None].expand_as(embeddings)
        # By mask instead of by index, so that nothing has to ask the device how many placeholders there are.
        return embeddings.masked_scatter(places, image_embeddings.to(embeddings.dtype))

    def decode(
        self, embeddings: Tensor, positions: Tensor, context: AttentionContext = CAUSAL, asked: Tensor | None = None
    ) -> Tensor:
        """Embeddings [B, T, width] at positions [B or 1, T] → hidden states [B, T, width], ready for `lm_head`.

        Of the places `asked` [n] alone, [B, n, width], where they are given.
        """
        out: Tensor = self.decoder(embeddings, positions, context, asked)
        return out

    def forward(
        self, input_ids: Tensor, global_views: Tensor, local_views: Tensor, grids: Sequence[tuple[int, int]]
    ) -> Tensor:
        """Teacher forcing: logits [B, T, vocabulary] of every position of right-padded sequences, one page per row."""
        images = torch.cat(self.encode_pages(global_views, local_views, grids))
        positions = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        logits: Tensor = self.lm_head(self.decode(self.embed(input_ids, images), positions))
        return logits


def without_weights(config: NetworkConfig) -> Network:
    """A network that has shapes and no memory, on torch's device `meta`: for weights that come from elsewhere."""
    with _Undrawn(), torch.device("meta"):
        return Network(config)


def with_room(network: Network, device: str | torch.device) -> Network:
    """The same network with memory on the device, of whatever numbers.

    As `to_empty`, which asks torch for tensors like those on `meta`: sympy is imported for it, for a quarter of a
    second.
    """
    for module in network.modules():
        for name, like in [*module.named_parameters(recurse=False)]:
            room = torch.empty(like.shape, dtype=like.dtype, device=device)
            setattr(module, name, nn.Parameter(room, requires_grad=like.requires_grad))
    return network


class _Undrawn(TorchFunctionMode):
    """Leaves out the numbers that training begins with.

    Asked to draw numbers on `meta`, torch imports its compiler: 800 modules, a second before each start of an engine.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 whatever torch gives
        kwargs = kwargs or {}
        if func is Tensor.normal_ or getattr(func, "__module__", "") == nn.init.__name__:
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        return func(*args, **kwargs)
