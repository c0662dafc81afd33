"""Held-out synthetic pages: make them, read them with any reader, and report character error rates.

python -m train_nano.evaluate make --assets A --pages 500 FOLDER
python -m train_nano.evaluate score --model pipeline/nano FOLDER
python -m train_nano.evaluate time --model pipeline/nano FOLDER    # of PDFs and images, document by document
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from bisect import bisect
from collections import defaultdict
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr2cli.evaluate import metrics
from ocr2cli.evaluate.metrics import Scores
from pipeline.transcriber import Transcriber
from pipeline.transcript import Source
from train_nano.curriculum import heldout_mix, two_columns
from train_nano.heldout import Drawn, make
from train_nano.tokens import BLOCK_HEAD

LENGTHS = (500, 2000, 3500, 5000)  # bounds in characters: of groups of pages in a report
TAGS = re.compile(r"</?(?:table|tr|td)[^>]*>")


def plain(transcript: str) -> str:
    """The words of a grounded transcript in order: no heads, no table tags, no heading marks, single spaces."""
    text = TAGS.sub(" ", BLOCK_HEAD.sub(" ", transcript))
    text = re.sub(r"^(?:#{1,6}|[-•]) ", "", text, flags=re.M)
    return re.sub(r"\s+", " ", text).strip()


def wear(path: Path) -> str:
    """What was done to a held-out page."""
    return path.stem.partition("-")[2]


def length(characters: int) -> str:
    """The group that a page of so many true characters belongs to."""
    at = bisect(LENGTHS, characters)
    return f"over {LENGTHS[-1]}" if at == len(LENGTHS) else f"under {LENGTHS[at]}"


def score(folder: Path, model: str, limit: int, once: bool, raster: bool) -> None:
    """Error rates over all pages, by how they ended, by wear and by length, and seconds a page of this device."""
    from pipeline.transcript import PageRef

    paths = sorted(folder.glob("*.png"))[:limit]
    reader = reading_once(model, raster) if once or raster else open_reader(model)
    tally, start = Tally(), time.monotonic()
    for done in reader.transcribe(PageRef(Source(path, path.name), 1) for path in paths):
        truth = done.ref.source.path.with_suffix(".txt").read_text(encoding="utf-8")
        done.ref.source.path.with_suffix(".read").write_text(done.text, encoding="utf-8")
        tally.add((done.finish, wear(done.ref.source.path)), truth, done.text)
    tally.report()
    print(f"{(time.monotonic() - start) / len(paths):.2f} s a page")


def open_reader(model: str, device: str = "auto") -> Transcriber:
    """A network as `ocr2 convert` reads with it, without a PDF's own text for what fails."""
    from pipeline.reader_options import ReaderOptions
    from pipeline.readers.opening import open_alone

    return open_alone(ReaderOptions(model=model, device=device))[0]


def reading_once(model: str, raster: bool = False) -> Transcriber:
    """Without second tries at pages that end badly; `raster` is a network that `train.py --raster` trained."""
    from pipeline.engine.decoding.options import DecodingOptions
    from pipeline.engine.engine import Engine
    from pipeline.engine.load import load_checkpoint, pick_device
    from pipeline.engine.packing.pack import pack
    from pipeline.model.family.deepseek_ocr2 import PROMPTS
    from train_nano.raster import drop_queries

    checkpoint = load_checkpoint(model, pick_device("auto"))
    if raster:
        drop_queries(checkpoint.network)
    pack(checkpoint.network)
    return Engine(checkpoint, PROMPTS["markdown"], DecodingOptions())


def judging_once(model: str) -> Transcriber:
    """The same with the certainty that `ocr2 convert` gives a page, by which none is marked here."""
    from pipeline.model.checkpoints.thresholds import Thresholds
    from pipeline.readers.wrappers.certainty import Judging

    return Judging(reading_once(model), Thresholds(0.0, 0.0, verified=True))


