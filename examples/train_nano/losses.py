"""The forward pass of training: next-token loss, and the renderer's knowledge as extra losses that fade later."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.model.attention import Rotary, attend, rotary
from pipeline.model.network import Network
from train_nano.targets import CLASSES, NOTHING, PLACES

GUIDED_LAYERS = (1, 3)  # decoder layers whose first head is shown where the next token stands
GUIDED_TOKENS = 384  # positions a page whose pointing is supervised, drawn anew each step


def causal(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Plain causal attention within each row."""
    return attend(queries, keys, values, causal=True)


@dataclass(frozen=True)
class Weights:
    """Share of each extra loss beside the next-token loss."""

    patches: float = 1.0
    bag: float = 0.5
    places: float = 1.0
    guide: float = 0.5
    balance: float = 0.01


@dataclass(frozen=True)
class Batch:
    """B pages with n tiles each, on the training device. T counts the prompt, the transcript and the end token."""

    global_views: Tensor  # [B, 3, 1024, 1024] in -1..1
    local_views: Tensor  # [B * n, 3, 768, 768]
    input_ids: Tensor  # [B, P + T]: begin token, image placeholders, prompt, transcript; padded
    labels: Tensor  # [B, P + T]: the next token, -100 where there is nothing to learn
    cells: Tensor  # [B, P + T, 4]: image token under the next token, -1 for none
    patches_global: Tensor  # [B, 64, 64] character classes
    patches_local: Tensor  # [B * n, 48, 48]
    bag: Tensor  # [K, 3]: page, image token, character class
    places: Tensor  # [image tokens that are read, 32]: character classes, in the order of the views' tokens


