"""Means of the weights along a training: they loop less, and read better, than any one state of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

EXPONENTS = (7, 2)
"""How much later weights count: their mean age is a ninth, and a quarter, of the steps so far."""


class Averages:
    """Running means in which the weights after step n count as n to the power of an exponent (arXiv 2312.02696,
    section 3.1): unlike one with a fixed decay such a mean forgets its beginning, however long a training gets."""

    def __init__(self, trainer: nn.Module, exponents: tuple[int, ...] = EXPONENTS) -> None:
        self.steps = 0
        self._weights = {name: p for name, p in trainer.named_parameters() if p.requires_grad}
        self._means = {g: {name: p.detach().clone() for name, p in self._weights.items()} for g in exponents}

    @torch.no_grad()
    def add(self) -> None:
        """Take in the present weights, after a step."""
        self.steps += 1
        weights: list[Tensor] = list(self._weights.values())
        for exponent, mean in self._means.items():
            share = 1 - (1 - 1 / self.steps) ** (exponent + 1)
            torch._foreach_lerp_(list(mean.values()), weights, share)

    def mean(self, exponent: int) -> dict[str, Tensor]:
        """The mean of one exponent by the parameters' names; those that learn no more are not in it."""
        return self._means[exponent]

    def state_dict(self) -> dict[str, Any]:
        """Tensors and numbers alone."""
        return {"steps": self.steps, "means": self._means}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The counterpart of `state_dict`, for the same exponents and parameters."""
        self.steps = state["steps"]
        for exponent, mean in self._means.items():
            for name, tensor in mean.items():
                tensor.copy_(state["means"][exponent][name])


@torch.no_grad()
def take_mean(trainer: nn.Module, loads: Sequence[Callable[[], object]]) -> None:
    """The mean of the weights that each of `loads` would give the trainer (arXiv 1803.05407)."""
    mean: dict[str, Tensor] = {}
    for load in loads:
        load()
        for name, tensor in trainer.state_dict().items():
            mean[name] = mean.get(name, torch.zeros_like(tensor)) + tensor / len(loads)
    trainer.load_state_dict(mean)