def time_documents(folder: Path, model: str, device: str) -> None:
    """Seconds a page, document by document as a user would wait for each, and their median over all pages; Tesseract
    reads the same rasters behind each document, where it is installed."""
    from pipeline.documents.document import page_count
    from pipeline.transcript import PageRef

    reader = open_reader(model, device)
    pages: list[float] = []
    beside: list[float] = []
    for path in sorted(folder.iterdir()):
        source = Source(path, path.name)
        count = page_count(source)
        start = time.monotonic()
        characters = sum(len(done.text) for done in reader.transcribe(PageRef(source, n + 1) for n in range(count)))
        seconds = (time.monotonic() - start) / count
        pages += [seconds] * count
        beside += [_time_tesseract(source, count)] * count if shutil.which("tesseract") else []
        print(
            f"{path.name:50} {count:3} pages  {seconds:6.2f} s a page  {characters / count:6.0f} characters"
            + (f"  Tesseract {beside[-1]:.2f} s" if beside else ""),
            flush=True,
        )
    print(f"median of {len(pages)} pages: {np.median(pages):.2f} s, {sum(pages):.0f} s in all")
    if beside:
        print(f"Tesseract: median {np.median(beside):.2f} s, {sum(beside):.0f} s in all")


def tesseract(image: Path) -> str:
    """What Tesseract 5 reads of a page of 144 dpi."""
    command = ["tesseract", str(image), "-", "--dpi", "144"]
    # One thread: with more its threads spin for each other, and two cores take three to five times as long.
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def _time_tesseract(source: Source, count: int) -> float:
    """Seconds a page of a document; drawing the rasters is not counted."""
    from PIL import Image

    from pipeline.documents.document import Document

    taken = 0.0
    with Document(source) as document, tempfile.TemporaryDirectory() as folder:
        for number in range(1, count + 1):
            place = Path(folder) / "page.png"
            Image.fromarray(document.page(number).pixels).save(place)
            start = time.monotonic()
            tesseract(place)
            taken += time.monotonic() - start
    return taken / count


Compared = tuple[int, int, Scores]
"""Wrong characters, true characters, and the scores of a page."""


def compare(truth: str, read: str) -> Compared:
    """One page; both texts as transcripts."""
    wanted = plain(truth)
    return Levenshtein.distance(wanted, plain(read)), len(wanted), metrics.score(_words(truth), _words(read))


class Tally:
    """Errors page by page."""

    def __init__(self) -> None:
        self._pages: dict[str, list[Compared]] = defaultdict(list)

    def add(self, groups: tuple[str, ...], truth: str, read: str) -> None:
        """One page, which belongs to these groups and to that of its length."""
        self.put(groups, compare(truth, read))

    def put(self, groups: tuple[str, ...], page: Compared) -> None:
        """The same of a page that was compared."""
        for key in ("all", *groups, length(page[1])):
            self._pages[key].append(page)

    def rate(self, key: str = "all") -> float:
        """Errors over all true characters of a group."""
        pages = self._pages.get(key, [])
        return sum(wrong for wrong, _, _ in pages) / max(sum(size for _, size, _ in pages), 1)

    def report(self) -> None:
        """Print, for each group, the character error rate (errors over all true characters) and means."""
        for key, pages in self._pages.items():
            median = np.median([wrong / max(size, 1) for wrong, size, _ in pages])
            print(
                f"{key:10} pages {len(pages):4}  character error rate {self.rate(key):.4f}  median page {median:.4f}",
                end="",
            )
            for name in ("text_distance", "order_distance", "teds"):
                values = [value for *_, scores in pages if (value := getattr(scores, name)) is not None]
                print(f"  {name} {np.mean(values) if values else float('nan'):.4f} ({len(values)})", end="")
            print()


def _words(transcript: str) -> str:
    return BLOCK_HEAD.sub("", transcript)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("make", "score", "time"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--model", default="pipeline/nano")
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--device", default="auto", help="time: auto, cpu, cuda, …")
    parser.add_argument("--columns", action="store_true", help="make: only pages of two columns")
    parser.add_argument("--ruined", action="store_true", help="make: pages so worn that a person has to guess")
    parser.add_argument("--once", action="store_true", help="score: no second tries at pages that end badly")
    parser.add_argument("--raster", action="store_true", help="score: a network that was trained without queries, once")
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    if options.task == "make":
        mix = two_columns if options.columns else heldout_mix
        make(options.assets, options.folder, Drawn(options.pages, options.seed, mix, ruined=options.ruined))
    elif options.task == "score":
        score(options.folder, options.model, options.pages, options.once, options.raster)
    else:
        time_documents(options.folder, options.model, options.device)


if __name__ == "__main__":
    main()
