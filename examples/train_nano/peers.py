"""nano, Tesseract 5 and RapidOCR (PP-OCRv6) on the same rasters in one run: error rates, seconds a page by the clock.

    python -m train_nano.peers --model pipeline/nano FOLDER

FOLDER holds pages as `evaluate make` draws them. Readers that are not installed are left out (Debian package
tesseract-ocr; `pip install rapidocr onnxruntime`, whose wheel has its models). Tesseract has one core, since more
make it slower; the others take as many as they like.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.transcript import PageRef, Source
from train_nano.evaluate import Tally, open_reader, tesseract, wear

Reading = Callable[[list[Path]], Iterator[tuple[Path, str]]]
HYPHEN = re.compile(r"-\n(?=[a-z])")
"""Held-out transcripts have whole words where a line ends within one."""


def by_nano(model: str) -> Reading:
    """As `ocr2 convert` reads."""

    def read(paths: list[Path]) -> Iterator[tuple[Path, str]]:
        reader = open_reader(model)
        for done in reader.transcribe(PageRef(Source(path, path.name), 1) for path in paths):
            yield done.ref.source.path, done.text
        reader.close()

    return read


def by_tesseract(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        yield path, HYPHEN.sub("", tesseract(path))


def by_rapidocr(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    from rapidocr import RapidOCR

    reader = RapidOCR()
    for path in paths:
        lines = reader(str(path)).txts or ()  # a line of print each, from top to bottom
        yield path, HYPHEN.sub("", "\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="pipeline/nano")
    parser.add_argument("--pages", type=int, default=500)
    given = parser.parse_args()
    paths = sorted(given.folder.glob("*.png"))[: given.pages]
    readers: dict[str, Reading] = {"nano": by_nano(given.model)}
    if shutil.which("tesseract"):
        readers["Tesseract"] = by_tesseract
    if importlib.util.find_spec("rapidocr"):
        readers["RapidOCR"] = by_rapidocr
    for name, read in readers.items():
        tally, start = Tally(), time.monotonic()
        for path, text in read(paths):
            tally.add((wear(path),), path.with_suffix(".txt").read_text(encoding="utf-8"), text)
        print(f"{name}: {(time.monotonic() - start) / len(paths):.2f} s a page", flush=True)
        tally.report()


if __name__ == "__main__":
    main()
