"""The seam between pages and text: everything that can read a page is a Transcriber."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from pipeline.transcript import PageRef, Transcript


class Transcriber(Protocol):
    """Reads pages: pulls them as there is room for them, and gives transcripts as they are done, in any order."""

    @property
    def name(self) -> str:
        """What is shown to the user and recorded as `Transcript.reader`."""

    @property
    def settings(self) -> str:
        """A short key that changes whenever anything changes that the text depends on (weights, prompt, limits, …)."""

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page exactly once. A page that fails is a transcript with `Finish.ERROR`, never an exception."""
