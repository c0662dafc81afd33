"""Which of the pages to come a network will read, from a look at documents that are yet to be opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ENOUGH = 8
"""Pages of which it must be known who reads them, or documents that were looked at, before that is taken to tell of
the others."""

# Of the pages of public documents that name a font one in a hundred has no sound text; pages without one never have.
_LETTERED = 0.01
"""Share of pages with fonts that a network has to read all the same, until the run itself has told."""
_WEIGHT = 16.0
"""Pages that this is worth."""


@dataclass(frozen=True)
class Unknown:
    """Pages of which nobody knows yet who will read them: `here`, of the documents that are open; `ahead`, by the names
    of documents that were counted; `unseen`, a guess at those of the others."""

    here: float
    ahead: Mapping[str, int]
    unseen: float

    @property
    def pages(self) -> float:
        return self.here + sum(self.ahead.values()) + self.unseen


class Foresight:
    """What was seen of documents: the share of their pages that show no letters, only pictures of them."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._missing: dict[str, int] = {}  # of documents that were opened
        self._last = ""
        self._pages = self._pictures = 0.0  # that were looked at
        self._opened = self._opened_pictures = 0.0  # of documents that were looked at and opened

    def looked_at(self, name: str, pages: int, pictures: float) -> None:
        """A document has so many pages, of which `pictures` are without letters."""
        if name in self._shares or not pages:
            return
        self._shares[name] = pictures / pages
        self._pages += pages
        self._pictures += pictures
        self._both(name)

    def opened(self, name: str, missing: int) -> None:
        """A document was opened, of which so many pages are to be read."""
        self._missing[name], self._last = missing, name
        self._both(name)

    def for_network(self, unknown: Unknown, seen: int, by_network: int) -> float | None:
        """How many of the `unknown` pages a network will read; `seen` were taken on already, `by_network` of them by
        one. None where too little is known."""
        if len(self._shares) < ENOUGH and seen < min(ENOUGH, unknown.pages) and not self._all_known(unknown):
            return None
        if not self._shares:  # as if half a page had been seen of each kind
            return unknown.pages * (by_network + 0.5) / (seen + 1)
        mean = self._pictures / self._pages
        here = unknown.here * self._shares.get(self._last, mean)
        pictures = here + unknown.unseen * mean
        pictures += sum(pages * self._shares.get(name, mean) for name, pages in unknown.ahead.items())
        opened = self._opened - unknown.here
        share = min(1.0, max(0.0, self._opened_pictures - here) / opened) if opened > 0 else mean
        return self._corrected(pictures, unknown.pages, share * seen, seen, by_network)

    def _corrected(self, pictures: float, pages: float, expected: float, seen: int, by_network: int) -> float:
        """Some pages with letters are read by a network, too, and some without any are blank: as often as of the pages
        `seen`, of which it was `expected` to read some."""
        lettered = (max(0.0, by_network - expected) + _WEIGHT * _LETTERED) / (seen - expected + _WEIGHT)
        pictured = (min(by_network, expected) + _WEIGHT) / (expected + _WEIGHT)
        return pictures * pictured + (pages - pictures) * min(1.0, lettered)

    def _all_known(self, unknown: Unknown) -> bool:
        return not unknown.unseen and self._shares.keys() >= unknown.ahead.keys() | {self._last} - {""}

    def _both(self, name: str) -> None:
        if name in self._shares and name in self._missing:
            self._opened += self._missing[name]
            self._opened_pictures += self._missing[name] * self._shares[name]
