"""Runs the network on one device: pages into slots, and one token more for every slot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.cache import PromptContext, SlotCache, StepContext
from pipeline.engine.options import DecodingOptions
from pipeline.engine.slots import SlotStates
from pipeline.model.network import Network
from pipeline.transcript import PageViews, Pixels

SPAN = 256
"""Attention reads keys in whole multiples of this, so that steps come in few shapes."""


@dataclass(frozen=True)
class Answer:
    """What was written into a slot: token ids without EOS, and whether EOS came; the mean probability of all tokens."""

    tokens: list[int]
    stopped: bool
    count: int
    confidence: float


class Runner:
    """Owns the slots' tensors, each slot for up to `length` tokens. Which page goes where is the scheduler's affair."""

    def __init__(
        self, network: Network, slots: int, length: int, options: DecodingOptions, whitelist: tuple[int, ...]
    ) -> None:
        weight = network.lm_head.weight
        config = network.config
        self.network = network
        self.device = weight.device
        self.states = SlotStates(slots, options, whitelist, config.eos_token_id, self.device)
        self.length = length
        self.cache = SlotCache(config.decoder, slots, self.length, self.device, weight.dtype)
        self._bounds = [0] * slots  # above each open slot's position; known without asking the device

    def reset(self) -> None:
        """Free all slots, whatever was going on in them."""
        self.states.reset()
        self._bounds = [0] * len(self._bounds)

    @torch.inference_mode()
    def open(self, slot: int, views: PageViews, prompt: list[int], max_tokens: int) -> None:
        """Encode a page, prefill its prompt into a free slot, and write the first token."""
        tiles, whole = self._on_device(views.local_views), self._on_device(views.global_view[None])
        (image,) = self.network.encode_pages(whole, tiles, [tiles.shape[0]])
        ids = torch.tensor([prompt], device=self.device)
        positions = torch.arange(len(prompt), device=self.device)[None]
        hidden = self.network.decode(self.network.embed(ids, image), positions, PromptContext(self.cache, slot))
        self.states.open(slot, len(prompt), min(max_tokens, self.length - len(prompt)))
        self.states.append(slice(slot, slot + 1), self.network.lm_head(hidden[:, -1]))
        self._bounds[slot] = len(prompt) + 1

    def _on_device(self, views: Pixels) -> Tensor:
        # Views cut from one image may be read-only, which torch takes only with a warning.
        return torch.from_numpy(np.require(views, requirements="W")).to(self.device)

    @torch.inference_mode()
    def step(self, count: int) -> None:
        """One token more for each of the first `count` slots; frozen and empty ones are computed and left alone."""
        # A finished slot writes its last token's keys again, to the same place.
        positions = self.states.positions(count)
        span = min(-(-max(self._bounds[:count]) // SPAN) * SPAN, self.length)
        embeddings = self.network.embed(self.states.last_tokens(count))
        hidden = self.network.decode(embeddings, positions[:, None], StepContext(self.cache, positions, span))
        self.states.append(slice(0, count), self.network.lm_head(hidden[:, 0]))
        self._bounds = [bound and bound + 1 for bound in self._bounds]

    def finished(self, slots: list[int]) -> list[int]:
        """Those of these slots that will write no more. Waits for the device."""
        alive: list[bool] = self.states.alive.tolist()
        return [slot for slot in slots if not alive[slot]]

    def close(self, slot: int) -> Answer:
        """The answer in a finished slot, which is free from now on."""
        count = int(self.states.counts[slot])
        tokens: list[int] = self.states.tokens[slot, :count].tolist()
        stopped = tokens[-1] == self.network.config.eos_token_id
        self._bounds[slot] = 0
        confidence = float(self.states.certainty[slot]) / count
        return Answer(tokens[:-1] if stopped else tokens, stopped, count, min(confidence, 1.0))
