"""A page is asked for until it is answered: how long is waited in between, and when it is given up."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from pipeline.errors import ModelError
from pipeline.remote.asking import Asker, BusyError, LostPageError, RefusedError, Wishes
from pipeline.remote.bound import Bound
from pipeline.remote.listening import Answer
from pipeline.remote.sheets import Sheet

# One broken answer is the network's, mostly. More tries of a page that ends its server cost a restart each. Chosen.
SUSPECT, GIVEN_UP = 2, 4
"""Times that a page was with a server when its answer broke off. From the first on it is read with no other suspect,
so that a page which ends its server is found out and takes few others along; with the second it fails."""


class PageLostError(Exception):
    """The page is given up; others are not."""


@dataclass(frozen=True)
class Patience:
    """Seconds: `answer`, in which not a byte of an answer comes; `server`, in which no page is answered though some are
    asked for; `first` and `longest` wait between two tries of one page."""

    answer: float = 600.0
    server: float = 900.0
    first: float = 0.5
    longest: float = 30.0


@dataclass
class Trying:
    """All pages of one run, on one event loop."""

    asker: Asker
    patience: Patience
    bound: Bound = field(default_factory=Bound)
    _wishes: Wishes = field(default_factory=Wishes)
    _suspects: asyncio.Lock = field(default_factory=asyncio.Lock)
    _heard: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    _waiting: int = 0  # pages that are asked for

    async def read(self, sheet: Sheet) -> Answer:
        """Raises PageLostError, and ModelError where no page can be read any more."""
        if not self._waiting:
            self._heard = _now()  # nobody has asked for a while
        self._waiting += 1
        try:
            return await self._read(sheet)
        finally:
            self._waiting -= 1

    async def _read(self, sheet: Sheet) -> Answer:
        lost, wait = 0, self.patience.first
        while True:
            try:
                answer = await self._alone(sheet) if lost >= SUSPECT else await self._ask(sheet)
                self._heard = _now()
                return answer
            except BusyError as error:
                self._give_up(str(error))
                pause = wait if error.wait is None else error.wait
            except LostPageError as error:
                lost += 1
                if lost >= GIVEN_UP:
                    raise PageLostError(f"{error}, {lost} times") from error
                self._give_up(str(error))
                pause = wait
            except RefusedError as error:
                raise PageLostError(str(error)) from error
            # Spread out, so that all who were sent away do not come back at the same moment.
            await asyncio.sleep(pause * random.uniform(1.0, 1.5))
            wait = min(2 * wait, self.patience.longest)

    async def _alone(self, sheet: Sheet) -> Answer:
        async with self._suspects:
            return await self._ask(sheet)

    async def _ask(self, sheet: Sheet) -> Answer:
        async with self.bound:
            try:
                answer = await self._taken(sheet)
            except (BusyError, LostPageError):
                self.bound.less()
                raise
            self.bound.more()
            return answer

    async def _taken(self, sheet: Sheet) -> Answer:
        """With all that we wish for, or with less where that is what was refused, which is then left out for good."""
        wishes = self._wishes
        try:
            return await self.asker.ask(sheet, wishes)
        except RefusedError as refused:
            if self.asker.served.ours:
                raise
            for fewer in wishes.fewer():
                try:
                    answer = await self.asker.ask(sheet, fewer)
                except RefusedError:
                    continue
                self._wishes = fewer
                return answer
            raise refused

    def _give_up(self, why: str) -> None:
        silent = _now() - self._heard
        if silent > self.patience.server:
            raise ModelError(
                f"the server at {self.asker.where.base} has answered no page for {silent:.0f} s: {why}; "
                "see to it, and give the same command again"
            )


def _now() -> float:
    return asyncio.get_running_loop().time()
