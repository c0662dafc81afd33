"""Muon for the matrices inside the blocks, AdamW for everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

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


def optimizers(modules: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Muon for linear and expert weights of the blocks; AdamW for tables, convolutions, heads, norms and biases."""
    matrices, others = [], []
    for name, parameter in modules.named_parameters():
        if not parameter.requires_grad:
            continue
        (matrices if ".layers." in name and parameter.dim() in (2, 3) and "router" not in name
         and not name.endswith((".rows", ".columns")) else others).append(parameter)  # fmt: skip
    adam = torch.optim.AdamW(others, lr=lr, betas=(0.9, 0.98), weight_decay=0.01, fused=others[0].is_cuda)
    return [Muon(matrices, lr=lr), adam]
