"""Which page is in which slot; a slot that is free is filled again at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from pipeline.engine.dialogue.readings import Reading
from pipeline.transcriber import SHOWN, Life, UnderWay


class Scheduler:
    """First come, first served, into the lowest free slot: the slots in use stay together at the front."""

    def __init__(self, slots: int) -> None:
        # Two dicts and a set in place of one sorted list: sorting for each question took as long as the steps of 768
        # slots (README, "Tried").
        self._readings: dict[int, Reading] = {}  # in the order in which they were begun
        self._slots: dict[Reading, int] = {}  # the other way round
        self._free = set(range(slots))

    def __len__(self) -> int:
        """Slots in use. This and `slot_of` are asked for every slot, again and again: nothing is sorted for them."""
        return len(self._readings)

    def free(self, count: int) -> list[int]:
        """Up to `count` free slots, the lowest."""
        return sorted(self._free)[:count]

    def occupy(self, slot: int, reading: Reading) -> None:
        """The slot is taken."""
        self._free.remove(slot)
        self._readings[slot] = reading
        self._slots[reading] = slot

    def release(self, slot: int) -> Reading:
        """The slot is free again; returns what was read in it."""
        self._free.add(slot)
        reading = self._readings.pop(slot)
        del self._slots[reading]
        return reading

    def close_ranks(self) -> list[tuple[int, int]]:
        """Move what is read in the highest slots to the lowest free ones; returns the moves (from, to)."""
        count = len(self._readings)
        # Only those beyond the count move, so that no page moves twice and every hole is filled.
        moves = list(zip(sorted(slot for slot in self._readings if slot >= count), self.free(count), strict=False))
        renamed = dict(moves)
        self._readings = {renamed.get(slot, slot): reading for slot, reading in self._readings.items()}
        self._slots = {reading: slot for slot, reading in self._readings.items()}
        self._free = self._free.difference(renamed.values()) | renamed.keys()
        return moves

    def slot_of(self, reading: Reading) -> int | None:
        """Where a page is being read; None where it no longer is."""
        return self._slots.get(reading)

    @property
    def newest(self) -> int:
        """The slot whose page was begun last, and has lost least if it must wait."""
        return next(reversed(self._readings))

    @property
    def busy(self) -> dict[int, Reading]:
        """The slots in use and what is read in them, ascending."""
        return dict(sorted(self._readings.items()))


def life_of(readings: Mapping[int, Reading], counts: Sequence[int]) -> Life:
    """What others are shown of the pages in the slots, of which each has written so many tokens."""
    shown = tuple(UnderWay(reading.ref, counts[slot]) for slot, reading in islice(readings.items(), SHOWN))
    return Life(shown, len(readings) - len(shown))
