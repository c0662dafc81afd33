"""How many pages a server is given at once: more while it takes them, half as many when it pushes back."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

# Fewer at first, and a fast server idles through some rounds; more, and a small one refuses from the start. Chosen.
FIRST, MOST = 8, 256
"""Pages at once at the beginning, and at most: what vLLM decodes at once by default, and one of our GPUs about."""
# Shorter, and one moment without room halves the bound several times; longer, and a server that has shrunk is pressed.
CALM = 1.0
"""Seconds after a cut in which further refusals count as the same: they are answers to what was sent before it."""


class Bound:
    """Additive increase, multiplicative decrease, as TCP has it: `async with` waits until there is room for one more.

    Up to the first refusal every answer makes room for one more, so that the bound doubles with each round; after it a
    whole round does. For one event loop.
    """

    def __init__(self, first: int = FIRST, most: int = MOST) -> None:
        self._size, self._most = float(min(first, most)), most
        self._busy = 0
        self._refused = False
        self._calm_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def size(self) -> int:
        """How many may be under way."""
        return int(self._size)

    @property
    def busy(self) -> int:
        """How many are."""
        return self._busy

    def more(self) -> None:
        """A page was answered. A bound that was not reached says nothing about whether more could be borne."""
        if self._busy + len(self._waiting) >= self.size:
            self._size = min(self._most, self._size + (1 / self._size if self._refused else 1))
        self._wake()

    def less(self) -> None:
        """The server has refused a page, or did not get to it."""
        self._refused = True
        now = asyncio.get_running_loop().time()
        if now >= self._calm_until:
            self._size, self._calm_until = max(1.0, self._size / 2), now + CALM

    async def __aenter__(self) -> None:
        if self._busy < self.size and not self._waiting:
            self._busy += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was our turn, which is the next one's now
                self._busy -= 1
                self._wake()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._busy -= 1
        self._wake()

    def _wake(self) -> None:
        """Give out turns; each counts as busy from now on."""
        while self._busy < self.size and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._busy += 1
