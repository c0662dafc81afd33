"""Names and odd words that recur on a page, so that what was read a line ago does not tell what stands here."""

from __future__ import annotations

import re
from collections.abc import Callable

from numpy.random import Generator

from train_nano import invent

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")  # capitalised within a sentence
_LONG = re.compile(r"\b[a-z]{6,}\b")
_ONSETS = ("b", "br", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p", "r", "s", "sk", "st", "t",
           "th", "tr", "v", "w", "z", "sch", "wh", "")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ei", "oo", "ou", "y", "ie", "ea")
_CODAS = ("", "", "n", "l", "r", "s", "m", "nd", "ck", "rt", "lf", "tz", "ng", "th", "x")


class Cast:
    """A page's own names and odd words: each replaces one word of the text wherever that word comes.

    Real prose repeats its names, but a language model knows many of them. A made-up one has to be read each time, and
    where it comes six times on a page only the place tells which of the six is meant.
    """

    def __init__(self, rng: Generator, names: float, words: float) -> None:
        """`names`, `words`: shares of the capitalised and of the long words that are replaced."""
        self._rng, self._shares = rng, (names, words)
        self._known: dict[str, str] = {}

    def rename(self, text: str) -> str:
        """`text` with the words of this page."""
        names, words = self._shares
        text = _NAME.sub(lambda found: self._of(found[0], names, self._name), text)
        return _LONG.sub(lambda found: self._of(found[0], words, self._word), text)

    def _of(self, word: str, share: float, make: Callable[[], str]) -> str:
        if word not in self._known:
            self._known[word] = make() if self._rng.random() < share else word
        return self._known[word]

    def _name(self) -> str:
        real = self._rng.random() < 0.4
        return invent.pick(self._rng, invent.LAST + invent.FIRST + invent.CITIES) if real else self._word().capitalize()

    def _word(self) -> str:
        """Two to four syllables that can be said and mean nothing."""
        count = int(self._rng.integers(2, 5))
        parts = (invent.pick(self._rng, each) for _ in range(count) for each in (_ONSETS, _VOWELS, _CODAS))
        return "".join(parts)
