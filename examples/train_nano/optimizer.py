"""What moves the weights: Muon for the matrices inside the blocks, AdamW for everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from train_nano.losses import SEERS

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # quintic Newton–Schulz iteration of Muon (Jordan et al., 2024)


def orthogonalise(update: Tensor, steps: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrices, roughly, to a batch [N, rows, columns]."""
    a, b, c = COEFFICIENTS
    x = update.bfloat16() if update.is_cuda else update.float()  # CPUs multiply batches of bfloat16 slowly
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised, scaled to the size of an AdamW step (arXiv 2502.16982). Takes [.., rows, columns]."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.02
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            same_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    same_shape[parameter.shape].append(parameter)
            for members in same_shape.values():
                self._step_together(members, **{k: group[k] for k in ("lr", "momentum", "decay")})

    def _step_together(self, members: list[nn.Parameter], lr: float, momentum: float, decay: float) -> None:
        """All matrices of a shape as one batch: a few kernels instead of some thousand, which the host cannot launch
        as fast as a device runs them."""
        gradients = torch.stack([parameter.grad for parameter in members if parameter.grad is not None])
        state = self.state[members[0]]
        if "moments" not in state or state["moments"].shape != gradients.shape:
            state["moments"] = torch.zeros_like(gradients)
        state["moments"].lerp_(gradients, 1 - momentum)
        updates = orthogonalise(torch.lerp(gradients, state["moments"], momentum).flatten(0, -3)).view_as(gradients)
        scale = 0.2 * max(gradients.shape[-2:]) ** 0.5
        torch._foreach_mul_(members, 1 - lr * decay)
        torch._foreach_add_(members, list((updates * scale).to(members[0].dtype).unbind()), alpha=-lr)


def optimizers(named: Iterable[tuple[str, nn.Parameter]], lr: float) -> list[torch.optim.Optimizer]:
    """Muon for linear and expert weights of the blocks; AdamW for tables, convolutions, heads, norms and biases."""
    matrices, others = [], []
    for name, parameter in named:
        (matrices if ".layers." in name and parameter.dim() in (2, 3) and "router" not in name
         and not name.endswith((".rows", ".columns")) else others).append(parameter)  # fmt: skip
    if not matrices:
        return []
    adam = torch.optim.AdamW(others, lr=lr, betas=(0.9, 0.98), weight_decay=0.01, fused=others[0].is_cuda)
    return [Muon(matrices, lr=lr), adam]


@dataclass(frozen=True)
class Part:
    """Parameters that learn at the same time, and what moves them."""

    parameters: list[nn.Parameter]
    steppers: list[torch.optim.Optimizer]

    @property
    def groups(self) -> Iterator[dict[str, Any]]:
        """The optimisers' groups, which hold the rate."""
        return (group for stepper in self.steppers for group in stepper.param_groups)


def parts_of(trainer: nn.Module, rate: float) -> tuple[Part, Part]:
    """What sees (up to the visual tokens) and what reads (from them on)."""
    named = [(name, parameter) for name, parameter in trainer.named_parameters() if parameter.requires_grad]
    seers = [pair for pair in named if pair[0].startswith(SEERS)]
    readers = [pair for pair in named if not pair[0].startswith(SEERS)]
    first, second = (Part([p for _, p in pairs], optimizers(pairs, rate)) for pairs in (seers, readers))
    return first, second


def learn(loss: Tensor, parts: tuple[Part, ...], world: int) -> Tensor:
    """One step of these parts against the loss; returns the gradient's norm."""
    loss.backward()
    norm = reduce_and_clip([parameter for part in parts for parameter in part.parameters], world)
    for part in parts:
        for stepper in part.steppers:
            stepper.step()
        for parameter in part.parameters:
            parameter.grad = None
    return norm


def reduce_and_clip(parameters: list[nn.Parameter], world: int, limit: float = 1.0) -> Tensor:
    """Mean gradient over the processes, its norm limited; returns the norm before."""
    flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters])
    if world > 1:
        dist.all_reduce(flat)
        flat /= world
    norm = flat.norm()
    # one broken batch must not spoil the weights: its step is left out
    flat = torch.where(norm.isfinite(), flat * (limit / norm).clamp(max=1.0), torch.zeros_like(flat))
    for parameter, part in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
        parameter.grad = part.view_as(parameter)
    return norm
