"""Held-out synthetic pages: from fonts and texts that are kept from training."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from train_nano.curriculum import TWO_COLUMNS, heldout_mix
from train_nano.degrade import Degrader
from train_nano.pages import Assets, make_page
from train_nano.unfamiliar import worn

CLEAN, WORN, RUINED = "clean", "worn", "ruined"


def make(assets: Path, folder: Path, pages: int, seed: int, columns: bool, ruined: bool = False) -> None:
    """Page rasters as PNG with the true transcript beside each; names end in what was done to the page.

    `ruined`: all are worn until a person has to guess.
    """
    folder.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        parts = [
            pool.submit(make_some, assets, folder, range(first, pages, workers), seed, columns, ruined)
            for first in range(workers)
        ]
        for part in parts:
            part.result()


def make_some(assets: Path, folder: Path, numbers: range, seed: int, columns: bool, ruined: bool = False) -> None:
    """These pages of the set, each from random numbers of its own."""
    torch.set_num_threads(1)
    loaded = Assets.load(assets, split="heldout")
    for number in numbers:
        rng = np.random.default_rng((seed, number))
        torch.manual_seed(seed + number)  # clouds and noise
        sample = make_page(rng, loaded, TWO_COLUMNS if columns else heldout_mix(rng))
        drawn = torch.tensor(sample.pixels)
        if ruined:
            seen = torch.tensor(np.asarray(worn(Image.fromarray(sample.pixels), rng, seed + number, ruined)))
        else:
            seen = Degrader(seed + number).wear(drawn)
        name = f"{number:04}-{RUINED if ruined else CLEAN if torch.equal(seen, drawn) else WORN}"
        Image.fromarray(seen.numpy()).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text(sample.text, encoding="utf-8")
