"""Several processes that train one network: one a GPU, or any number on a CPU, where they only try the same steps."""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
from torch import nn


def set_up() -> tuple[int, int, torch.device]:
    """Rank, number of processes, device; as torchrun's environment says, one process without it.

    A process has the GPU of its number among those that it sees: with `torchrun --virtual-local-rank` each sees one
    and calls it `cuda:0`, so that what is compiled for one serves all (a device's number is part of the cache's key).
    """
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if not torch.cuda.is_available():
        if world > 1:
            dist.init_process_group("gloo")
        return rank, world, torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl", device_id=device)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    return rank, world, device


def begin_alike(module: nn.Module, world: int) -> None:
    """The first process's weights for all."""
    if world > 1:
        for parameter in module.parameters():
            dist.broadcast(parameter.data, 0)


def agree(value: float, device: torch.device, world: int) -> float:
    """The mean over all processes, so that all decide alike."""
    if world == 1:
        return value
    shared = torch.tensor([value], device=device)
    dist.all_reduce(shared)
    return float(shared) / world


def leave(world: int) -> None:
    """Each waits for the others: a GPU's process that ends first can take down those that still save."""
    if world > 1:
        dist.barrier()
        dist.destroy_process_group()
