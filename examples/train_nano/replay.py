"""Pages seen a short while ago, to be read again: a view costs far more than what is learned from its tokens."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from train_nano.losses import Reading

KEPT = 300  # batches; with them the vision tokenizer has moved on by as many steps

OWN = 0.3  # share of the transcript that is told in the network's own words when a page is read again


@dataclass(frozen=True)
class Seen:
    """A batch that was read: its visual tokens, what is to be read, and the input as the network would have had it."""

    views: list[Tensor]
    reading: Reading
    said: Tensor  # the shape of `reading.input_ids`


class Replay:
    """The visual tokens of the last batches on the device, with what is to be read there.

    Seven tenths of a step go into views that are read well long before dense pages are. Without that, the causal flow
    and the decoder learn from several times as many pages in the same time. Some of the transcript it is told is then
    what it said at first itself, right or wrong, so that it learns to go on from misread characters and from lines it
    strayed to (scheduled sampling, arXiv 1506.03099, with guesses that cost nothing).
    """

    def __init__(self, seed: int, tokens: int) -> None:
        self._random = random.Random(seed)
        self._tokens = tokens
        self._kept: deque[Seen] = deque(maxlen=KEPT)

    def add(self, views: list[Tensor], reading: Reading, guesses: Tensor) -> None:
        """Keep a batch: visual tokens as `Trainer.see` gives them, guesses as `Trainer.read` does."""
        told = reading.labels[:, :-1] >= 0
        said = reading.input_ids.clone()
        said[:, 1:] = torch.where(told, guesses[:, :-1], said[:, 1:])
        self._kept.append(Seen([view.detach().to(torch.bfloat16) for view in views], reading, said))

    def draw(self) -> tuple[list[Tensor], Reading]:
        """A kept batch, with others of its shape up to so many image and text tokens."""
        first = self._random.choice(self._kept)
        shape = _shape(first)
        alike = [seen for seen in self._kept if seen is not first and _shape(seen) == shape]
        self._random.shuffle(alike)
        chosen, left = [first], self._tokens - first.said.numel()
        for seen in alike:
            left -= seen.said.numel()
            if left < 0:
                break
            chosen.append(seen)
        views = [torch.cat(parts) for parts in zip(*(seen.views for seen in chosen), strict=True)]
        readings = [seen.reading for seen in chosen]
        joined = {f.name: torch.cat([getattr(reading, f.name) for reading in readings]) for f in fields(Reading)}
        said = torch.cat([seen.said for seen in chosen])
        own = torch.rand(said.shape, device=said.device) < OWN
        return views, Reading(**joined | {"input_ids": torch.where(own, said, joined["input_ids"])})


def _shape(seen: Seen) -> tuple[int, int]:
    """Tiles of a page, and padded length."""
    pages, length = seen.said.shape
    return (seen.views[-1].shape[0] // pages if len(seen.views) > 1 else 0), length