class Trainer(nn.Module):
    """The network with the heads that only training needs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.encoder_frozen = False
        self.patch_head = nn.Linear(network.config.vision.neck_width, CLASSES)
        self.place_heads = nn.ModuleList(
            nn.Linear(network.config.flow.width, PLACES[0] * PLACES[1] * CLASSES) for _ in range(2)
        )
        for head in self.place_heads:  # they may come to a trained network, which noise from them would spoil
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        self.bag_heads = nn.ModuleList(nn.Linear(network.config.flow.width, CLASSES) for _ in range(2))

    def freeze_encoder(self) -> None:
        """The paper's third stage: views cost a forward pass only, and the decoder learns what is left to learn."""
        for part in (self.network.vision_tokenizer, self.network.causal_flow, self.patch_head, self.bag_heads,
                     self.place_heads):  # fmt: skip
            part.requires_grad_(False)
        self.encoder_frozen = True

    def forward(self, batch: Batch, weights: Weights) -> dict[str, Tensor]:
        """Each loss by name, unweighted but for "total"; "accuracy" and "pointing" are shares of right guesses."""
        images, seen = self._images(batch)
        losses = {} if self.encoder_frozen else self._vision_losses(batch, seen)
        losses |= self._text_losses(batch, images)
        total = losses["text"]
        for name in ("patches", "bag", "places", "guide", "balance"):
            if name in losses:
                total = total + getattr(weights, name) * losses[name]
        return losses | {"total": total}

    def _images(self, batch: Batch) -> tuple[Tensor, list[tuple[Tensor, Tensor, Tensor]]]:
        """Image embeddings [B, image tokens, width], and for both view sizes the features along the way."""
        pages = batch.global_views.shape[0]
        views = [batch.global_views] + ([batch.local_views] if batch.local_views.shape[0] else [])
        with torch.set_grad_enabled(not self.encoder_frozen):
            seen = [encode(self.network, view) for view in views]
        embedded = [self.network.projector(states).unflatten(0, (pages, -1)).flatten(1, 2) for *_, states in seen]
        separator = self.network.view_separator.to(embedded[0].dtype).expand(pages, 1, -1)
        return torch.cat((*embedded[1:], embedded[0], separator), dim=1), seen

    def _vision_losses(self, batch: Batch, seen: list[tuple[Tensor, Tensor, Tensor]]) -> dict[str, Tensor]:
        patches = [self._patch_loss(seen[0][0], batch.patches_global)]
        if len(seen) > 1:
            patches = [0.2 * patches[0], self._patch_loss(seen[1][0], batch.patches_local)]
        return {
            "patches": torch.stack(patches).sum(),
            "bag": self._bag_loss(batch, seen[-1]),
            "places": self._places_loss(batch.places, seen[-1]),
        }

    def _patch_loss(self, features: Tensor, labels: Tensor) -> Tensor:
        """Which character covers the centre of each patch."""
        return _characters(self.patch_head(features.permute(0, 2, 3, 1)), labels)

    def _places_loss(self, places: Tensor, seen: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Which character stands where in each cell, asked of the visual tokens and of the queries' states.

        A bag of characters does not make them keep the order; the decoder alone would take long to ask for it.
        """
        _, tokens, states = seen
        losses = [
            _characters(head(x.flatten(0, 1)).unflatten(-1, (-1, CLASSES)), places)
            for head, x in zip(self.place_heads, (tokens, states), strict=True)
        ]
        return torch.stack(losses).mean()

    def _bag_loss(self, batch: Batch, seen: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Which characters stand in each cell, asked of the visual tokens and of the queries' states."""
        _, tokens, states = seen
        pages = batch.global_views.shape[0]
        wanted = torch.zeros(pages, tokens.shape[0] * tokens.shape[1] // pages, CLASSES, device=tokens.device)
        wanted[batch.bag[:, 0], batch.bag[:, 1], batch.bag[:, 2]] = 1.0
        wanted = wanted.flatten(0, 1)
        rare = torch.tensor(4.0, device=tokens.device)
        losses = [
            F.binary_cross_entropy_with_logits(head(x).flatten(0, 1).float(), wanted, pos_weight=rare)
            for head, x in zip(self.bag_heads, (tokens, states), strict=True)
        ]
        return 5 * torch.stack(losses).sum()

    def _text_losses(self, batch: Batch, images: Tensor) -> dict[str, Tensor]:
        network = self.network
        text = network.decoder.embedding(batch.input_ids[:, 1 + images.shape[1] :])
        first = network.decoder.embedding(batch.input_ids[:, :1])
        x = torch.cat((first.to(images.dtype), images, text.to(images.dtype)), dim=1)
        positions = torch.arange(x.shape[1], device=x.device)[None]
        tables = rotary(positions, network.config.decoder.head_dim, network.config.decoder.rope_theta)
        guides, balances = [], []
        for number, layer in enumerate(network.decoder.layers):
            if number in GUIDED_LAYERS:
                guides.append(_guide(layer, x, tables, batch.cells, images.shape[1]))
            if number < network.config.decoder.dense_layers:
                x = layer(x, tables, causal)
            else:
                x, balance = sparse_block(layer, x, tables)
                balances.append(balance)
        # Padded rows are counted out afterwards: picking them out first would make the host wait for the device.
        labels = batch.labels[:, images.shape[1] :].flatten()
        logits = network.lm_head(network.decoder.norm(x[:, images.shape[1] :])).float().flatten(0, 1)
        hits = ((logits.argmax(-1) == labels) & (labels >= 0)).sum()
        return {
            "text": F.cross_entropy(logits, labels),
            "accuracy": hits / (labels >= 0).sum(),
            "guide": torch.stack([loss for loss, _ in guides]).mean(),
            "pointing": guides[-1][1],
            "balance": torch.stack(balances).mean(),
        }


def _characters(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss of classes [.., C] against labels [..]; empty places count less, there are so many."""
    labels = labels.flatten().long()
    each = F.cross_entropy(logits.flatten(0, -2).float(), labels, reduction="none")
    share = torch.where(labels == NOTHING, 0.1, 1.0)
    return (each * share).sum() / share.sum()


def encode(network: Network, views: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Views [N, 3, side, side] → neck features [N, C, s/16, s/16], visual tokens and query states [N, n, width]."""
    vision = network.vision_tokenizer
    features = vision.neck(vision.patches(views).permute(0, 3, 1, 2))
    tokens = vision.compressor(features).flatten(2).transpose(1, 2)
    return features, tokens, network.causal_flow(tokens)


def sparse_block(layer: nn.Module, x: Tensor, tables: Rotary) -> tuple[Tensor, Tensor]:
    """A decoder block whose router is judged too: experts should share the work (Switch, arXiv 2101.03961)."""
    x = x + layer.attention(layer.attention_norm(x), tables, causal)
    normed = layer.mlp_norm(x)
    tokens = normed.flatten(0, 1)
    routing = layer.mlp.router(tokens)
    out = x + layer.mlp.experts(tokens, routing).view_as(x) + layer.mlp.shared(normed)
    experts = routing.scores.shape[1]
    chosen = F.one_hot(routing.experts, experts).float().mean((0, 1))
    return out, experts * (chosen * routing.scores.mean(0)).sum()


def _guide(layer: nn.Module, x: Tensor, tables: Rotary, cells: Tensor, image_tokens: int) -> tuple[Tensor, Tensor]:
    """How far the first head looks away from the next token's cells, on some positions of each page."""
    has_cell = (cells[..., 0] >= 0).float() + 1e-6
    rows = torch.multinomial(has_cell, min(GUIDED_TOKENS, cells.shape[1]))  # [B, K]
    attention, normed = layer.attention, layer.attention_norm(x)
    head = slice(0, attention.head_dim)
    queries = F.linear(torch.take_along_dim(normed, rows[..., None], 1), attention.q_proj.weight[head])
    keys = F.linear(normed, attention.k_proj.weight[head])
    queries = _rotate(queries, tables, rows)
    keys = _rotate(keys, tables, torch.arange(x.shape[1], device=x.device)[None])
    logits = (queries @ keys.mT).float() * attention.head_dim**-0.5  # [B, K, tokens]
    future = torch.arange(x.shape[1], device=x.device) > rows[..., None]
    logits = logits.masked_fill(future, float("-inf"))
    wanted = torch.take_along_dim(cells, rows[..., None], 1)  # [B, K, 4]
    valid = wanted >= 0
    use = valid[..., 0]
    on_image = logits[..., 1 : 1 + image_tokens]
    picked = on_image.gather(-1, wanted.clamp(min=0)).masked_fill(~valid, float("-inf"))
    picked = torch.where(use[..., None], picked, 0.0)  # all cells masked: a gradient of nan, even where it is not used
    lost = torch.where(use, logits.logsumexp(-1) - picked.logsumexp(-1), 0.0)
    hit = ((on_image.argmax(-1)[..., None] == wanted) & valid).any(-1)
    count = use.sum().clamp(min=1)
    return lost.sum() / count, hit.sum() / count


def _rotate(x: Tensor, tables: Rotary, rows: Tensor) -> Tensor:
    """Rotate [B, K, head dim] by the positions `rows` [B or 1, K]."""
    cos, sin = (table[0, :, 0][rows] for table in tables)
    first, second = x.float().chunk(2, dim=-1)
    return (x.float() * cos + torch.cat((-second, first), dim=-1) * sin).to(x.dtype)
