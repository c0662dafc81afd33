"""What a run needs to go on as if it had never ended: weights in float32, moments, means, how far the schedule is.

A saved state (`state.py`) travels and lasts; this file is ten times as large and stays where the training is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from train_nano.average import Averages
from train_nano.losses import Trainer
from train_nano.optimizer import Part
from train_nano.schedule import Schedule

FILE = "run.pt"


def save_run(trainer: Trainer, parts: tuple[Part, ...], averages: Averages, schedule: Schedule, folder: Path) -> None:
    """Write the file beside the state in `folder`; what was there before stays whole until the new one is."""
    part = folder / f"{FILE}.part"
    torch.save(
        {
            "weights": trainer.state_dict(),
            "moments": [stepper.state_dict() for part in parts for stepper in part.steppers],
            "averages": averages.state_dict(),
            "steps": schedule.steps,
            "spent": schedule.now,
        },
        part,
    )
    part.replace(folder / FILE)


def restore_run(
    trainer: Trainer, parts: tuple[Part, ...], averages: Averages, schedule: Schedule, folder: Path
) -> bool:
    """The counterpart of `save_run`, for parts made in the same way; False where there is no such file."""
    if not (folder / FILE).exists():
        return False
    kept = _read(folder)
    trainer.load_state_dict(kept["weights"])
    steppers = [stepper for part in parts for stepper in part.steppers]
    for stepper, moments in zip(steppers, kept["moments"], strict=True):
        stepper.load_state_dict(moments)
    averages.load_state_dict(kept["averages"])
    schedule.steps, schedule.spent = kept["steps"], kept["spent"]
    return True


def restore_average(trainer: Trainer, folder: Path, exponent: int) -> None:
    """The weights of a run's file, and a mean of those that learned."""
    kept = _read(folder)
    means: dict[str, Tensor] = kept["averages"]["means"][exponent]
    trainer.load_state_dict(kept["weights"] | means)


def _read(folder: Path) -> dict[str, Any]:
    kept: dict[str, Any] = torch.load(folder / FILE, map_location="cpu", weights_only=True)
    return kept
