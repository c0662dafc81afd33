"""A Transcriber with something to say about itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.readers.wrappers.around import Around
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Transcript


class Noted(Around):
    """The inner Transcriber; `note` is a line for people, or empty."""

    def __init__(self, inner: Transcriber, note: str) -> None:
        super().__init__(inner)
        self.note = note

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """The inner one's."""
        return self._inner.transcribe(pages)
