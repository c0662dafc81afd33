"""What is drawn when: harder pages come in as the loss falls, and easier ones never quite leave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from train_nano.pages import Difficulty
from train_nano.texts import LANGUAGES

SMALL_WORDS = Difficulty(size="small", content="words", points=(8, 32))
SMALL_LINES = Difficulty(size="small", content="lines", points=(8, 28))
SMALL_TEXT = Difficulty(size="small", content="paragraphs", points=(7, 20))
SMALL = Difficulty(size="small", content="document", points=(7, 20))
STRIP = Difficulty(size="strip", content="document", points=(7, 24))
PAGE_TEXT = Difficulty(size="page", content="paragraphs", points=(7, 20))
PAGE = Difficulty(size="page", content="document", points=(7, 24))
DENSE = Difficulty(size="page", content="document", points=(7, 10.5))
MAGAZINE = Difficulty(size="page", kinds=("magazine",), points=(7, 14))
LEDGER = Difficulty(size="page", kinds=("ledger",), points=(7, 12))
NEWSPRINT = Difficulty(size="page", kinds=("newsprint",), points=(6, 9.5), columns=4)
NOTICES = Difficulty(size="page", kinds=("notices",), points=(6, 9.5), columns=5)
CELLS = Difficulty(size="page", kinds=("cells",), points=(6, 11))

TWO_COLUMNS = Difficulty(size="strip", kinds=("paper",), points=(9, 14), columns=2)

Levels = tuple[tuple[float, dict[Difficulty, float]], ...]  # each left when the text loss is below; shares

LEVELS: Levels = (
    (2.2, {SMALL_WORDS: 0.4, SMALL_LINES: 0.4, SMALL_TEXT: 0.2}),
    (1.4, {SMALL_WORDS: 0.05, SMALL_LINES: 0.25, SMALL_TEXT: 0.4, SMALL: 0.1, STRIP: 0.1, PAGE_TEXT: 0.1}),
    (1.0, {SMALL_LINES: 0.15, SMALL_TEXT: 0.25, SMALL: 0.2, STRIP: 0.2, PAGE_TEXT: 0.2}),
    (0.8, {SMALL_LINES: 0.05, SMALL: 0.3, STRIP: 0.2, PAGE_TEXT: 0.2, PAGE: 0.25}),
    (
        0.0,
        {
            SMALL_LINES: 0.03,
            SMALL: 0.1,
            STRIP: 0.08,
            PAGE_TEXT: 0.05,
            PAGE: 0.3,  # what most readers bring; with .23 and more tables pages of 2,000 characters began to loop
            DENSE: 0.13,  # with .09 most errors in the eight languages were pages like these that stray
            MAGAZINE: 0.05,
            LEDGER: 0.05,
            NEWSPRINT: 0.13,  # a page has three times as many words as another
            NOTICES: 0.02,
            CELLS: 0.06,
        },
    ),
)
COLUMNS: Levels = (  # for the experiment on reading order: short, and two columns as early as they can be learned
    (2.2, {SMALL_WORDS: 0.3, SMALL_LINES: 0.4, SMALL_TEXT: 0.3}),
    (1.6, {SMALL_LINES: 0.2, SMALL_TEXT: 0.4, TWO_COLUMNS: 0.4}),
    (0.0, {SMALL_TEXT: 0.2, TWO_COLUMNS: 0.8}),
)
CURRICULA = {"full": LEVELS, "columns": COLUMNS}
HELD_OUT = {SMALL: 0.15, STRIP: 0.1, PAGE_TEXT: 0.15, PAGE: 0.6}


class Mixer:
    """Draws difficulties of the present level, which all worker processes share; some pages in other languages."""

    def __init__(self, level: int, levels: Levels = LEVELS, foreign: float = 0.0) -> None:
        self._levels, self._foreign = levels, foreign
        self._shared = torch.tensor([level]).share_memory_()

    @property
    def level(self) -> int:
        """Index into the levels."""
        return int(self._shared[0])

    def __call__(self, rng: np.random.Generator) -> Difficulty:
        drawn = _draw(rng, self._levels[self.level][1])
        if rng.random() < self._foreign:
            return replace(drawn, language=LANGUAGES[int(rng.integers(len(LANGUAGES)))])
        return drawn

    def update(self, text_loss: float) -> int:
        """Go one level up where the loss allows; returns the level."""
        if text_loss < self._levels[self.level][0]:
            self._shared[0] += 1
        return self.level


def heldout_mix(rng: np.random.Generator) -> Difficulty:
    """Difficulty of a page of the held-out set."""
    return _draw(rng, HELD_OUT)


def two_columns(_: np.random.Generator) -> Difficulty:
    """Pages of two columns alone."""
    return TWO_COLUMNS


def small_prose(rng: np.random.Generator) -> Difficulty:
    """Whole pages of small prose in narrow columns, directories, tables of words."""
    return _draw(rng, {NEWSPRINT: 0.6, NOTICES: 0.2, CELLS: 0.2})


def tables_and_invoices(rng: np.random.Generator) -> Difficulty:
    """A page of tables, or an invoice."""
    return replace(PAGE, kinds=(str(rng.choice(["tables", "invoice"])),))


def _draw(rng: np.random.Generator, shares: dict[Difficulty, float]) -> Difficulty:
    choices = list(shares)
    return choices[int(rng.choice(len(choices), p=list(shares.values())))]
