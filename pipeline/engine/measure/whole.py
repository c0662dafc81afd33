"""Whole pages, from files to text: one alone, and as many as there is time for."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from pipeline.engine.measure.measured import Alone, BenchOptions, Full, Whole
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


def full_slots(engine: FixedLengths) -> Full | None:
    """What was done in the last run while nearly all slots were in use; None where they hardly ever were."""
    slots = engine._runner.room.slots
    spans = [
        (after[0] - before[0], after[2] - before[2], after[3] - before[3])
        for before, after in itertools.pairwise(engine.ticks)
        # Nearly all, as a slot is empty between two pages for a moment; spans of five seconds and more are no steps but
        # something else, such as graphs being captured.
        if before[1] >= 0.97 * slots and after[0] - before[0] < 5
    ]
    if len(spans) < 10:
        return None
    late = spans[len(spans) // 2 :]
    whole, second = ([float(sum(part)) for part in zip(*some, strict=True)] for some in (spans, late))
    return Full(whole[0], whole[1], int(whole[2]), second[0], second[1])
