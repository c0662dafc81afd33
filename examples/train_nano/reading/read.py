"""Read sets of pages as `ocr2 convert` does, by several checkpoints at once: rows for `tell`, `documents`, `certain`.

    python -m train_nano.reading.read --out READ --sets heldout newsprint --model A --model B
    python -m train_nano.reading.read --out READ --sets fit told --once --model A
    python -m train_nano.reading.read --out READ --documents core_public.txt --data ../shared/data --model A

A set is a folder of images, each with its transcript as .txt beside it. Documents are read without a PDF's own text.
There is one process for each GPU, or as many as `--processes` says; pages are shared out so that all have as much to
do. READ/rows.jsonl.xz is written at the end, and READ/part-N.jsonl grows with each page: what is cut off leaves those.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source
from train_nano.reading.rows import line, pack, row

IMAGES = (".png", ".webp", ".tif")


@dataclass(frozen=True)
class Job:
    """A share of all pages, every `parts`th from the `part`th on, by one checkpoint."""

    model: str
    part: int
    parts: int


def main() -> None:
    given = parse()
    processes = given.processes or _devices()
    if given.process is not None:
        read(given, given.process, processes)
        return
    given.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    beside = -(-processes // _devices())
    command = [sys.executable, "-m", "train_nano.reading.read", *sys.argv[1:]]
    command += ["--processes", str(processes), "--beside", str(beside)]
    running = [subprocess.Popen([*command, "--process", str(n)], env=_beside(n)) for n in range(processes)]
    failed = sum(one.wait() != 0 for one in running)
    pack(sorted(given.out.glob("part-*.jsonl")), given.out / "rows.jsonl.xz")
    print(f"{time.monotonic() - start:.0f} s, {processes} processes, {failed} of them failed", flush=True)
    if failed:
        raise SystemExit(1)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--sets", type=Path, nargs="*", default=[])
    parser.add_argument("--documents", type=Path, help="a list of PDFs and images, one a line")
    parser.add_argument("--data", type=Path, default=Path(), help="the folder that its paths start from")
    parser.add_argument("--once", action="store_true", help="no second tries, and no page is called unreadable")
    parser.add_argument("--pages", type=int, help="only so many of each set, and so many documents")
    parser.add_argument("--processes", type=int)
    parser.add_argument("--process", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--beside", type=int, default=1, help=argparse.SUPPRESS)  # processes on one GPU
    return parser.parse_args()


def jobs(models: list[str], processes: int) -> list[list[Job]]:
    """What each process does: as few parts of a checkpoint's pages as give all processes as many, since more pages at
    once are read faster."""
    parts = processes // math.gcd(len(models), processes)
    every = [Job(model, part, parts) for model in models for part in range(parts)]
    return [every[n::processes] for n in range(processes)]


def wanted(given: argparse.Namespace) -> list[tuple[str, PageRef, str | None]]:
    """Set, page and true transcript of all that is to be read, documents first, sets in the order given."""
    found = list(_documents(given.documents, given.data, given.pages)) if given.documents else []
    for folder in given.sets:
        paths = sorted(path for path in folder.iterdir() if path.suffix in IMAGES)
        for path in paths[: given.pages]:
            truth = path.with_suffix(".txt").read_text(encoding="utf-8")
            found.append((folder.name, PageRef(Source(path, path.name), 1), truth))
    return found


def read(given: argparse.Namespace, process: int, processes: int) -> None:
    """What one process does of it all."""
    _keep_to_own_cores(process, processes)
    pages = wanted(given)
    with (given.out / f"part-{process}.jsonl").open("w", encoding="utf-8") as file:
        for job in jobs(given.model, processes)[process]:
            mine = {(ref.source.path, ref.number): (name, truth) for name, ref, truth in pages[job.part :: job.parts]}
            reader, start = _reader(job.model, given.once, given.beside), time.monotonic()
            for done in reader.transcribe(ref for _, ref, _ in pages[job.part :: job.parts]):
                file.write(line(row(job.model, *mine[done.ref.source.path, done.ref.number], done)))
                file.flush()
            reader.close()
            print(f"{job.model}: {len(mine)} pages in {time.monotonic() - start:.0f} s", flush=True)


def _documents(listed: Path, data: Path, most: int | None) -> Iterator[tuple[str, PageRef, str | None]]:
    from pipeline.documents.document import page_count

    for name in listed.read_text(encoding="utf-8").split()[:most]:
        source = Source(data / name, name)
        yield from ((listed.stem, PageRef(source, n + 1), None) for n in range(page_count(source)))


def _reader(model: str, once: bool, beside: int) -> Transcriber:
    from pipeline.reader_options import ReaderOptions
    from pipeline.readers.opening import open_alone
    from train_nano.evaluate import judging_once

    if once:
        return judging_once(model)
    return open_alone(ReaderOptions(model=model, gpu_memory=0.9 / beside))[0]


def _devices() -> int:
    import torch

    return max(1, torch.cuda.device_count())


def _beside(process: int) -> dict[str, str]:
    """The environment of a process: it sees one GPU."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = seen.split(",") if seen else [str(n) for n in range(_devices())]
    return os.environ | {"CUDA_VISIBLE_DEVICES": names[process % len(names)]}


def _keep_to_own_cores(process: int, processes: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[process::processes] or cores)


if __name__ == "__main__":
    main()
