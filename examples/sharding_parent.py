"""What the parent of many GPUs costs a page: shards whose reader sleeps as long as a GPU would read.

    python examples/sharding_parent.py [--shards 8 16 32] [--rate 17] [--seconds 20] [--kill]

Each shard reads `--rate` pages a second, 384 side by side, and answers with 1,500 tokens of text. Printed are the pages
per second of all, their share of what the shards could read, and the parent's own CPU time per page: what it must feed
32 shards of 17 pages/s with is 1.8 ms. The shards are processes that hardly compute, so the machine may have few cores;
their own work (to take a page and to pickle its text) competes with the parent's there.

With --kill the process of one shard is killed in the middle of each run, with all its pages. Printed are the pages that
are missing or come twice, and the seconds until as many pages come again as before.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipeline.sharding.sharded import MANY, ShardedTranscriber
from pipeline.transcriber import Transcriber, ready
from pipeline.transcript import Finish, PageRef, Source, Transcript

SLOTS = 384
_WINDOW = 2.0  # seconds over which a rate is told
TEXT = "<|ref|>text<|/ref|><|det|>[[72, 90, 920, 130]]<|/det|>\nA line of the page as the model writes it.\n\n" * 60
"""About 1,500 tokens."""


class Sleeping:
    """Holds up to `SLOTS` pages, each for as long as makes `rate` pages a second."""

    name, settings = "sleeping", "sleeping/1"

    def __init__(self, rate: float) -> None:
        self._seconds = SLOTS / rate

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Pages in their order, each once its time is over."""
        pages, held = iter(pages), deque[tuple[float, PageRef]]()
        over = False
        while held or not over:
            # As an engine does: never wait for a page while others are being read.
            while not over and len(held) < SLOTS and (not held or ready(pages)):
                ref = next(pages, None)
                over = ref is None
                if ref is not None:
                    held.append((time.monotonic() + self._seconds * (1 + len(held)) / SLOTS, ref))
            if held and (wait := held[0][0] - time.monotonic()) > 0:
                time.sleep(min(wait, 0.02))
            while held and held[0][0] <= time.monotonic():
                ref = held.popleft()[1]
                yield Transcript(ref, TEXT, Finish.STOP, 595, 842, self.name, 1113, 1500, 0.97)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class Open:
    """Opens the reader in a shard's process."""

    rate: float

    def __call__(self) -> Transcriber:
        return Sleeping(self.rate)


def measure(shards: int, rate: float, seconds: float) -> None:
    """Print one row: pages are supplied for so long, and all of them are read."""
    from sharding_parent import Open  # by its name, so that other processes find it: there, this file is not `__main__`

    source = Source(Path("a.pdf"), "a.pdf")
    with closing(ShardedTranscriber([Open(rate)] * shards, stock=MANY)) as reader:
        begun, used = time.monotonic(), time.process_time()

        def supply() -> Iterator[PageRef]:
            number = 0
            while time.monotonic() - begun < seconds:
                number += 1
                yield PageRef(source, number)

        count = sum(1 for _ in reader.transcribe(supply()))
        wall, cpu = time.monotonic() - begun, time.process_time() - used
    print(
        f"| {shards} | {count / wall:.0f} | {count / wall / (shards * rate):.2f} | {1000 * cpu / count:.2f} ms | "
        f"{100 * cpu / wall:.0f} % |",
        flush=True,
    )


def measure_loss(shards: int, rate: float, seconds: float) -> None:
    """Print one row: a process is killed once a third of the time is over."""
    from sharding_parent import Open

    source, came = Source(Path("a.pdf"), "a.pdf"), list[tuple[float, int]]()
    given, killed = 0, 0.0
    with closing(ShardedTranscriber([Open(rate)] * shards, stock=MANY)) as reader:
        begun = time.monotonic()

        def supply() -> Iterator[PageRef]:
            nonlocal given
            while time.monotonic() - begun < seconds:
                given += 1
                yield PageRef(source, given)

        for page in reader.transcribe(supply()):
            came.append((time.monotonic() - begun, page.ref.number if page.finish is Finish.STOP else 0))
            if not killed and came[-1][0] > seconds / 3 and (shard := reader._shards[0]) is not None:
                killed = came[-1][0]
                os.kill(shard.process.pid, signal.SIGKILL)
    numbers = [number for _, number in came]
    missing = given - len(set(numbers) - {0})
    moments = [at / 10 for at in range(10 * int(seconds))]
    rates = [(at, sum(at - _WINDOW < when <= at for when, _ in came) / _WINDOW) for at in moments]
    before = next(per_second for at, per_second in rates if at > killed - 0.2)
    after = [(at - killed, per_second) for at, per_second in rates if at > killed + _WINDOW]
    back = next((at for at, per_second in after if per_second >= 0.98 * before), math.inf)
    least = min(per_second for _, per_second in after)
    twice = len(numbers) - len(set(numbers))
    print(f"| {shards} | {given} | {missing} | {twice} | {before:.0f} | {least:.0f} | {back:.1f} s |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shards", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument("--rate", type=float, default=17.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    if options.kill:
        print("| shards | pages | missing | twice | pages/s before | least, after | back within |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
        for shards in options.shards:
            measure_loss(shards, options.rate, options.seconds)
        return
    print("| shards | pages/s | of what they could | parent's CPU per page | of one core |")
    print("| ---: | ---: | ---: | ---: | ---: |", flush=True)
    for shards in options.shards:
        measure(shards, options.rate, options.seconds)


if __name__ == "__main__":
    main()
