"""Which steps guess, and how many there are until the device is looked at again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# Following drafts costs 3 to 7 % of a full step (H200, README). Of what is guessed where drafts are bad, half is kept:
# with a guess for each eighth slot a step writes 6 % more.
FEW: Final = 1 / 8
"""Guesses a slot up to which they bring less than they cost."""
# Four steps in twenty cost a fifth of that. More rest, and a page whose draft is good waits longer for its turn.
RESTS: Final = 2
"""Turns of plain steps behind one that had no use for guesses."""
PLAIN: Final = 8
"""Plain steps between two looks, on an accelerator."""
# They are longer, and blocks are held for all that they might write.
GUESSING: Final = 4
"""Steps with guesses between two looks, on an accelerator."""


@dataclass(frozen=True)
class Turn:
    """Steps until the next look, and whether they guess."""

    steps: int
    guess: bool


@dataclass
class Pace:
    """Turns of `plain` steps, or of `guessing` ones; `rests` plain turns behind one that had no use for guesses."""

    plain: int
    guessing: int
    rests: int = 0
    _left: int = field(default=0, init=False)

    def turn(self, wanted: int, slots: int) -> Turn:
        """The next one, where `slots` in use `wanted` so many guesses together when a step last asked them."""
        if self._left:
            self._left -= 1
            return Turn(self.plain, guess=False)
        self._left = self.rests if wanted <= FEW * slots else 0
        return Turn(self.guessing, guess=True)


def steady(steps: int) -> Pace:
    """As many steps in every turn."""
    return Pace(steps, steps)
