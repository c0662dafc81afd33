"""Whole pages, from files to text: one alone, and as many as there is time for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from pipeline.engine.measure.measured import Alone, BenchOptions, Whole
from pipeline.engine.measure.stand_ins import FixedLengths
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef


def alone(engine: FixedLengths, page: PageRef, tokens: int) -> Alone:
    """The second of two: the first one warms up."""
    lengths, engine.lengths = engine.lengths, itertools.repeat(tokens)
    taken, written = 0.0, 0
    for _ in range(2):
        begun = time.perf_counter()
        written = sum(transcript.output_tokens for transcript in engine.transcribe([page]))
        taken = time.perf_counter() - begun
    engine.lengths = lengths
    return Alone(written, taken)


def whole(reader: Transcriber, pages: list[PageRef], options: BenchOptions, slots: int) -> Whole:
    """A few pages to warm up, then the measured run, with fill and, if it is wanted, tail."""
    for _ in reader.transcribe(pages[:2]):
        pass
    begun = time.monotonic()
    until = begun + options.seconds
    done: list[_Done] = []
    with closing(iter(reader.transcribe(_supply(pages, until)))) as transcripts:  # type: ignore[type-var]
        for page in transcripts:
            done.append(_Done(time.monotonic(), page.output_tokens, page.finish is Finish.ERROR))
            if done[-1].at > until and not options.tail:
                break
    # Without the first filling of all slots, where short answers are over-represented among what is done, and without
    # the tail, where slots run empty.
    steady = [each for each in done[slots:] if each.at <= until]
    tokens = sum(each.tokens for each in steady)
    return Whole(
        len(done), sum(each.failed for each in done), sum(each.tokens for each in done), done[-1].at - begun,
        len(steady), tokens, until - done[slots - 1].at if steady else 0.0,
        sum(each.tokens**2 for each in steady) / max(1, 2 * tokens), 0.0,
    )  # fmt: skip


class _Done(NamedTuple):
    at: float
    tokens: int
    failed: bool


def _supply(pages: Iterable[PageRef], until: float) -> Iterator[PageRef]:
    """Again and again until the time is over, each page at least once in its first round where there are few."""
    for number, page in enumerate(itertools.cycle(pages)):
        if number and time.monotonic() > until:
            return
        yield page
