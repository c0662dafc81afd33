"""A Transcriber with something to say about itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Transcript


class Noted:
    """The inner Transcriber; `note` is a line for people, or empty."""

    def __init__(self, inner: Transcriber, note: str) -> None:
        self._inner, self.note = inner, note

    @property
    def name(self) -> str:
        """The inner one's."""
        return self._inner.name

    @property
    def settings(self) -> str:
        """The inner one's."""
        return self._inner.settings

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """The inner one's."""
        return self._inner.transcribe(pages)

    def close(self) -> None:
        """The inner one's."""
        self._inner.close()
