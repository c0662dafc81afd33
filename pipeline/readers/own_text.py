"""Pages that carry sound text of their own are taken from it; only the others are read by a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Lock

from pipeline.readers.beside import Beside, Ended
from pipeline.readers.own_pages import OwnPages
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source, Transcript

# Fewer, and a network's slots run dry while a long run of born-digital pages is read; more, and interrupting loses
# more.
MOST_WAITING = 64
"""Pages that wait for the network before looking for more of them stops: several seconds' worth for a GPU."""

_Event = Transcript | Ended | None


class OwnTextFirst:
    """A Transcriber of two: the document's own text, and for pages without it a reader, which is loaded when the first
    such page comes.

    Own text is read by workers while the network reads, and the network's batch goes on for as long as there are pages:
    however few of them it gets to see, it never has to end one batch before it takes the next page.
    `settings` is the reader's settings key where it is known without loading.
    """

    def __init__(self, load: Callable[[], Transcriber], name: str, settings: str | None) -> None:
        self._load, self._name, self._settings = load, name, settings
        self._loaded: Transcriber | None = None
        self._loading = Lock()

    @property
    def name(self) -> str:
        """Both names; a transcript's own `reader` says which of the two it was."""
        return self._name

    @property
    def settings(self) -> str:
        """Both keys."""
        return settings_beside(self._settings or self._reader().settings)

    def close(self) -> None:
        """The reader's, where it was loaded."""
        if self._loaded is not None:
            self._loaded.close()

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once; those that a network reads may come after later ones."""
        events: SimpleQueue[_Event] = SimpleQueue()
        own, network = OwnPages(iter(pages), lambda: events.put(None)), Beside(self._reader, events.put)
        try:
            yield from _both(own, network, events)
        finally:
            own.close()
            network.abandon()

    def _reader(self) -> Transcriber:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def _both(own: OwnPages, network: Beside, events: SimpleQueue[_Event]) -> Iterator[Transcript]:
    finishing = False
    while True:
        # What the network has read and nobody has taken yet counts, too: a slow consumer must not let it pile up.
        for transcript in own.take(more=network.waiting + events.qsize() < MOST_WAITING):
            if transcript.finish.good:
                yield transcript
            else:
                network.give(transcript.ref)
        if own.over and not finishing:
            finishing = True
            network.finish()
        if finishing and not network.begun:
            return
        # One queue for everything that may happen, so that this waits once and needs neither timeouts nor polling.
        event = events.get()
        if isinstance(event, Ended):
            if event.error is not None:
                raise event.error
            return
        if event is not None:
            yield event


def settings_beside(reader: str) -> str:
    """`OwnTextFirst.settings` beside a reader with these settings."""
    return f"{GuardedTextLayer.settings}+{reader}"


def without_own_text(source: Source, numbers: Iterable[int]) -> list[int]:
    """Which of these pages `OwnTextFirst` would hand to the network."""
    own = GuardedTextLayer(whole=True)
    return [number for number in numbers if not own.read(PageRef(source, number)).finish.good]
