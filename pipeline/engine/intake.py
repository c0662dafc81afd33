"""Pages on their way into slots: taken as they are ready, encoded some at once, and put where it is free."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile

import torch

from pipeline.engine.dialogue.handover import Bundle, Opening, Seen
from pipeline.engine.runner import Runner
from pipeline.engine.scheduler import Scheduler
from pipeline.views.ahead import Ahead
from pipeline.views.ready_page import BrokenPage, ReadyPage

# Measured on an H100 (README): a prompt alone takes 13 to 24 ms, eight at once 2.9 each. Fewer at once, and steps wait
# longer for prompts; more, and free slots wait for company. Four is chosen between, not measured by itself.
TOGETHER = 4
"""Pages that are put into slots at once while others are being read: a prompt alone takes four times as long."""

Open = Callable[[int, Bundle, Seen], Opening]


@dataclass
class Intake:
    """Everything before a slot. `lead` pages may be pulled before there is a slot for them; zero pulls none too early.

    `at_once` pages are encoded together; it is halved where they turn out to be too many for the device's memory.
    """

    runner: Runner
    scheduler: Scheduler
    ahead: Ahead
    opening: Open
    occupy: Callable[[Opening, Bundle], None]
    longest: int  # tokens of the longest prompt
    at_once: int
    lead: int
    together: int = 1  # pages of a bundle
    _open: list[ReadyPage] = field(default_factory=list)  # a bundle that is not full yet
    _next: ReadyPage | None = None  # taken, but of no bundle with those before it
    _ready: deque[Bundle] = field(default_factory=deque)
    _encoded: deque[tuple[Bundle, Seen]] = field(default_factory=deque)

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
            waiting = self._open or self._next or self._ready or self._encoded
            if not self.scheduler and not waiting and self.ahead.over:
                return

    @property
    def _idle(self) -> bool:
        return not self.scheduler and not self._encoded

    def _gather(self) -> Iterator[ReadyPage | BrokenPage]:
        """Take pages that are ready; wait for one only if there is nothing else to do."""
        while len(self._ready) < min(self._bundles, self._room()):
            page, self._next = self._next or self._take(), None
            if page is None:
                if not self._open or self.ahead.coming:
                    return
                self._close()  # those who give pages have no more of them now
            elif isinstance(page, BrokenPage) or page.bare:
                yield page
            elif self._open and (page.alone or page.ref.source != self._open[0].ref.source):
                self._next = page
                self._close()
            else:
                self._open.append(page)
                if page.alone or len(self._open) == self.together:
                    self._close()

    def _take(self) -> ReadyPage | BrokenPage | None:
        patient = self._idle and not self._ready
        return self.ahead.take(patient and (not self._open or self.ahead.coming))

    def _close(self) -> None:
        """The bundle is full. A page that is left over is read by itself, in views of its own."""
        if self.together > 1 and len(self._open) == 1 and not self._open[0].alone:
            self.ahead.again(self._open[0].ref, alone=True)
        else:
            self._ready.append(tuple(self._open))
        self._open.clear()

    @property
    def _bundles(self) -> int:
        """How many are encoded at once."""
        return max(1, self.at_once // self.together)

    def _room(self) -> int:
        free = self.runner.room.slots - len(self.scheduler)
        if not self.lead:
            free = min(free, self.runner.prompts_that_fit(self.longest, len(self.scheduler)))
        return free + self.lead - len(self._encoded)

    def _encode(self) -> Iterator[BrokenPage]:
        """A full batch, or less where few pages are being read: they need not wait for company."""
        # One page while the device is idle, a whole batch from 112 slots on: in between, a page that waits for company
        # costs less than the steps that a small batch holds up. Chosen, not measured.
        wanted = min(self._bundles, 1 + len(self.scheduler) // 16)
        if not self._ready or len(self._encoded) > self.at_once:
            return
        if len(self._ready) < wanted and not self.ahead.over:
            return
        bundles = [self._ready[number] for number in range(min(self._bundles, len(self._ready)))]
        views = [page.views for bundle in bundles for page in bundle]
        some = min(self.at_once, len(views))
        try:
            seen = [each for at in range(0, len(views), some) for each in self.runner.encode(views[at : at + some])]
        except torch.OutOfMemoryError:
            if error := self._shrink(some):
                yield from (BrokenPage(page.ref, error) for page in self._ready.popleft())
            return
        left = iter(seen)
        for bundle in bundles:
            self._ready.popleft()
            self._encoded.append((tuple(page.seen() for page in bundle), tuple(islice(left, len(bundle)))))

    def _put(self) -> Generator[BrokenPage, None, bool]:
        """Returns whether pages were put into slots."""
        busy, waiting = len(self.scheduler), len(self._encoded)
        # In their order, and only as far as they are done: taking a later page first would change which slot a page
        # gets.
        if busy:  # the steps must not wait for what is still being encoded
            waiting = sum(1 for _ in takewhile(lambda bundle: all(each.done() for each in bundle[1]), self._encoded))
        if not waiting:
            return False
        fitting = self.runner.prompts_that_fit(self.longest, busy)
        slots = self.scheduler.free(min(waiting, fitting, self.at_once))
        if not slots or (busy and len(slots) < min(TOGETHER, waiting, self.at_once)):
            return False
        chosen = [self._encoded[number] for number in range(len(slots))]
        openings = [self.opening(slot, *bundle) for slot, bundle in zip(slots, chosen, strict=True)]
        try:
            self.runner.open(openings)
        except torch.OutOfMemoryError:
            # What was begun of them is undone as a whole: a prompt that is half in the cache would be read by the next
            # steps.
            for slot in slots:
                self.runner.drop(slot)
            if error := self._shrink(len(slots)):
                yield from (BrokenPage(page.ref, error) for page in self._encoded.popleft()[0])
            return False
        for opening, (bundle, _) in zip(openings, chosen, strict=True):
            self._encoded.popleft()
            self.occupy(opening, bundle)
        return True

    def _shrink(self, tried: int) -> str | None:
        """Fewer pages at once from now on; an error where a single one does not fit into an idle device."""
        torch.cuda.empty_cache()
        if tried == 1 and not self.scheduler:
            return "not enough memory on the device for this page"
        self.at_once = max(1, min(self.at_once, tried) // 2)
        return None
