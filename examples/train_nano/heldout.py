"""Held-out synthetic pages: from fonts and texts that are kept from training."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from train_nano.curriculum import heldout_mix
from train_nano.degrade import Degrader
from train_nano.pages import Assets, Difficulty, make_page
from train_nano.unfamiliar import worn

CLEAN, WORN, RUINED = "clean", "worn", "ruined"


@dataclass(frozen=True)
class Drawn:
    """A set of pages, each from random numbers of its own: the first ones are the same however many there are.

    Of several `languages` each page number is drawn in all of them, from the same random numbers, so that little but
    the language is another. `by_kind`: names end in the kind of page rather than in what was done to it.
    """

    pages: int
    seed: int
    mix: Callable[[np.random.Generator], Difficulty] = heldout_mix
    languages: tuple[str, ...] = ("en",)
    by_kind: bool = False
    ruined: bool = False  # all are worn until a person has to guess


def make(assets: Path, folder: Path, drawn: Drawn) -> None:
    """Page rasters as PNG with the true transcript beside each; names end in what sort of page it is."""
    folder.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        total = drawn.pages * len(drawn.languages)
        parts = [
            pool.submit(make_some, assets, folder, range(first, total, workers), drawn)
            for first in range(min(workers, total))
        ]
        for part in parts:
            part.result()


def make_some(assets: Path, folder: Path, numbers: range, drawn: Drawn) -> None:
    """These pages of the set."""
    torch.set_num_threads(1)
    loaded = Assets.load(assets, split="heldout")
    for place in numbers:
        number, which = divmod(place, len(drawn.languages))
        rng, language = np.random.default_rng((drawn.seed, number)), drawn.languages[which]
        torch.manual_seed(drawn.seed + number)  # clouds and noise
        sample = make_page(rng, loaded, replace(drawn.mix(rng), language=language))
        page = torch.tensor(sample.pixels)
        if drawn.ruined:
            image = worn(Image.fromarray(sample.pixels), rng, drawn.seed + number, ruined=True)
            seen = torch.tensor(np.asarray(image))
        else:
            seen = Degrader(drawn.seed + number).wear(page)
        sort = RUINED if drawn.ruined else CLEAN if torch.equal(seen, page) else WORN
        if len(drawn.languages) > 1 or drawn.by_kind:
            sort = language if len(drawn.languages) > 1 else sample.kind
        name = f"{place:04}-{sort}"
        Image.fromarray(seen.numpy()).save(folder / f"{name}.png")
        (folder / f"{name}.txt").write_text(sample.text, encoding="utf-8")
