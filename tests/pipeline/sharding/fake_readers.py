"""Transcribers for processes of their own, which do to themselves what their pages' numbers say."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pipeline.errors import ModelError
from pipeline.transcriber import ready
from pipeline.transcript import Finish, PageRef, Transcript


@dataclass
class Reader:
    """Reads `slots` pages at a time, as an engine does; `harm` happens at a page, `once` only if it is the first."""

    notes: Path
    harm: dict[int, str] = field(default_factory=dict)
    once: bool = False
    slots: int = 3
    pause: float = 0.0
    name: str = "fake"
    settings: str = "fake/1"

    def __call__(self) -> Reader:
        self.note(f"process {os.getpid()}")
        return self

    def note(self, line: str) -> None:
        with self.notes.open("a") as file:
            file.write(line + "\n")

    def close(self) -> None:
        self.note("closed")

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        pages, under_way = iter(pages), deque[PageRef]()
        while True:
            while len(under_way) < self.slots and (ref := next(pages, None)):
                under_way.append(ref)
            if not under_way:
                return
            yield self.read(under_way.popleft())

    def read(self, ref: PageRef) -> Transcript:
        self.note(f"page {ref.number}")
        harm = self.harm.get(ref.number)
        if harm and not (self.once and f"harm {ref.number}" in self.notes.read_text().splitlines()):
            self.note(f"harm {ref.number}")
            getattr(self, harm)()
        time.sleep(self.pause)
        return Transcript(ref, f"page {ref.number}", Finish.STOP, reader=self.name)

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def stall(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    def hang(self) -> None:
        time.sleep(1000)

    def hoard(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        np.ones(1 << 30, np.float64)

    def break_off(self) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")


@dataclass
class Eager(Reader):
    """Takes what is ready, as an engine does, and never waits while it holds a page."""

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        pages, under_way = iter(pages), deque[PageRef]()
        while True:
            while (not under_way or ready(pages)) and (ref := next(pages, None)):
                under_way.append(ref)
            if not under_way:
                return
            yield self.read(under_way.popleft())


@dataclass
class Refusing(Reader):
    """Cannot be loaded."""

    def __call__(self) -> Reader:
        raise ModelError("there is no such checkpoint; use another one")


@dataclass
class Dying(Reader):
    """Ends while it is loaded, but for the first time."""

    def __call__(self) -> Reader:
        if self.notes.exists() and "process" in self.notes.read_text():
            os._exit(7)
        return super().__call__()


def slow_pages(folder: str, count: int) -> None:
    """Read pages that take long in two processes: the program of the tests about Ctrl-C."""
    from pipeline.sharding.sharded import ShardedTranscriber
    from pipeline.transcript import Source

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
    reader = Reader(Path(folder) / "notes", pause=5)
    sharded = ShardedTranscriber([reader, replace(reader)])
    print("ready", flush=True)
    for _ in sharded.transcribe(PageRef(Source(Path("a.pdf"), "a.pdf"), number) for number in range(count)):
        pass
