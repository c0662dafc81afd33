"""The seam between a page and a guess at its text."""

from __future__ import annotations

from typing import Protocol

from pipeline.transcript import PageRef


class Drafter(Protocol):
    """Says what a page may say, in the grammar of the model's answers. Picklable: it is called in other processes.

    A guess costs little and may be wrong: the model writes what it would have written without it.
    """

    @property
    def name(self) -> str:
        """What is shown to the user."""

    def __call__(self, ref: PageRef) -> str:
        """The guessed answer; empty where there is none."""
