"""The forward pass of training: next-token loss, and the renderer's knowledge as extra losses that fade later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.model.attention import Rotary, attend, rotary, rotate
from pipeline.model.network import Network
from train_nano.targets import CLASSES, NOTHING, PLACES

GUIDED = {1: 1, 2: 1, 3: 3, 4: 3, 5: 2}  # decoder layer: how many of its heads are shown where the next token stands
GUIDED_TOKENS = 256  # positions a page whose pointing is supervised, drawn anew each step
SPOTTED = (3, 5)  # the decoder layers before which the place of the next token within its cell must be known
SPOTS = PLACES[0] * PLACES[1]
SEERS = ("network.vision_tokenizer.", "patch_head.", "place_heads.0.")  # parameters up to the visual tokens
KEPT_LAYERS = 8  # of ten: what the vision tokenizer's last two make of theirs can still be learned
FRONT = (
    "network.vision_tokenizer.patch", "network.vision_tokenizer.position",
    *(f"network.vision_tokenizer.layers.{n}." for n in range(KEPT_LAYERS)),
)  # fmt: skip
ENCODER = (*SEERS, "network.causal_flow.", "place_heads.1.")  # up to the queries' states


def causal(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Plain causal attention within each row."""
    return attend(queries, keys, values, causal=True)


@dataclass(frozen=True)
class Weights:
    """Share of each extra loss beside the next-token loss."""

    patches: float = 1.0
    places: float = 1.0
    guide: float = 0.5
    spot: float = 0.2
    balance: float = 0.01


@dataclass(frozen=True)
class Reading:
    """What is to be read on B pages: S image tokens, P prompt tokens, T transcript tokens with the end token."""

    input_ids: Tensor  # [B, 1 + S + P + T - 1]: begin token, image placeholders, prompt, transcript; padded
    labels: Tensor  # the same shape: the next token, -100 where there is nothing to learn
    cells: Tensor  # [.., 4]: image token under the next token, -1 for none
    spots: Tensor  # the same shape as labels: place of the next token within its cell, -1 for none
    places: Tensor  # [image tokens that are read, 32]: character classes, in the order of the views' tokens


@dataclass(frozen=True)
class Batch:
    """B pages with n tiles each, on the training device."""

    global_views: Tensor  # [B, 3, 1024, 1024] in -1..1
    local_views: Tensor  # [B * n, 3, 768, 768]
    patches_global: Tensor  # [B, 64, 64] character classes
    patches_local: Tensor  # [B * n, 48, 48]
    reading: Reading


Frozen = Literal["nothing", "front", "vision", "encoder"]
"""What learns no more: most of the vision tokenizer, all of it, or the network up to the queries' states."""

Losses = dict[str, Tensor]
"""Each loss by name, unweighted; "accuracy" and "pointing" are shares of right guesses."""


