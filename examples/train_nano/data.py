"""Batches of rendered pages: workers draw and label pages, group them by size, and hand them over whole."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from pipeline.views.crops import MAX_TILES, narrow_lines
from pipeline.views.rules import OCR2_VIEWS
from train_nano.degrade import Degrader
from train_nano.lie import FLAT, Lie
from train_nano.losses import Batch, Reading
from train_nano.pages import Assets, Difficulty, Sample, make_page
from train_nano.targets import TARGETS, Example, example
from train_nano.tokens import NanoTokenizer

PROMPT = "\n<|grounding|>Convert the document to markdown."
LENGTHS = (128, 256, 512, 768, 1024, 1536, 2048, 2816, 3840, 5120, 6144)
"""Transcripts of pages of frequent shapes are padded to the next of these, longer ones are left out."""
FREQUENT = (6, 12)  # tiles of a page of paper, of wide and of narrow lines
ROUGHLY = (512, 1536, 2816, 6144)
"""Those of rarer shapes, so that a batch of one shape comes together soon."""
OTHERWISE = 0.12  # share of pages cut as those of other lines are, so that a network knows both
PHOTOS, SIDEWAYS = 0.06, 0.06  # share of pages seen from a side, and by how much: see `Lie`
SKEWED = 0.25  # share of pages that lie askew, up to 2 degrees


@dataclass(frozen=True)
class RawBatch:
    """A batch on its way to the device: pages as drawn, padded to the largest, and their labels."""

    pixels: Tensor  # uint8 [B, H, W]
    sizes: list[tuple[int, int]]  # height, width of each page
    grids: list[tuple[int, int]]
    lies: list[Lie]
    ids: Tensor  # int16 [B, T], padded with -1
    cells: Tensor  # int16 [B, T, 4]
    patches_global: Tensor
    patches_local: Tensor
    spots: Tensor  # int16 [B, T], -1 for none
    places: Tensor  # uint8 [image tokens of all pages, 32]

    def pin_memory(self) -> RawBatch:
        """The same in memory from which a device copies by itself; called by the loader."""
        return replace(self, **{k: v.pin_memory() for k, v in vars(self).items() if isinstance(v, Tensor)})


Page = TypeVar("Page")

Mix = Callable[[np.random.Generator], Difficulty]


class PageStream(IterableDataset[RawBatch]):
    """Endless pages of one curriculum step. `tokens` bounds a batch's `cost`, `dense` a narrow-lined page's tiles."""

    def __init__(self, assets: Path, tokenizer: Path, mix: Mix, seed: int, tokens: int, dense: int = 0) -> None:
        self.assets, self.tokenizer, self.mix, self.seed, self.tokens, self.dense = (
            assets, tokenizer, mix, seed, tokens, dense,
        )  # fmt: skip

    def __iter__(self) -> Iterator[RawBatch]:
        worker = get_worker_info()
        if worker:
            os.nice(10)  # the device's own process, and its compiler, go first
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        assets, tokenizer = Assets.load(self.assets), NanoTokenizer(self.tokenizer)
        waiting: Waiting[Example] = Waiting(self.tokens, rng)
        while True:
            page = _example(rng, assets, self.mix(rng), tokenizer, self.dense)
            if page is None or len(page.ids) > LENGTHS[-1]:
                continue
            shape = shape_of(page.columns * page.rows, len(page.ids))
            batch = waiting.add(shape, page)
            if batch:
                yield collate(batch, shape[1])


Shape = tuple[int, int]
"""Tiles of a page, and the padded length of its transcript."""


def shape_of(tiles: int, tokens: int) -> Shape:
    """The shape of a page; a batch has pages of one shape."""
    return tiles, next(n for n in (LENGTHS if tiles in FREQUENT else ROUGHLY) if tokens <= n)


class Waiting(Generic[Page]):
    """Pages that wait until there is a batch of their shape.

    A rare shape takes minutes to fill a batch, and what waits at the end of a run is lost. So the first batch of each
    shape may be of any size; else a run of some minutes sees only what is frequent.
    """

    def __init__(self, tokens: int, rng: np.random.Generator) -> None:
        self._tokens = tokens
        self._pages: dict[Shape, list[Page]] = defaultdict(list)
        self._share: dict[Shape, float] = defaultdict(lambda: float(rng.uniform(0.1, 1)))

    def add(self, shape: Shape, page: Page) -> list[Page]:
        """A batch, where this page fills it; else nothing."""
        self._pages[shape].append(page)
        if len(self._pages[shape]) < max(int(self._share[shape] * self._tokens / cost(*shape)), 1):
            return []
        self._share[shape] = 1.0
        return self._pages.pop(shape)


def cost(tiles: int, length: int) -> float:
    """What a page of so many tiles and text tokens costs in a step, in tokens of the decoder.

    Processes that wait for each other should get batches of equal cost, and most of it is the views' patches.
    """
    return 0.35 * (OCR2_VIEWS.tokens(tiles, 1) + length) + 480 + 200 * tiles


def _example(
    rng: np.random.Generator, assets: Assets, difficulty: Difficulty, tokenizer: NanoTokenizer, dense: int
) -> Example | None:
    """One labelled page; None, and a line on stderr, for the rare page that cannot be set: hours of training go on."""
    try:
        page = make_page(rng, assets, difficulty)
        return example(page, tokenizer, _lie(rng), _most_tiles(rng, page, dense))
    except (IndexError, ValueError, ZeroDivisionError, OSError) as error:
        print(f"page left out: {difficulty}: {error!r}", file=sys.stderr)
        return None


def _most_tiles(rng: np.random.Generator, page: Sample, dense: int) -> int:
    """As the reader of pages will choose; now and then the other way."""
    if not dense:
        return MAX_TILES
    usual = rng.random() >= OTHERWISE
    return dense if narrow_lines(page.pixels) == usual else MAX_TILES


def _lie(rng: np.random.Generator) -> Lie:
    lie = Lie(float(np.clip(rng.normal(0, 0.7), -2, 2))) if rng.random() < SKEWED else FLAT
    if rng.random() < PHOTOS:
        across, down = rng.uniform(-SIDEWAYS, SIDEWAYS, 2).tolist()
        return replace(lie, across=across, down=down)
    return lie


def collate(pages: list[Example], length: int) -> RawBatch:
    """Pages with the same number of tiles as one batch with transcripts of `length` tokens."""
    height, width = (max(p.pixels.shape[axis] for p in pages) for axis in (0, 1))
    pixels = np.zeros((len(pages), height, width), np.uint8)
    ids = np.full((len(pages), length), -1, np.int16)
    cells = np.full((len(pages), length, TARGETS), -1, np.int16)
    spots = np.full((len(pages), length), -1, np.int16)
    for row, page in enumerate(pages):
        pixels[row, : page.pixels.shape[0], : page.pixels.shape[1]] = page.pixels
        ids[row, : len(page.ids)] = page.ids
        cells[row, : len(page.ids)] = page.cells
        spots[row, : len(page.ids)] = page.spots
    return RawBatch(
        pixels=torch.from_numpy(pixels),
        sizes=[(p.pixels.shape[0], p.pixels.shape[1]) for p in pages],
        grids=[(p.columns, p.rows) for p in pages],
        lies=[p.lie for p in pages],
        ids=torch.from_numpy(ids),
        cells=torch.from_numpy(cells),
        patches_global=torch.from_numpy(np.stack([p.patches_global for p in pages])),
        patches_local=torch.from_numpy(np.concatenate([p.patches_local for p in pages])),
        spots=torch.from_numpy(spots),
        places=torch.from_numpy(np.concatenate([p.places for p in pages])),
    )


def to_device(raw: RawBatch, tokenizer: NanoTokenizer, degrader: Degrader, device: torch.device, noise: float) -> Batch:
    """Views and sequences on the device. A share `noise` of the transcript is replaced where it is input, not label,
    so that the decoder looks at the page rather than at its own words."""
    pixels = raw.pixels.to(device, non_blocking=True)
    views = [
        degrader.views(page[:height, :width], columns, rows, lie)
        for page, (height, width), (columns, rows), lie in zip(pixels, raw.sizes, raw.grids, raw.lies, strict=True)
    ]
    count = OCR2_VIEWS.tokens(raw.grids[0][0] * raw.grids[0][1], 1)
    prompt = tokenizer.inner.encode(PROMPT, add_special_tokens=False).ids
    start = torch.tensor([tokenizer.bos] + [tokenizer.image] * count + prompt).to(device, non_blocking=True)
    transcript = raw.ids.to(device, non_blocking=True).long()
    known = transcript >= 0
    noisy = torch.where(
        torch.rand(transcript.shape, device=device) < noise,
        torch.randint_like(transcript, 4, tokenizer.size),
        transcript,
    )
    rows = transcript.shape[0]
    input_ids = torch.cat((start.expand(rows, -1), torch.where(known, noisy, tokenizer.pad)), 1)[:, :-1]
    before = (rows, len(start) - 1)
    spots = raw.spots.to(device, non_blocking=True).long()
    cells = raw.cells.to(device, non_blocking=True).long()
    reading = Reading(
        input_ids=input_ids,
        labels=torch.cat((start.new_full(before, -100), torch.where(known, transcript, -100)), 1),
        cells=torch.cat((cells.new_full((*before, TARGETS), -1), cells), 1),
        spots=torch.cat((spots.new_full(before, -1), spots), 1),
        places=raw.places.to(device, non_blocking=True),
    )
    return Batch(
        global_views=torch.stack([g for g, _ in views]),
        local_views=torch.cat([t for _, t in views]),
        patches_global=raw.patches_global.to(device, non_blocking=True),
        patches_local=raw.patches_local.to(device, non_blocking=True),
        reading=reading,
    )


def loader(stream: PageStream, workers: int) -> DataLoader[RawBatch]:
    """Worker processes ahead of the device."""
    return DataLoader(
        stream, batch_size=None, num_workers=workers, prefetch_factor=2 if workers else None,
        persistent_workers=workers > 0, pin_memory=torch.cuda.is_available(), worker_init_fn=_apart,
    )  # fmt: skip


def _apart(worker: int) -> None:
    """Out of the group of processes that torchrun sends SIGTERM to: with a worker gone, its reader fails before it has
    saved what was learned."""
    if hasattr(os, "setsid"):
        os.setsid()
