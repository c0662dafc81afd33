"""Held-out pages as phones and fax machines give them: photos with shadows, receipts, faxes of 204 x 98 dpi.

    python -m train_nano.snapped --assets .train/assets --pages 12 FOLDER      # so many of each

They have fonts and texts that training never sees, and the true transcript beside each; names end in the kind.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from train_nano.curriculum import PAGE, STRIP
from train_nano.degrade import Degrader, blur, jpeg, photograph
from train_nano.lie import Lie
from train_nano.pages import Assets, Difficulty, Sample, make_page

DRAWN = 144  # dpi of a page as drawn
ACROSS, DOWN = 204, 98  # dots an inch of a fax in its standard resolution (ITU-T T.4)
RECEIPT = replace(STRIP, kinds=("receipt",), points=(8, 14))
DOCUMENT = replace(PAGE, points=(9, 14))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=99)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    assets = Assets.load(options.assets, split="heldout")
    for number in range(options.pages):
        for place, (kind, (difficulty, save)) in enumerate(KINDS.items()):
            rng = np.random.default_rng((options.seed, number, place))
            torch.manual_seed(options.seed + number)
            sample = make_page(rng, assets, difficulty)
            path = options.folder / f"{number:04}-{kind}"
            save(rng, sample, path)
            path.with_suffix(".txt").write_text(sample.text, encoding="utf-8")


def photo(rng: np.random.Generator, sample: Sample, path: Path) -> None:
    """A sheet on a table, seen from a side by a hand-held phone, with a shadow across it and warm light."""
    page = torch.tensor(sample.pixels).float()[None, None] / 255
    margin = int(0.06 * max(sample.pixels.shape))
    table = F.pad(page, (margin,) * 4, value=float(rng.uniform(0.15, 0.6)))
    lie = Lie(float(rng.uniform(-3, 3)), *rng.uniform(-0.1, 0.1, 2).tolist())
    seen = photograph(table, lie)
    seen = seen * Degrader(int(rng.integers(1 << 30))).shadow(seen)
    seen = blur(seen, float(rng.uniform(0.3, 0.8))) + torch.randn_like(seen) * float(rng.uniform(0.005, 0.03))
    grey = jpeg(seen.clamp(0, 1), 0.04)
    light = torch.tensor([1.0, rng.uniform(0.9, 1), rng.uniform(0.75, 0.95)]).view(1, 3, 1, 1)
    colour = (grey * light).clamp(0, 1)[0].permute(1, 2, 0)
    Image.fromarray((colour * 255).byte().numpy()).save(path.with_suffix(".png"))


def receipt(rng: np.random.Generator, sample: Sample, path: Path) -> None:
    """A slip out of a till, scanned: pale, a little skew, noisy."""
    page = torch.tensor(sample.pixels).float()[None, None] / 255
    page = photograph(page, Lie(float(rng.uniform(-1.5, 1.5))))
    page = 1 - (1 - page) * float(rng.uniform(0.4, 0.9))
    page = blur(page, float(rng.uniform(0.3, 0.9))) + torch.randn_like(page) * float(rng.uniform(0.01, 0.04))
    Image.fromarray(_grey(page)).save(path.with_suffix(".png"))


def fax(rng: np.random.Generator, sample: Sample, path: Path) -> None:
    """Black and white, half as fine down as across, as a machine writes it: a TIFF that says so."""
    page = torch.tensor(sample.pixels).float()[None, None] / 255
    height, width = sample.pixels.shape
    size = round(height * DOWN / DRAWN), round(width * ACROSS / DRAWN)
    sent = F.interpolate(page, size=size, mode="bilinear", antialias=True)
    black = Image.fromarray(_grey(sent)).point(lambda value: 255 if value > 150 + 30 * rng.random() else 0)
    black.convert("1").save(path.with_suffix(".tif"), compression="group4", dpi=(ACROSS, DOWN))


def _grey(page: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    out: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = (page[0, 0].clamp(0, 1) * 255).byte().numpy()
    return out


Save = Callable[[np.random.Generator, Sample, Path], None]
KINDS: dict[str, tuple[Difficulty, Save]] = {
    "photo": (DOCUMENT, photo),
    "receipt": (RECEIPT, receipt),
    "fax": (DOCUMENT, fax),
}


if __name__ == "__main__":
    main()