class Trainer(nn.Module):
    """The network with the heads that only training needs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.frozen: Frozen = "nothing"
        self.patch_head = nn.Linear(network.config.vision.neck_width, CLASSES)
        self.place_heads = nn.ModuleList(nn.Linear(network.config.flow.width, SPOTS * CLASSES) for _ in range(2))
        self.spot_heads = nn.ModuleList(nn.Linear(network.config.decoder.width, SPOTS) for _ in SPOTTED)
        for head in (*self.place_heads, *self.spot_heads):  # noise from new heads would spoil a trained network
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def freeze(self, frozen: Frozen) -> None:
        """Later stages. With the vision tokenizer frozen, views cost a forward pass only, a third; in the paper's third
        stage the causal flow is, too, and the decoder learns what is left to learn."""
        held: dict[Frozen, tuple[str, ...]] = {"nothing": (), "front": FRONT, "vision": SEERS, "encoder": ENCODER}
        for name, parameter in self.named_parameters():
            if name.startswith(held[frozen]):
                parameter.requires_grad_(False)
        self.frozen = frozen

    def see(self, batch: Batch) -> tuple[list[Tensor], Losses]:
        """Visual tokens of the global views [B, 256, width] and, where there are any, of the tiles [B * n, 144, width],
        and how well characters are told apart."""
        views = [batch.global_views] + ([batch.local_views] if batch.local_views.shape[0] else [])
        if self.frozen in ("vision", "encoder"):
            with torch.no_grad():
                return [encode(self.network, view)[1] for view in views], {}
        seen = [encode(self.network, view) for view in views]
        patches = [self._patch_loss(seen[0][0], batch.patches_global)]
        if len(seen) > 1:
            patches = [0.2 * patches[0], self._patch_loss(seen[1][0], batch.patches_local)]
        tokens = [tokens for _, tokens in seen]
        places = self._places_loss(0, tokens[-1], batch.reading.places)
        return tokens, {"patches": torch.stack(patches).sum(), "seen": places}

    def read(self, tokens: list[Tensor], reading: Reading) -> tuple[Losses, Tensor]:
        """The causal flow and the decoder on visual tokens as `see` gives them; also the likeliest next token at each
        position of `reading.labels`, 0 within the image."""
        network, pages = self.network, reading.input_ids.shape[0]
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.frozen != "encoder"):
            states = [network.causal_flow(view) for view in tokens]
        losses = {} if self.frozen == "encoder" else {"places": self._places_loss(1, states[-1], reading.places)}
        embedded = [network.projector(view).unflatten(0, (pages, -1)).flatten(1, 2) for view in states]
        separator = network.view_separator.to(embedded[0].dtype).expand(pages, 1, -1)
        images = torch.cat((*embedded[1:], embedded[0], separator), dim=1)
        text_losses, guesses = self._text_losses(reading, images)
        return losses | text_losses, F.pad(guesses, (images.shape[1], 0))

    def _patch_loss(self, features: Tensor, labels: Tensor) -> Tensor:
        """Which character covers the centre of each patch."""
        return _characters(self.patch_head(features.permute(0, 2, 3, 1)), labels)

    def _places_loss(self, head: int, states: Tensor, places: Tensor) -> Tensor:
        """Which character stands where in each cell: what visual tokens and the queries' states must keep."""
        return _characters(self.place_heads[head](states.flatten(0, 1)).unflatten(-1, (-1, CLASSES)), places)

    def _spot_loss(self, head: int, x: Tensor, spots: Tensor) -> Tensor:
        """Where within its cell the next token begins: cells of dense pages hold parts of two or three lines."""
        guesses = self.spot_heads[head](x).float().flatten(0, 1)
        lost = F.cross_entropy(guesses, spots.flatten(), ignore_index=-1, reduction="sum")
        return lost / (spots >= 0).sum().clamp(min=1)

    def _text_losses(self, reading: Reading, images: Tensor) -> tuple[Losses, Tensor]:
        network, count = self.network, images.shape[1]
        text = network.decoder.embedding(reading.input_ids[:, 1 + count :])
        first = network.decoder.embedding(reading.input_ids[:, :1])
        x = torch.cat((first.to(images.dtype), images, text.to(images.dtype)), dim=1)
        positions = torch.arange(x.shape[1], device=x.device)[None]
        tables = rotary(positions, network.config.decoder.head_dim, network.config.decoder.rope_theta)
        rows = _guided_rows(reading.cells)
        spots, guides, balances = [], [], []
        for number, layer in enumerate(network.decoder.layers):
            if number in SPOTTED:
                spots.append(self._spot_loss(len(spots), x[:, count:], reading.spots[:, count:]))
            if number in GUIDED:
                guides.append(_guide(layer, GUIDED[number], x, tables, reading.cells, rows, count))
            if number < network.config.decoder.dense_layers:
                x = layer(x, tables, causal)
            else:
                x, balance = sparse_block(layer, x, tables)
                balances.append(balance)
        # Padded rows are counted out afterwards: picking them out first would make the host wait for the device.
        labels = reading.labels[:, count:]
        logits = network.lm_head(network.decoder.norm(x[:, count:])).float()
        guesses = logits.argmax(-1)
        hits = ((guesses == labels) & (labels >= 0)).sum()
        losses = {
            "text": F.cross_entropy(logits.flatten(0, 1), labels.flatten()),
            "accuracy": hits / (labels >= 0).sum(),
            "guide": torch.stack([loss for loss, _ in guides]).mean(),
            "pointing": torch.stack([hit for _, hit in guides]).mean(),
            "spot": torch.stack(spots).mean(),
            "spotted": spots[-1].detach(),
            "balance": torch.stack(balances).mean(),
        }
        return losses, guesses


