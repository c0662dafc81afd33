"""Write a training state as a checkpoint that `ocr2 convert --model FOLDER` and transformers' class load.

PYTHONPATH=examples:. python examples/train_nano/export.py --assets A --state S FOLDER
PYTHONPATH=examples:. python examples/train_nano/export.py --assets A --state S1 --state S2 FOLDER    # their mean
… --state S --average 7 --with pipeline/nano FOLDER    # half of a run's mean, half of a checkpoint
… --with C1 --with C2 FOLDER                           # half of each of two checkpoints
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from pipeline.model.checkpoints.load import save_official
from pipeline.model.network import Network
from train_nano.average import EXPONENTS, take_mean
from train_nano.losses import Trainer
from train_nano.model import nano_config
from train_nano.resume import restore_average
from train_nano.state import begin, restore
from train_nano.tokens import NanoTokenizer


def export(
    assets: Path,
    states: Sequence[Path],
    folder: Path,
    dense: int,
    average: int | None = None,
    checkpoints: Sequence[Path] = (),
) -> None:
    """Network in bfloat16, config.json and tokenizer.json; the heads that only training needs are left behind. Of
    several states and `checkpoints` the mean of their weights; with `average` a state is the mean of that exponent that
    its run kept (`average.py`). Pages of narrow lines are to be cut into up to `dense` tiles."""
    tokenizer = assets / "tokenizer.json"
    known = NanoTokenizer(tokenizer)
    trainer = Trainer(Network(replace(nano_config(known), dense_tiles=dense)))
    loads: list[Callable[[], object]] = [partial(begin, trainer, checkpoint, known) for checkpoint in checkpoints]
    for state in states:
        one = partial(restore, trainer, state, known)
        loads.append(one if average is None else partial(restore_average, trainer, state, average))
    take_mean(trainer, loads)
    save_official(trainer.network, folder, torch.bfloat16, native_dialect=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--state", type=Path, action="append", default=[])
    parser.add_argument("--with", type=Path, action="append", default=[], dest="checkpoints", help="a checkpoint's")
    parser.add_argument("--dense", type=int, default=0, help="tiles of a page of narrow lines in training")
    parser.add_argument("--average", type=int, choices=EXPONENTS, help="a mean of the weights along a run with --plan")
    options = parser.parse_args()
    if not options.state and not options.checkpoints:
        parser.error("name a --state, or checkpoints --with")
    export(options.assets, options.state, options.folder, options.dense, options.average, options.checkpoints)
