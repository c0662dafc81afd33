"""What a step computes: the newest token of each slot and, behind it, the slot's guesses, packed into rows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """T rows of S slots: a slot's rows stand together, the slots in order, and rows that are not `real` last.

    A slot has `sizes` [S] rows from `starts` [S] on. Row i stands `ahead` [T] tokens behind the newest token of slot
    `slots` [T]; `guesses` [S, most] are the tokens of the rows behind the first, whose number is `sizes` - 1.
    """

    slots: Tensor
    ahead: Tensor
    real: Tensor
    starts: Tensor
    sizes: Tensor
    guesses: Tensor

    @property
    def given(self) -> Tensor:
        """Guesses of each slot, [S]."""
        return self.sizes - 1

    def picked(self, values: Tensor) -> Tensor:
        """What rows have, [T], slot by slot: [S, most + 1]; behind a slot's own rows anything."""
        span = torch.arange(self.guesses.shape[1] + 1, device=values.device)
        return values[(self.starts[:, None] + span).clamp(max=values.shape[0] - 1)]


def lay_out(guesses: Tensor, wanted: Tensor, spare: int) -> Rows:
    """One row for each slot, and up to `spare` more for as many of its `guesses` [S, most] as are `wanted` [S].

    Where there are too few rows the last slots go without. Shapes depend on S, `most` and `spare` alone.
    """
    before = wanted.cumsum(0) - wanted
    sizes = 1 + torch.minimum(wanted, (spare - before).clamp(min=0))
    ends = sizes.cumsum(0)
    row = torch.arange(len(sizes) + spare, device=sizes.device)
    slots = torch.searchsorted(ends, row, right=True)
    real = slots < len(sizes)
    # Rows of nobody do as the first slot's first row does, so that all they compute is finite.
    slots = torch.where(real, slots, 0)
    starts = ends - sizes
    return Rows(slots, torch.where(real, row - starts[slots], 0), real, starts, sizes, guesses)