def total(losses: Losses, weights: Weights) -> Tensor:
    """The sum that is learned from."""
    shares = vars(weights) | {"seen": weights.places, "text": 1.0}
    return torch.stack([share * losses[name] for name, share in shares.items() if name in losses]).sum()


def _characters(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss of classes [.., C] against labels [..]; empty places count less, there are so many."""
    labels = labels.flatten().long()
    each = F.cross_entropy(logits.flatten(0, -2).float(), labels, reduction="none")
    share = torch.where(labels == NOTHING, 0.1, 1.0)
    return (each * share).sum() / share.sum()


def encode(network: Network, views: Tensor) -> tuple[Tensor, Tensor]:
    """Views [N, 3, side, side] → neck features [N, C, side / 16, side / 16], visual tokens [N, n, width]."""
    vision = network.vision_tokenizer
    features = vision.neck(vision.patches(views).permute(0, 3, 1, 2))
    return features, vision.compressor(features).flatten(2).transpose(1, 2)


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


def _guided_rows(cells: Tensor) -> Tensor:
    """Some positions of each page that have a cell, [B, K]; `torch.multinomial` would make the host wait."""
    lots = torch.rand(cells.shape[:2], device=cells.device) + (cells[..., 0] >= 0)
    return lots.topk(min(GUIDED_TOKENS, cells.shape[1])).indices


def _guide(
    layer: nn.Module, heads: int, x: Tensor, tables: Rotary, cells: Tensor, rows: Tensor, image_tokens: int
) -> tuple[Tensor, Tensor]:
    """How far the first heads look away from the next token's cells at the positions `rows` [B, K], and how often
    they look at one of them."""
    attention, normed = layer.attention, layer.attention_norm(x)
    part, split = slice(0, heads * attention.head_dim), (heads, attention.head_dim)
    queries = F.linear(torch.take_along_dim(normed, rows[..., None], 1), attention.q_proj.weight[part])
    keys = F.linear(normed, attention.k_proj.weight[part])
    cos, sin = (table[0][rows] for table in tables)
    queries = rotate(queries.unflatten(-1, split), (cos, sin)).transpose(1, 2)
    keys = rotate(keys.unflatten(-1, split), tables).transpose(1, 2)
    logits = (queries @ keys.mT).float() * attention.head_dim**-0.5  # [B, heads, K, tokens]
    future = torch.arange(x.shape[1], device=x.device) > rows[:, None, :, None]
    logits = logits.masked_fill(future, float("-inf"))
    wanted = torch.take_along_dim(cells, rows[..., None], 1)[:, None].expand(-1, heads, -1, -1)  # [B, heads, K, 4]
    valid = wanted >= 0
    use = valid[..., 0]
    on_image = logits[..., 1 : 1 + image_tokens]
    picked = on_image.gather(-1, wanted.clamp(min=0)).masked_fill(~valid, float("-inf"))
    picked = torch.where(use[..., None], picked, 0.0)  # all cells masked: a gradient of nan, even where it is not used
    lost = torch.where(use, logits.logsumexp(-1) - picked.logsumexp(-1), 0.0)
    hit = ((on_image.argmax(-1)[..., None] == wanted) & valid).any(-1)
    count = use.sum().clamp(min=1)
    return lost.sum() / count, hit.sum() / count
