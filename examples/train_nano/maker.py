"""What every document kind works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from train_nano.fonts import Family
from train_nano.formulas import Formulas
from train_nano.sheet import Frame, Sheet
from train_nano.texts import Texts
from train_nano.theme import Theme


@dataclass(frozen=True)
class Maker:
    """The page to fill, its theme, and where texts come from."""

    rng: Generator
    texts: Texts
    formulas: Formulas
    families: list[Family]
    sheet: Sheet
    theme: Theme
    columns: int

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def margins(self) -> Frame:
        """The text area of the page."""
        width, height = self.sheet.width, self.sheet.height
        share = self.rng.uniform(0.03, 0.14)
        side, top = max(width * share, 6.0), max(height * self.rng.uniform(0.03, 0.12), 6.0)
        return Frame(side, top, width - 2 * side, height - 2 * top)


@dataclass(frozen=True)
class Kind:
    """A document kind: its share among documents and the size classes where it is at home."""

    fill: Callable[[Maker], None]
    weight: float = 0.0
    sizes: tuple[str, ...] = ("small", "strip", "page")
