"""Held-out synthetic pages: make them, read them with any reader, and report character error rates.

python -m train_nano.evaluate make --assets A --pages 500 FOLDER
python -m train_nano.evaluate score --model pipeline/nano FOLDER
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from train_nano.tokens import BLOCK_HEAD

TAGS = re.compile(r"</?(?:table|tr|td)[^>]*>")


def plain(transcript: str) -> str:
    """The words of a grounded transcript in order: no heads, no table tags, no heading marks, single spaces."""
    text = TAGS.sub(" ", BLOCK_HEAD.sub(" ", transcript))
    text = re.sub(r"^(?:#{1,6}|[-•]) ", "", text, flags=re.M)
    return re.sub(r"\s+", " ", text).strip()


def make(assets: Path, folder: Path, pages: int, seed: int) -> None:
    """Page rasters as PNG with the true transcript beside each, from held-out fonts and texts."""
    import torch

    from train_nano.curriculum import heldout_mix
    from train_nano.degrade import Degrader
    from train_nano.pages import Assets, make_page

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    loaded, degrader = Assets.load(assets, split="heldout"), Degrader(seed)
    for number in range(pages):
        sample = make_page(rng, loaded, heldout_mix(rng))
        worn = degrader.wear(torch.from_numpy(sample.pixels))
        Image.fromarray(worn.numpy()).save(folder / f"{number:04}.png")
        (folder / f"{number:04}.txt").write_text(sample.text, encoding="utf-8")


def score(folder: Path, model: str, limit: int) -> None:
    """Character error rate over all pages (errors / true characters) and by number of tiles, boxes aside."""
    from pipeline.transcribe import ReaderOptions, open_transcriber
    from pipeline.transcript import PageRef, Source

    paths = sorted(folder.glob("*.png"))[:limit]
    reader, _ = open_transcriber(ReaderOptions(model=model))
    errors: dict[str, list[int]] = defaultdict(list)
    sizes: dict[str, list[int]] = defaultdict(list)
    start = time.monotonic()
    for done in reader.transcribe(PageRef(Source(path, path.name), 1) for path in paths):
        truth = plain(done.ref.source.path.with_suffix(".txt").read_text(encoding="utf-8"))
        done.ref.source.path.with_suffix(".read").write_text(done.text, encoding="utf-8")
        _count(errors, sizes, done.finish, truth, plain(done.text))
    _report(errors, sizes)
    print(f"{(time.monotonic() - start) / len(paths):.2f} s a page")


def score_tesseract(folder: Path, limit: int) -> None:
    """The same figures for Tesseract 5 on the same rasters."""
    if not shutil.which("tesseract"):
        raise SystemExit("tesseract is not installed (Debian package tesseract-ocr)")
    errors: dict[str, list[int]] = defaultdict(list)
    sizes: dict[str, list[int]] = defaultdict(list)
    for path in sorted(folder.glob("*.png"))[:limit]:
        run = subprocess.run(["tesseract", str(path), "-", "--dpi", "144"], capture_output=True, text=True, check=True)
        truth = plain(path.with_suffix(".txt").read_text(encoding="utf-8"))
        _count(errors, sizes, "stop", truth, plain(re.sub(r"-\n(?=[a-z])", "", run.stdout)))
    _report(errors, sizes)


def _count(errors: dict[str, list[int]], sizes: dict[str, list[int]], group: str, truth: str, read: str) -> None:
    wrong = Levenshtein.distance(truth, read)
    for key in ("all", group):
        errors[key].append(wrong)
        sizes[key].append(len(truth))


def _report(errors: dict[str, list[int]], sizes: dict[str, list[int]]) -> None:
    for key, wrong in errors.items():
        pages = [w / max(s, 1) for w, s in zip(wrong, sizes[key], strict=True)]
        total = sum(wrong) / max(sum(sizes[key]), 1)
        print(f"{key:8} pages {len(wrong):4}  character error rate {total:.4f}  median page {np.median(pages):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("make", "score", "tesseract"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--model", default="pipeline/nano")
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    if options.task == "make":
        make(options.assets, options.folder, options.pages, options.seed)
    elif options.task == "score":
        score(options.folder, options.model, options.pages)
    else:
        score_tesseract(options.folder, options.pages)


if __name__ == "__main__":
    main()
