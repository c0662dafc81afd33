"""Write a training state as a checkpoint that `ocr2 convert --model FOLDER` and transformers' class load.

PYTHONPATH=examples:. python examples/train_nano/export.py --assets A --state S FOLDER
PYTHONPATH=examples:. python examples/train_nano/export.py --assets A --state S1 --state S2 FOLDER    # their mean
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import torch

from pipeline.model.checkpoints.load import save_official
from pipeline.model.network import Network
from train_nano.average import EXPONENTS
from train_nano.losses import Trainer
from train_nano.model import nano_config
from train_nano.resume import restore_average
from train_nano.state import restore_mean
from train_nano.tokens import NanoTokenizer


def export(assets: Path, states: list[Path], folder: Path, dense: int, average: int | None = None) -> None:
    """Network in bfloat16, config.json and tokenizer.json; the heads that only training needs are left behind. Of
    several states the mean of their weights; with `average` the mean of that exponent that the run of the one state
    kept (`average.py`). Pages of narrow lines are to be cut into up to `dense` tiles."""
    tokenizer = assets / "tokenizer.json"
    known = NanoTokenizer(tokenizer)
    trainer = Trainer(Network(replace(nano_config(known), dense_tiles=dense)))
    if average is None:
        restore_mean(trainer, states, known)
    else:
        restore_average(trainer, states[0], average)
    save_official(trainer.network, folder, torch.bfloat16, native_dialect=True)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, action="append")
    parser.add_argument("--dense", type=int, default=0, help="tiles of a page of narrow lines in training")
    parser.add_argument("--average", type=int, choices=EXPONENTS, help="a mean of the weights along a run with --plan")
    options = parser.parse_args()
    export(options.assets, options.state, options.folder, options.dense, options.average)
