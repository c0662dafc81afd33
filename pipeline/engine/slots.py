"""What each slot has written so far, as tensors on the device, and how one more token is appended to it."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.ngram import ban_repeats
from pipeline.engine.options import DecodingOptions


class SlotStates:
    """The answers of all slots. A slot that has finished is frozen: steps go over it without changing it."""

    def __init__(
        self, slots: int, options: DecodingOptions, whitelist: tuple[int, ...], eos: int, device: torch.device
    ) -> None:
        self._options = options
        self._eos = eos
        self._whitelist = torch.tensor(whitelist, dtype=torch.long, device=device)
        self.tokens = torch.zeros(slots, options.max_tokens, dtype=torch.long, device=device)
        self.counts = torch.zeros(slots, dtype=torch.long, device=device)  # tokens written, EOS among them
        self.prompts = torch.zeros(slots, dtype=torch.long, device=device)  # tokens of the prompt
        self.limits = torch.zeros(slots, dtype=torch.long, device=device)  # tokens that may be written
        self.alive = torch.zeros(slots, dtype=torch.bool, device=device)
        self.certainty = torch.zeros(slots, dtype=torch.float32, device=device)  # sum of the tokens' probabilities

    def reset(self) -> None:
        """Drop all answers."""
        for state in (self.counts, self.prompts, self.limits, self.alive, self.certainty):
            state.zero_()

    def open(self, slot: int, prompt: int, limit: int) -> None:
        """Begin an answer behind a prompt of so many tokens."""
        self.counts[slot] = 0
        self.prompts[slot] = prompt
        self.limits[slot] = limit
        self.certainty[slot] = 0
        self.alive[slot] = True

    def last_tokens(self, count: int) -> Tensor:
        """The newest token of each of the first `count` slots, [count, 1]."""
        return self.tokens[:count].gather(1, (self.counts[:count, None] - 1).clamp(min=0))

    def positions(self, count: int) -> Tensor:
        """Where the newest token of each of the first `count` slots stands in its sequence, [count]."""
        return (self.prompts[:count] + self.counts[:count] - 1).clamp(min=0)

    def append(self, rows: slice, logits: Tensor) -> None:
        """Write the likeliest token that is not banned. Greedy; `logits` is [slots in `rows`, vocabulary]."""
        tokens, counts, alive = self.tokens[rows], self.counts[rows], self.alive[rows]
        logits = logits.float()
        chosen = self._banned(logits, tokens, counts).argmax(-1)
        # Of the network's own distribution: what the ban takes away does not make the rest more certain.
        probability = (logits.gather(1, chosen[:, None])[:, 0] - logits.logsumexp(-1)).exp()
        # A frozen slot is written over with what it has, so that its shape is that of the others.
        places = counts.clamp(max=tokens.shape[1] - 1)[:, None]
        tokens.scatter_(1, places, torch.where(alive[:, None], chosen[:, None], tokens.gather(1, places)))
        self.certainty[rows] += probability * alive
        counts += alive
        alive &= (chosen != self._eos) & (counts < self.limits[rows])

    def _banned(self, logits: Tensor, tokens: Tensor, counts: Tensor) -> Tensor:
        size, window = self._options.ngram_size, self._options.ngram_window
        return ban_repeats(logits, tokens, counts, size, window, self._whitelist) if size else logits
