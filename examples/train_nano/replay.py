"""Pages seen a short while ago, to be read again: a view costs far more than what is learned from its tokens."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import fields

import torch
from torch import Tensor

from train_nano.losses import Reading

KEPT = 300  # batches; with them the vision tokenizer has moved on by as many steps

Seen = tuple[list[Tensor], Reading]


class Replay:
    """The visual tokens of the last batches on the device, with what is to be read there.

    Seven tenths of a step go into views that are read well long before dense pages are. Without that, the causal flow
    and the decoder learn from several times as many pages in the same time.
    """

    def __init__(self, seed: int, tokens: int) -> None:
        self._random = random.Random(seed)
        self._tokens = tokens
        self._kept: deque[Seen] = deque(maxlen=KEPT)

    def add(self, views: list[Tensor], reading: Reading) -> None:
        """Keep a batch: visual tokens as `Trainer.see` gives them."""
        self._kept.append(([view.detach().to(torch.bfloat16) for view in views], reading))

    def draw(self) -> Seen:
        """A kept batch, with others of its shape up to so many image and text tokens."""
        first = self._random.choice(self._kept)
        shape = _shape(first)
        alike = [seen for seen in self._kept if seen is not first and _shape(seen) == shape]
        self._random.shuffle(alike)
        chosen, left = [first], self._tokens - first[1].input_ids.numel()
        for seen in alike:
            left -= seen[1].input_ids.numel()
            if left < 0:
                break
            chosen.append(seen)
        views = [torch.cat(parts) for parts in zip(*(views for views, _ in chosen), strict=True)]
        readings = [reading for _, reading in chosen]
        return views, Reading(*(torch.cat([getattr(r, part.name) for r in readings]) for part in fields(Reading)))


def _shape(seen: Seen) -> tuple[int, int]:
    """Tiles of a page, and padded length."""
    views, reading = seen
    return (views[-1].shape[0] // reading.input_ids.shape[0] if len(views) > 1 else 0), reading.input_ids.shape[1]
