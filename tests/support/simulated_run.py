"""A run of `ocr2 convert` by a simulated clock: own text is read ahead, a network reads in slots, files are written in
the order of documents, and the line's counts and estimate are asked four times a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ocr2cli.batch.ahead import spread
from ocr2cli.telling.estimate import SETTLED, Estimate
from ocr2cli.telling.tally import Tally
from pipeline.readers.own_text.first import MOST_WAITING
from pipeline.transcriber import Life, UnderWay
from pipeline.transcript import PageRef, Source

TICK = 0.25
"""Seconds between two looks."""
PAGE = UnderWay(PageRef(Source(Path("a.pdf"), "a.pdf"), 1))


@dataclass(frozen=True)
class Sheet:
    """What a page costs: its own text, and where that is not sound or in `doubt` a network with all slots full."""

    own: float = 0.08
    network: float = 0.0
    fonts: bool = True
    doubt: bool = False


@dataclass(frozen=True)
class Machine:
    """`alone`: how fast the network is with one page, of what it is with full slots. `crowd`: the share of its speed
    that own text and writing each take from it. `counting`: seconds for a document that is looked over."""

    slots: int = 4
    loading: float = 1.0
    alone: float = 0.7
    crowd: float = 0.25
    writing: float = 0.1
    counting: float = 0.01
    network: bool = True
    mixed: bool = True
    before: float | None = None


@dataclass(frozen=True)
class Look:
    now: float
    shown: float | None
    line: str


Documents = Sequence[Sequence[Sheet]]


@dataclass
class Run:
    documents: Documents
    machine: Machine
    now: float = 0.0
    waiting: deque[tuple[int, int]] = field(default_factory=deque)
    slots: list[list[float]] = field(default_factory=list)  # seconds that are left, document, page
    reading: tuple[int, int] | None = None  # own text
    writing: int = -1
    left: dict[str, float] = field(default_factory=dict)  # seconds of what is under way

    def __post_init__(self) -> None:
        machine = self.machine
        self.tally = Tally(len(self.documents))
        self.estimate = Estimate(machine.network, machine.mixed, machine.before, machine.writing)
        self.queue = deque((d, n) for d, sheets in enumerate(self.documents) for n in range(len(sheets)))
        self.missing = [len(sheets) for sheets in self.documents]
        self.begun, self.counted, self.written, self.answered = set[int](), 0, 0, 0
        self.order, self.looked_on, self.loading = spread(len(self.documents)), False, machine.loading

    def looks(self) -> Iterator[Look]:
        while self.written < len(self.documents):
            self._count()
            crowd = self.machine.crowd * ((self.reading is not None) + (self.writing >= 0))
            self._own_text(TICK)
            self._network(TICK, 1 - crowd)
            self._write(TICK)
            self.now += TICK
            yield self._look()

    def _look(self) -> Look:
        shown = (PAGE,) * min(4, len(self.slots))
        life = Life(shown, len(self.slots) - len(shown), len(self.waiting), self.answered)
        load = self.tally.load(life, self.looked_on)
        self.looked_on = self.looked_on or bool(shown)
        left = self.estimate.update(self.now, load)
        standing = self.tally.standing(self.now, left, life)
        return Look(self.now, left if self.now > SETTLED + TICK else None, f"{standing.done} of {standing.pages}")

    def _count(self) -> None:
        while self.counted < min(len(self.order), (self.now - 0.5) / self.machine.counting):
            number = self.order[self.counted]
            sheets = self.documents[number]
            self.tally.counted(str(number), len(sheets), sum(not sheet.fonts for sheet in sheets))
            self.counted += 1

    def _own_text(self, budget: float) -> None:
        while budget > 0:
            if self.reading is None and not self._taken():
                return
            document, page = self.reading or self.waiting[-1]
            if self.reading is None:
                continue
            used = min(budget, self.left["text"])
            budget, self.left["text"] = budget - used, self.left["text"] - used
            if self.left["text"] <= 1e-9:
                self.reading = None
                if self.documents[document][page].network:
                    self.waiting.append((document, page))
                else:
                    self._done(document, page, False)

    def _taken(self) -> bool:
        """Whether there is a next page, which is then read, or waits for the network."""
        if not self.queue or len(self.waiting) >= MOST_WAITING:
            return False
        document, page = self.queue.popleft()
        if document not in self.begun:
            self.begun.add(document)
            self.tally.begun(str(document), len(self.documents[document]), len(self.documents[document]))
        sheet = self.documents[document][page]
        if sheet.network and not self.machine.mixed:
            self.waiting.append((document, page))
        else:
            self.reading, self.left["text"] = (document, page), sheet.own
        return True

    def _network(self, budget: float, speed: float) -> None:
        machine = self.machine
        if self.loading > 0:
            self.loading -= budget if self.waiting else 0.0
            return
        while budget > 0:
            while self.waiting and len(self.slots) < machine.slots:
                document, page = self.waiting.popleft()
                self.slots.append([self.documents[document][page].network, document, page])
            if not self.slots:
                return
            filled = (len(self.slots) - 1) / max(1, machine.slots - 1)
            each = speed * (machine.alone + (1 - machine.alone) * filled) / len(self.slots)
            used = min(budget, min(slot[0] for slot in self.slots) / each)
            budget -= used
            for slot in self.slots:
                slot[0] -= used * each
            for slot in [slot for slot in self.slots if slot[0] <= 1e-9]:
                self.slots.remove(slot)
                self._done(int(slot[1]), int(slot[2]), True)

    def _done(self, document: int, page: int, by_network: bool) -> None:
        self.missing[document] -= 1
        self.answered += by_network
        self.tally.page(str(document), page + 1, by_network and not self.documents[document][page].doubt)

    def _write(self, budget: float) -> None:
        each = self.machine.writing
        while budget > 0 and self.written < len(self.documents):
            number = self.written
            if self.missing[number] or number not in self.begun:
                return
            if self.writing != number:
                self.writing, self.left["files"] = number, each * len(self.documents[number])
                self.tally.writing(str(number))
            used = min(budget, self.left["files"])
            budget, self.left["files"] = budget - used, self.left["files"] - used
            self.tally.step(used / each)
            if self.left["files"] <= 1e-9:
                self.tally.document(str(number), failed=False)
                self.writing, self.written = -1, number + 1
