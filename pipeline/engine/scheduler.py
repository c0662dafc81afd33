"""Which page is in which slot: pages are pulled one at a time, only when a slot is free for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.transcript import PageRef


@dataclass(frozen=True)
class Reading:
    """A page that is being read in a slot. Its raster and its views are no longer held."""

    ref: PageRef
    width: float  # points
    height: float
    blank: bool
    prompt_tokens: int


class Scheduler:
    """First come, first served, into the lowest free slot: the slots in use stay together at the front."""

    def __init__(self, pages: Iterable[PageRef], slots: int) -> None:
        self._pages = iter(pages)
        self._readings: dict[int, Reading] = {}
        self._free = set(range(slots))

    def next_page(self) -> PageRef | None:
        """The next page if there is a slot for it; None if all are taken or no page is left."""
        return next(self._pages, None) if self._free else None

    def next_slot(self) -> int:
        """Where the next page goes."""
        return min(self._free)

    def occupy(self, slot: int, reading: Reading) -> None:
        """The slot is taken."""
        self._free.remove(slot)
        self._readings[slot] = reading

    def release(self, slot: int) -> Reading:
        """The slot is free again; returns what was read in it."""
        self._free.add(slot)
        return self._readings.pop(slot)

    @property
    def busy(self) -> list[int]:
        """Slots in use, ascending."""
        return sorted(self._readings)
