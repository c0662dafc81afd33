"""Pages on their way into slots: taken as they are ready, encoded some at once, and put where it is free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

import torch

from pipeline.engine.handover import Encoded, Opening
from pipeline.engine.runner import Runner
from pipeline.engine.scheduler import Scheduler
from pipeline.views.ahead import Ahead, BrokenPage, ReadyPage

# Measured on an H100 (README): a prompt alone takes 13 to 24 ms, eight at once 2.9 each. Fewer at once, and steps wait
# longer for prompts; more, and free slots wait for company. Four is chosen between, not measured by itself.
TOGETHER = 4
"""Pages that are put into slots at once while others are being read: a prompt alone takes four times as long."""

Open = Callable[[int, ReadyPage, Encoded], Opening]


@dataclass
class Intake:
    """Everything before a slot. `lead` pages may be pulled before there is a slot for them; zero pulls none too early.

    `at_once` pages are encoded together; it is halved where they turn out to be too many for the device's memory.
    """

    runner: Runner
    scheduler: Scheduler
    ahead: Ahead
    opening: Open
    occupy: Callable[[Opening, ReadyPage], None]
    longest: int  # tokens of the longest prompt
    at_once: int
    lead: int
    _ready: deque[ReadyPage] = field(default_factory=deque)
    _encoded: deque[tuple[ReadyPage, Encoded]] = field(default_factory=deque)

    def admit(self) -> Iterator[ReadyPage | BrokenPage]:
        """Bring pages into slots, as far as it can be done without waiting; waits where nothing is being read.

        Gives back the pages that need no slot: those that cannot be read, and bare ones.
        """
        while True:
            yield from self._gather()
            yield from self._encode()
            opened = yield from self._put()
            if self.scheduler and (self.lead or not opened):
                return
            if not self.scheduler and not self._ready and not self._encoded and self.ahead.over:
                return

    @property
    def _idle(self) -> bool:
        return not self.scheduler and not self._encoded

    def _gather(self) -> Iterator[ReadyPage | BrokenPage]:
        """Take pages that are ready; wait for one only if there is nothing else to do."""
        while len(self._ready) < min(self.at_once, self._room()):
            page = self.ahead.take(patient=self._idle and not self._ready)
            if page is None:
                return
            if isinstance(page, BrokenPage) or page.bare:
                yield page
            else:
                self._ready.append(page)

    def _room(self) -> int:
        free = self.runner.room.slots - len(self.scheduler)
        if not self.lead:
            free = min(free, self.runner.prompts_that_fit(self.longest, len(self.scheduler)))
        return free + self.lead - len(self._encoded)

    def _encode(self) -> Iterator[BrokenPage]:
        """A full batch, or less where few pages are being read: they need not wait for company."""
        # One page while the device is idle, a whole batch from 112 slots on: in between, a page that waits for company
        # costs less than the steps that a small batch holds up. Chosen, not measured.
        wanted = min(self.at_once, 1 + len(self.scheduler) // 16)
        if not self._ready or len(self._encoded) > self.at_once:
            return
        if len(self._ready) < wanted and not self.ahead.over:
            return
        pages = [self._ready[number] for number in range(min(self.at_once, len(self._ready)))]
        try:
            encoded = self.runner.encode([page.views for page in pages])
        except torch.OutOfMemoryError:
            if error := self._shrink(len(pages)):
                yield BrokenPage(self._ready.popleft().ref, error)
            return
        self._encoded.extend((self._ready.popleft(), each) for each in encoded)

    def _put(self) -> Generator[BrokenPage, None, bool]:
        """Returns whether pages were put into slots."""
        busy, waiting = len(self.scheduler), len(self._encoded)
        # In their order, and only as far as they are done: taking a later page first would change which slot a page
        # gets.
        if busy:  # the steps must not wait for what is still being encoded
            waiting = sum(1 for _ in takewhile(lambda page: page[1].done(), self._encoded))
        if not waiting:
            return False
        fitting = self.runner.prompts_that_fit(self.longest, busy)
        slots = self.scheduler.free(min(waiting, fitting, self.at_once))
        if not slots or (busy and len(slots) < min(TOGETHER, waiting, self.at_once)):
            return False
        chosen = [self._encoded[number] for number in range(len(slots))]
        openings = [self.opening(slot, *page) for slot, page in zip(slots, chosen, strict=True)]
        try:
            self.runner.open(openings)
        except torch.OutOfMemoryError:
            # What was begun of them is undone as a whole: a prompt that is half in the cache would be read by the next
            # steps.
            for slot in slots:
                self.runner.drop(slot)
            if error := self._shrink(len(slots)):
                yield BrokenPage(self._encoded.popleft()[0].ref, error)
            return False
        for opening, (page, _) in zip(openings, chosen, strict=True):
            self._encoded.popleft()
            self.occupy(opening, page)
        return True

    def _shrink(self, tried: int) -> str | None:
        """Fewer pages at once from now on; an error where a single one does not fit into an idle device."""
        torch.cuda.empty_cache()
        if tried == 1 and not self.scheduler:
            return "not enough memory on the device for this page"
        self.at_once = max(1, min(self.at_once, tried) // 2)
        return None
