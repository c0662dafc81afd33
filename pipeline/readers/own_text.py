"""Pages that carry sound text of their own are taken from it; only the others are read by a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source, Transcript

_AT_MOST = 16  # transcripts that wait for a network that reads other pages meanwhile


class OwnTextFirst:
    """A Transcriber of two: the document's own text, and for pages without it a reader, which is loaded when the first
    such page comes.

    `settings` is the reader's settings key where it is known without loading.
    """

    def __init__(self, load: Callable[[], Transcriber], name: str, settings: str | None) -> None:
        self._own = GuardedTextLayer(whole=True)
        self._load, self._name, self._settings = load, name, settings
        self._loaded: Transcriber | None = None

    @property
    def name(self) -> str:
        """Both names; a transcript's own `reader` says which of the two it was."""
        return self._name

    @property
    def settings(self) -> str:
        """Both keys."""
        return settings_beside(self._settings or self._reader().settings)

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once; those that a network reads may come after later ones."""
        source, told = iter(pages), deque[Transcript]()
        while True:
            silent = self._silent(source, told)
            first = next(silent, None)
            if first is None and not told:
                return
            yield from _taken(told)  # before a page that takes its time
            if first is not None:
                for transcript in self._reader().transcribe(chain([first], silent)):
                    yield from _taken(told)
                    yield transcript
                yield from _taken(told)

    def _silent(self, source: Iterator[PageRef], told: deque[Transcript]) -> Iterator[PageRef]:
        """Pages that must be looked at; the other transcripts go to `told`. Ends where enough of them wait there."""
        for ref in source:
            transcript = self._own.read(ref)
            if not transcript.finish.good:
                yield ref
                continue
            told.append(transcript)
            if len(told) >= _AT_MOST:
                return

    def _reader(self) -> Transcriber:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded


def settings_beside(reader: str) -> str:
    """`OwnTextFirst.settings` beside a reader with these settings."""
    return f"{GuardedTextLayer.settings}+{reader}"


def without_own_text(source: Source, numbers: Iterable[int]) -> list[int]:
    """Which of these pages `OwnTextFirst` would hand to the network."""
    own = GuardedTextLayer(whole=True)
    return [number for number in numbers if not own.read(PageRef(source, number)).finish.good]


def _taken(told: deque[Transcript]) -> Iterator[Transcript]:
    while told:
        yield told.popleft()
