"""`ocr2 bench --write`: whether files cost the engine anything, with results written as `ocr2 convert` writes them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from ocr2cli.batch.batch import Batch
from ocr2cli.inputs.plan import Job
from ocr2cli.options import Options
from ocr2cli.record.outcome import Outcome
from ocr2cli.record.target import Target
from pipeline.engine.measure.bench import SYNTHETIC, OpenBench
from pipeline.engine.measure.measured import BenchOptions
from pipeline.engine.measure.stand_ins import synthetic_pages
from pipeline.readers.gpus import devices_of
from pipeline.record.places import bare
from pipeline.sharding.sharded import ShardedTranscriber
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcript import Finish, PageRef, Source, Transcript


@dataclass(frozen=True)
class Supplied:
    """Pages through engines in processes of their own, which together `waited` so many of the `seconds` for pages that
    they had room for. `files` is the number of files written meanwhile, 0 where nothing was."""

    engines: int
    pages: int
    files: int
    seconds: float
    waited: float

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds

    @property
    def share(self) -> float:
        """Of the time of an engine, 0..1: what it waited."""
        return self.waited / (self.engines * self.seconds)


def with_and_without(options: BenchOptions) -> Iterator[Supplied]:
    """The same documents again and again, first read alone, then read and written.

    Lengths of answers are the bench's. What is written is each page's own text, so that there are headings, tables and
    pictures to be written. Raises ModelError where there is no such model or device.
    """
    devices = devices_of(options.gpus, options.device) if options.gpus is not None else (options.device,)
    bare = replace(options, gpus=None, pages=())
    openers = [
        OpenBench(replace(bare, device=device, seed=options.seed + number), len(devices))
        for number, device in enumerate(devices)
    ]
    with TemporaryDirectory(prefix="ocr2-bench-") as folder, synthetic_pages(SYNTHETIC, options.seed) as made_up:
        texts = _texts(options.pages or made_up)
        with closing(ShardedTranscriber(openers)) as engines:
            reader = _Telling(engines, texts)
            for write in (False, True):
                yield _measured(reader, Path(folder) / str(write), options.seconds, write, len(devices))


def _measured(reader: _Telling, folder: Path, seconds: float, write: bool, engines: int) -> Supplied:
    listener = _Counter()
    begun, waited = time.monotonic(), reader.engines.waited
    jobs = _jobs(reader.texts, folder / "in", begun + seconds)
    if write:
        with Target(folder / "out") as target:
            Batch(jobs, Options(), reader, target, listener).run()
    else:
        for page in reader.transcribe(_pages(jobs, reader.texts)):
            listener.page(page)
    taken = time.monotonic() - begun
    return Supplied(engines, listener.pages, listener.files, taken, reader.engines.waited - waited)


class _Telling:
    """A Transcriber that takes the time of engines and says what is known of the pages."""

    name = settings = "bench"

    def __init__(self, engines: ShardedTranscriber, texts: dict[Path, list[Transcript]]) -> None:
        self.engines, self.texts = engines, texts

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        for page in self.engines.transcribe(pages):
            known = self.texts[page.ref.source.path.resolve()][page.ref.number - 1]
            size = replace(page, width=known.width, height=known.height)
            yield size if page.finish is Finish.ERROR else replace(size, text=known.text, finish=Finish.STOP)

    def close(self) -> None:
        self.engines.close()


class _Counter:
    """A `Told` that counts."""

    def __init__(self) -> None:
        self.pages = self.files = 0

    def note(self, text: str) -> None:
        """Nobody listens."""

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """Nobody asks."""

    def writing(self, name: str) -> None:
        """Nobody asks."""

    def step(self, pages: float) -> None:
        """Nobody asks."""

    def page(self, page: Transcript) -> None:
        self.pages += 1

    def finished(self, outcome: Outcome, text: str | None = None, kind: str = "markdown") -> None:
        self.files += len(outcome.files)


def _texts(pages: Iterable[PageRef]) -> dict[Path, list[Transcript]]:
    """The own text of all pages of each document, by its file."""
    own, texts = GuardedTextLayer(), dict[Path, list[Transcript]]()
    for ref in pages:
        texts.setdefault(ref.source.path.resolve(), []).append(own.read(ref))
    return texts


def _jobs(documents: Iterable[Path], folder: Path, until: float) -> Iterator[Job]:
    """The documents again and again until the time is over, each time as another file."""
    for number, document in enumerate(itertools.cycle(list(documents))):
        if number and time.monotonic() > until:
            return
        link = folder / f"{number:05d}-{document.name}"
        folder.mkdir(parents=True, exist_ok=True)
        link.symlink_to(document)
        yield Job(link, link.name, bare(PurePath(link.name)))


def _pages(jobs: Iterable[Job], texts: dict[Path, list[Transcript]]) -> Iterator[PageRef]:
    for job in jobs:
        assert job.path is not None
        for number in range(1, len(texts[job.path.resolve()]) + 1):
            yield PageRef(Source(job.path, job.name), number)
