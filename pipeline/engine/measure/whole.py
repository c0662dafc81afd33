"""Whole pages, from files to text: one alone, and as many as there is time for."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from pipeline.engine.measure.measured import Alone, BenchOptions, Whole
from pipeline.engine.measure.stand_ins import FixedLengths
from pipeline.transcriber import Transcriber
from pipeline.transcript import Finish, PageRef

# Tokens that tell how fast a CPU writes, before it is asked for as many as there is time for.
_FEW = 16


def alone(engine: FixedLengths, page: PageRef, tokens: int, most: float = math.inf) -> Alone:
    """The second of two: the first one warms up, or tells on a CPU how many tokens fit into `most` seconds."""
    on_cpu = engine.device == "cpu"
    taken, written = _alone(engine, page, min(tokens, _FEW) if on_cpu else tokens)
    if on_cpu and most < math.inf:
        tokens = min(tokens, max(_FEW, int(most * written / taken)))
    taken, written = _alone(engine, page, tokens)
    return Alone(written, taken)


def _alone(engine: FixedLengths, page: PageRef, tokens: int) -> tuple[float, int]:
    """Seconds and tokens of one page."""
    lengths, engine.lengths = engine.lengths, itertools.repeat(tokens)
    begun = time.perf_counter()
    written = sum(transcript.output_tokens for transcript in engine.transcribe([page]))
    taken = time.perf_counter() - begun
    engine.lengths = lengths
    return taken, written


def whole(reader: Transcriber, pages: list[PageRef], options: BenchOptions, slots: int) -> Whole:
    """A few pages to warm up, which a CPU does not need, then the measured run, with fill and, if it is wanted, tail:
    as long again as the run at most."""
    for _ in reader.transcribe(pages[:2]) if getattr(reader, "device", "") != "cpu" else ():
        pass
    begun = time.monotonic()
    until = begun + options.seconds
    done: list[_Done] = []
    with closing(iter(reader.transcribe(_supply(pages, until)))) as transcripts:  # type: ignore[type-var]
        for page in transcripts:
            done.append(_Done(time.monotonic(), page.output_tokens, page.finish is Finish.ERROR))
            if done[-1].at > (until + options.seconds if options.tail else until):
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
