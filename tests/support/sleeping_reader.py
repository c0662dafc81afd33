"""A reader that sleeps as long as a GPU would read: so many pages side by side, each for so many seconds."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from pipeline.cluster.reader import Home, Reader
from pipeline.errors import ModelError
from pipeline.transcriber import Transcriber, ready
from pipeline.transcript import Finish, PageRef, Transcript


class SleepingReader:
    name = "sleeping"

    def __init__(self, slots: int, seconds: float, settings: str = "sleeping/1") -> None:
        self.settings, self._slots, self._seconds = settings, slots, seconds

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        under_way: list[tuple[float, int, PageRef]] = []
        source, over = iter(pages), False
        while True:
            while not over and len(under_way) < self._slots and (not under_way or ready(source)):
                ref = next(source, None)
                over = ref is None
                if ref is not None:
                    heapq.heappush(under_way, (time.monotonic() + self._seconds, len(under_way), ref))
            if not under_way:
                return
            wait = under_way[0][0] - time.monotonic()
            if wait > 0:
                time.sleep(min(wait, 0.005))
                continue
            yield self.read(heapq.heappop(under_way)[2])

    def read(self, ref: PageRef) -> Transcript:
        text = f"<|ref|>text<|/ref|><|det|>[[10, 10, 900, 90]]<|/det|>\nPage {ref.number} of {ref.source.name}.\n\n"
        return Transcript(ref, text, Finish.STOP, 612, 792, self.name, 100, 20, 0.99)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class OpenSleeping:
    slots: int = 8
    seconds: float = 0.05
    missing: bool = False
    loading: float = 0.0

    def __call__(self) -> Transcriber:
        time.sleep(self.loading)
        if self.missing:
            raise ModelError("the checkpoint /models/x has no model.safetensors")
        return SleepingReader(self.slots, self.seconds)


class DeadlyReader(SleepingReader):
    """Page 13 ends the process that reads it."""

    def read(self, ref: PageRef) -> Transcript:
        import os

        if ref.number == 13:
            os._exit(1)
        return super().read(ref)


def open_deadly() -> Transcriber:
    return DeadlyReader(4, 0.01)


class UninstalledReader(Reader):
    """An actor on a node where ocr2's code is found and ocr2 is not installed."""

    async def home(self) -> Home:
        return Home("", "", version("nil"))


class ShortLivedReader(Reader):
    """An actor whose process ends before it says anything, as where a node has no memory left."""

    async def home(self) -> Home:
        import os

        os._exit(3)
