"""Which blocks of the key/value cache belong to which slot; on the host, known without asking the device."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class BlockTable:
    """`blocks` blocks of `block` tokens, handed out to slots as their sequences grow; slots take up to `length` tokens.

    Block 0 is no slot's: slots that are not in use write there.
    """

    def __init__(self, slots: int, length: int, block: int, blocks: int) -> None:
        self.block = block
        self.rows: NDArray[np.int32] = np.zeros((slots, -(-length // block)), np.int32)
        self._counts = [0] * slots
        # From the highest down, so that `pop` gives the lowest; block 0 is never among them.
        self._free = list(range(blocks - 1, 0, -1))
        self.version = 0
        """Grows with every change of `rows`."""

    @property
    def free_tokens(self) -> int:
        """What can still be handed out."""
        return len(self._free) * self.block

    def extend(self, slot: int, tokens: int) -> bool:
        """Make room for so many tokens in a slot; False where no blocks are left for them."""
        wanted = -(-tokens // self.block)
        missing = wanted - self._counts[slot]
        if missing > len(self._free):
            return False
        for place in range(self._counts[slot], wanted):
            self.rows[slot, place] = self._free.pop()
            self._counts[slot] = place + 1
            self.version += 1
        return True

    def release(self, slot: int) -> None:
        """The slot's blocks can be handed out again."""
        count = self._counts[slot]
        # Backwards, so that a slot that is filled again gets the same blocks in the same order: easier to follow when
        # debugging, and no dearer.
        self._free.extend(self.rows[slot, :count][::-1].tolist())
        self.rows[slot] = 0
        self._counts[slot] = 0
        self.version += 1

    def move(self, slot: int, to: int) -> None:
        """A slot's sequence becomes that of an empty one."""
        self.rows[to], self._counts[to] = self.rows[slot], self._counts[slot]
        self.rows[slot], self._counts[slot] = 0, 0
        self.version += 1

    def places(self, slot: int, tokens: int) -> NDArray[np.int64]:
        """Where the first `tokens` tokens of a slot lie in the cache, flat."""
        token = np.arange(tokens)
        blocks: NDArray[np.int64] = self.rows[slot, token // self.block].astype(np.int64)
        return blocks * self.block + token % self.block
