"""What the engine and its runner hand to each other: pages to be read, and what was found about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipeline.engine.compute.pieces import Pieces
from pipeline.model.family.member import NgramRule
from pipeline.transcript import Drafted
from pipeline.views.ready_page import ReadyPage

Bundle = tuple[ReadyPage, ...]
"""A page, or pages of one document that stand behind each other and are read in one answer."""


@dataclass(frozen=True)
class Encoded:
    """A page's image embeddings [image tokens, width], which may still be under way beside the steps."""

    images: Tensor
    _passed: torch.cuda.Event | None

    def done(self) -> bool:
        """Whether they can be had without waiting."""
        return self._passed is None or bool(self._passed.query())  # type: ignore[no-untyped-call]

    def take(self) -> Tensor:
        """The embeddings, for the current stream, which waits for them."""
        if self._passed is not None:
            self._passed.wait()
            # Made on another stream: without this the allocator may hand its memory out again while steps still read
            # it.
            self.images.record_stream(torch.cuda.current_stream())
        return self.images


@dataclass(frozen=True)
class EncodedAside:
    """The same, view by view in threads of this process; `join` makes a page of its views."""

    views: Pieces
    join: Callable[[list[Tensor]], Tensor]

    def done(self) -> bool:
        """Whether they can be had without waiting."""
        return self.views.done()

    def take(self) -> Tensor:
        """The embeddings; this thread helps to encode what is left."""
        return self.join(self.views.result())


Prompt = NDArray[np.int64] | list[int]
"""Token ids, as many placeholders for what the network sees among them."""

Seen = tuple[Encoded | EncodedAside, ...]
"""The pages of a bundle."""


@dataclass(frozen=True)
class Opening:
    """A page, or some, to be read in a slot: what the network sees of it, its prompt, and how many tokens it may write.

    `ban`: the n-grams that must not come twice. `draft`: what it may write, as far as is guessed.
    """

    slot: int
    encoded: Seen
    prompt: Prompt
    limit: int
    ban: NgramRule
    draft: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """What was written into a slot: token ids without EOS, and whether EOS came; the mean probability of all tokens.

    `probabilities`: of each of the tokens.
    """

    tokens: list[int]
    stopped: bool
    count: int
    confidence: float
    drafted: Drafted | None = None
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True)
class Look:
    """Which slots were alive when the device came by here, and what they had written last.

    `step`: steps that had been run by then; `most`: tokens that a slot might have written in them.
    """

    step: int
    most: int
    _alive: Tensor
    _counts: Tensor
    _newest: Tensor
    _demand: Tensor
    _passed: torch.cuda.Event | None

    def alive(self) -> list[bool]:
        """Waits until the device has come by."""
        if self._passed is not None:
            self._passed.synchronize()
        alive: list[bool] = self._alive.tolist()
        return alive

    def counts(self) -> list[int]:
        """Tokens that each slot had written. This and what follows only behind `alive`."""
        counts: list[int] = self._counts.tolist()
        return counts

    def demand(self) -> int:
        """Guesses that all slots together wanted to try in the last step."""
        return int(self._demand)

    def written(self, slot: int, since: int) -> NDArray[np.int64]:
        """The tokens of a slot behind its first `since`. Earlier looks must have been read."""
        new = int(self._counts[slot]) - since
        assert new <= self._newest.shape[1], "a look was left out"
        return self._newest[slot, self._newest.shape[1] - new :].numpy()


def side_by_side(drafts: list[list[int]], most: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Drafts cut to `most` tokens and filled up to the longest, [n, longest], and how many tokens they have, [n]."""
    lengths = [min(len(draft), most) for draft in drafts]
    table = np.zeros((len(drafts), max(lengths)), np.int32)
    for row, draft, length in zip(table, drafts, lengths, strict=True):
        row[:length] = draft[:length]
    return table, np.array(lengths)
