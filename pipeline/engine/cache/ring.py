"""Where an answer's tokens lie that see only a window of it: in a ring behind the prompt, which never grows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from pipeline.model.config import DecoderConfig


@dataclass(frozen=True)
class Ring:
    """A token of the answer sees the whole prompt and, of the answer, itself and `window` - 1 tokens before it.

    Token a of the answer, from 0, lies `a` mod `size` places behind the prompt (Unlimited-OCR's R-SWA, arXiv
    2606.23050). Keys are stored turned by their positions, so their order does not matter. Without `slack` a new token
    takes the place of the one that just left the window; that many tokens more can be tried at once.
    """

    window: int
    slack: int = 0

    @property
    def size(self) -> int:
        """Places behind the prompt."""
        return self.window + self.slack

    def places(self, positions: Tensor, prompts: Tensor) -> Tensor:
        """Where in their slots tokens at `positions` [n] lie, behind prompts of so many tokens [n]."""
        return prompts + (positions - prompts) % self.size

    def lengths(self, positions: Tensor, prompts: Tensor) -> Tensor:
        """How many places of their slots have been written, up to the tokens at `positions` [n]."""
        return torch.minimum(positions + 1, prompts + self.size)

    def seen(self, positions: Tensor, newest: Tensor, prompts: Tensor, span: int) -> Tensor:
        """Which of the first `span` places of its slot each token sees, boolean [n, span].

        `positions` [n] are the tokens' own, `newest` [n] those of the last token that was written into the slot.
        """
        place = torch.arange(span, device=positions.device)
        behind = place - prompts[:, None]
        last, own = (newest - prompts)[:, None], (positions - prompts)[:, None]
        # The token in a place is the last one that was written there.
        token = last - (last - behind) % self.size
        within = (token >= 0) & (token <= own) & (token > own - self.window)
        return (behind < 0) | (within & (behind < self.size))


def ring_of(config: DecoderConfig, slack: int) -> Ring | None:
    """Where answers lie that see only a window of themselves; None for a network whose answers see all."""
    return None if config.window is None else Ring(config.window, slack)
