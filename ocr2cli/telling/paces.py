"""Seconds per page of one kind of work, as a run shows them while it goes on."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

# Pages of one document differ by some .4 of their mean, those of one run from another's by as much and more.
KNOWN_BEFORE = 1.5
"""Pages of this run that what an earlier run took per page is worth."""

# A page that has had the mean cost already will have 1.36 times as much: so it is where costs lie around their mean as
# those of public pages do (by Weibull's distribution of shape 2.5, a deviation of .43; the root is within .03 of it up
# to twice the mean).
_LONGER = 0.92
"""Of what a page has cost so far, beside the mean, that goes into what it will have cost in the end."""
_ROUNDS = 4
"""At each look; the next one goes on from there."""


class Pace:
    """Of work that goes on page after page; `before` is what is known of earlier runs, where something is.

    Of a page that takes long its time so far is counted as if it ended now: else a run would be said to be nearly over
    all the while that its slowest page is read.
    """

    def __init__(self, before: float | None, weight: float = KNOWN_BEFORE) -> None:
        self._before, self._weight = before, weight if before is not None else 0.0
        self._busy = self._at_last = 0.0  # seconds of work, in all and when the last page was done
        self._done = 0.0

    def tick(self, seconds: float, done: float, busy: bool) -> None:
        """So much time went by; `done` pages are done in all."""
        self._busy += seconds if busy else 0.0
        if done > self._done:
            self._done, self._at_last = done, self._busy

    @property
    def seconds(self) -> float | None:
        """Per page; None where nothing is known yet."""
        pages = self._done + self._weight
        if pages <= 0:
            return None
        known = (self._before or 0.0) * self._weight
        return max((known + self._at_last) / pages, (known + self._busy) / (pages + 1))

    def left(self, pages: float) -> float:
        """Seconds for so many pages: the one that is under way has had some of its own."""
        each = self.seconds or 0.0
        return max(0.0, pages * each - min(self._busy - self._at_last, each if pages >= 1 else 0.0))


class Shared:
    """Of work on several pages at a time, which share the seconds among them.

    A page costs its share of all seconds while it is under way, so that pages under way have had a part of their cost
    already: four that were begun together are not four whole ones a moment before they are done. Which of them was
    begun first is not known; they are taken to end in their order, which does not change the sum.
    """

    def __init__(self, before: float | None, weight: float = KNOWN_BEFORE) -> None:
        self._known, self._weight = (before or 0.0) * weight, weight if before is not None else 0.0
        self._clock = self._spent = 0.0  # shares of one page since the beginning; costs of pages that are done
        self._done = self._all = 0  # pages that tell, and all of them
        self._begun: deque[float] = deque()  # the clock then, of each page under way
        self._each = before
        self._looked = False

    def tick(self, seconds: float, done: int, under_way: int, fed: bool = True) -> None:
        """So much time went by; `done` pages are done in all, and so many are being worked on now.

        Work that is not `fed` waits for pages: where 256 could share the seconds, what eight cost tells nothing.
        """
        if self._begun:
            self._clock += seconds / len(self._begun)
        tells = (fed or self._each is None) and self._looked
        for _ in range(done - self._all):
            cost = self._clock - self._begun.popleft() if self._begun else seconds / (done - self._all)
            self._spent, self._done = self._spent + cost * tells, self._done + tells
        self._all, self._looked = max(done, self._all), self._looked or under_way > 0
        while len(self._begun) < under_way:
            self._begun.append(self._clock)
        while len(self._begun) > under_way:  # given back, to be begun again
            self._begun.pop()
        if tells:
            self._settle()

    @property
    def seconds(self) -> float | None:
        """Per page; None where nothing is known yet."""
        return self._each

    @property
    def measured(self) -> float | None:
        """As `seconds`, where this run has done a page."""
        return self._each if self._done else None

    def left(self, pages: float) -> float:
        """Seconds for so many pages, those under way among them."""
        each = self._each or 0.0
        return max(0.0, (pages - len(self._begun)) * each) + sum(self._costs(each)) - self._had

    def _settle(self) -> None:
        """The mean cost with which pages under way, as far as they have come, cost what they do in the mean: the
        shortest are done first, and would tell of too little by themselves."""
        pages, spent = self._done + self._weight, self._known + self._spent
        if pages <= 0 or spent <= 0:
            return
        each = self._each or spent / pages
        for _ in range(_ROUNDS):
            each = (spent + sum(self._costs(each))) / (pages + len(self._begun))
        self._each = each

    @property
    def _had(self) -> float:
        return sum(self._clock - begun for begun in self._begun)

    def _costs(self, each: float) -> Iterator[float]:
        """That the pages under way will have had in the end, where a page costs `each` in the mean."""
        return (math.hypot(each, _LONGER * (self._clock - begun)) for begun in self._begun)
