"""How many of a machine's units a piece of work takes: threads of a CPU, multiprocessors of a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """A small network's step is some hundred short calls: threads wait for each other longer than they compute.

    Measured on two cores: 9 ms a step instead of 10 where nothing else runs, and instead of 50 to 140 where it does.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def units_left(count: int) -> Iterator[None]:
    """Matrix products that are launched meanwhile leave so many multiprocessors to others: steps go on beside them."""
    count = count if hasattr(torch._C, "_set_sm_carveout_experimental") else 0
    if count:
        torch._C._set_sm_carveout_experimental(count)
    try:
        yield
    finally:
        if count:
            torch._C._set_sm_carveout_experimental(None)


def sm_count(device: torch.device) -> int:
    """Multiprocessors of a CUDA device."""
    return int(torch.cuda.get_device_properties(device).multi_processor_count)
