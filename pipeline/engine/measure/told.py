"""Answers that a bench sets, whatever random weights would say: tokens like those of pages, written by slots."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.decoding.ngram import Written

# Of words by their rank, after Mandelbrot (Zipf's law with an offset); 3,000 words are most of an English text.
_WORDS, _OFFSET = 3000, 2.7
_NUMBERS = 1000  # tokens that stand for a coordinate


def page_like(random: np.random.Generator, vocabulary: int, length: int) -> list[int]:
    """So many tokens (0..vocabulary - 1) as pages have them: blocks, each a label with a box of four numbers and then
    some 20 to 150 words of one to three tokens, the frequent ones again and again.

    Random weights write rows of equal tokens instead, in which a draft is found again at the wrong place.
    """
    sizes = random.integers(1, 4, min(_WORDS, vocabulary))
    words = [random.integers(0, vocabulary, size).tolist() for size in sizes]
    chances = 1 / (np.arange(len(words)) + _OFFSET)
    chances /= chances.sum()
    numbers = random.integers(0, vocabulary, min(_NUMBERS, vocabulary))
    opening, between, closing = (random.integers(0, vocabulary, size).tolist() for size in (4, 1, 3))
    written: list[int] = []
    while len(written) < length:
        written += opening
        for number in random.choice(numbers, 4):
            written += (int(number), *between)
        written += closing
        for word in random.choice(len(words), random.integers(20, 150), p=chances):
            written += words[word]
    return written[:length]


class ToldStates(SlotStates):
    """Slots that choose as they do, and then write what they are told instead, where they are told something.

    Random weights part within some ten tokens between one row and many: nearly equal logits round otherwise. So what a
    draft is worth could not be set; all work is done as without.
    """

    def listen(self) -> None:
        """Make room for what is told; -1 is nothing."""
        self.told = torch.full_like(self.tokens, -1)

    @property
    def _all(self) -> tuple[Tensor, ...]:
        return *super()._all, self.told

    def reset(self) -> None:
        super().reset()
        self.told.fill_(-1)

    def open(self, slots: Tensor, prompts: Tensor, limits: Tensor, bans: Tensor, logits: Tensor) -> None:
        super().open(slots, prompts, limits, bans, logits)
        self.tokens[slots, 0] = torch.where(self.told[slots, 0] < 0, self.tokens[slots, 0], self.told[slots, 0])

    def _choose(self, logits: Tensor, written: Written | None) -> tuple[Tensor, Tensor]:
        chosen, probability = super()._choose(logits, written)
        if written is None:
            return chosen, probability
        counts, slots = written.counts, written.slots
        own = torch.arange(len(counts), device=counts.device) if slots is None else slots
        told = self.told[own, counts.clamp(max=self.told.shape[1] - 1)]
        return torch.where(told < 0, chosen, told), probability
