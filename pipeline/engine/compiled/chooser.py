"""The choice of tokens on a CPU by one call of compiled code, where Numba is there."""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.compute.compiler import numba_trouble
from pipeline.engine.decoding.ngram import Written


class CompiledChooser:
    """What `SlotStates` chooses by, for logits in float32: a tenth of a millisecond for 16 rows, where torch's calls
    take one."""

    def __init__(self, whitelist: tuple[int, ...]) -> None:
        """What the ban leaves alone."""
        from pipeline.engine.compiled.choosing import choose

        self._choose, self._allowed = choose, np.array(whitelist, np.int64)
        # A second or two on a machine that has not done so yet, beside the first views.
        threading.Thread(target=self, args=(torch.zeros(1, 8), None), name="compile", daemon=True).start()

    def __call__(self, logits: Tensor, written: Written | None) -> tuple[Tensor, Tensor]:
        """Logits [n, vocabulary], which are changed → tokens and their probabilities [n]."""
        rows = len(logits)
        chosen, probabilities = torch.empty(rows, dtype=torch.long), torch.empty(rows)
        none = torch.zeros(rows, dtype=torch.long)
        if written is None:
            history = none[None], none, none, none, none
        else:
            slots = torch.arange(rows) if written.slots is None else written.slots
            history = written.tokens, slots, written.counts, written.sizes, written.windows
        self._choose(
            logits.contiguous().numpy(), *(part.contiguous().numpy() for part in history),
            self._allowed, chosen.numpy(), probabilities.numpy(),
        )  # fmt: skip
        return chosen, probabilities


def compiled_chooser(device: torch.device, whitelist: tuple[int, ...]) -> CompiledChooser | None:
    """On a CPU, where Numba loads."""
    return CompiledChooser(whitelist) if device.type == "cpu" and numba_trouble() is None else None
