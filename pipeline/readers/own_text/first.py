"""Pages that carry sound text of their own are taken from it; a network reads the others, and settles its doubts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from queue import SimpleQueue
from threading import Lock

from pipeline.readers.own_text.beside import Beside, Ended
from pipeline.readers.own_text.pages import OwnPages
from pipeline.readers.own_text.regions import settled
from pipeline.text_layer.guarded import GuardedTextLayer
from pipeline.transcriber import Life, Transcriber, life
from pipeline.transcript import PageRef, Source, Transcript

# Fewer, and a network's slots run dry while a long run of born-digital pages is read; more, and interrupting loses
# more.
MOST_WAITING = 64
"""Pages that wait for the network before looking for more of them stops: several seconds' worth for a GPU."""

_Event = Transcript | Ended | None


class OwnTextFirst:
    """A Transcriber of two: the document's own text, and for pages without it a reader, which is loaded when the first
    such page comes. It also sees pages whose own text leaves a doubt; of what it says there only the regions in doubt
    are taken, and only where they have the same words (`regions.settled`).

    Own text is read by workers while the network reads, and the network's batch goes on for as long as there are pages:
    however few of them it gets to see, it never has to end one batch before it takes the next page.
    `settings` is the reader's settings key where it is known without loading. `settles`: the network sees pages in
    doubt, too; a stand-in should not, as it takes seconds for a page and hardly ever has every word right.
    """

    def __init__(self, load: Callable[[], Transcriber], name: str, settings: str | None, settles: bool = True) -> None:
        self._load, self._name, self._settings, self._settles = load, name, settings, settles
        self._loaded: Transcriber | None = None
        self._loading = Lock()
        self._beside: Beside | None = None  # while a batch is read

    @property
    def name(self) -> str:
        """Both names; a transcript's own `reader` says which of the two it was."""
        return self._name

    @property
    def settings(self) -> str:
        """Both keys."""
        return settings_beside(self._settings or self._reader().settings, self._settles)

    def life(self) -> Life:
        """The network's, and the pages that wait for it, or that it has answered."""
        inner, beside = life(self._loaded), self._beside
        if beside is None:
            return inner
        return replace(inner, waiting=inner.waiting + beside.waiting, answered=beside.answered)

    def close(self) -> None:
        """The reader's, where it was loaded."""
        if self._loaded is not None:
            self._loaded.close()

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once; those that a network reads may come after later ones."""
        events: SimpleQueue[_Event] = SimpleQueue()
        own, network = OwnPages(iter(pages), lambda: events.put(None)), Beside(self._reader, events.put)
        self._beside = network
        try:
            yield from _both(own, network, events, self._settles)
        finally:
            own.close()
            network.abandon()

    def _reader(self) -> Transcriber:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def _both(own: OwnPages, network: Beside, events: SimpleQueue[_Event], settles: bool) -> Iterator[Transcript]:
    finishing = False
    in_doubt: dict[PageRef, Transcript] = {}  # the own text of pages that the network has been given all the same
    while True:
        # What the network has read and nobody has taken yet counts, too: a slow consumer must not let it pile up.
        for transcript in own.take(more=network.waiting + events.qsize() < MOST_WAITING):
            if transcript.finish.good and not (settles and transcript.doubts):
                yield transcript
                continue
            if transcript.finish.good:
                in_doubt[transcript.ref] = transcript
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
            own_text = in_doubt.pop(event.ref, None)
            yield event if own_text is None else settled(own_text, event)


def settings_beside(reader: str, settles: bool) -> str:
    """`OwnTextFirst.settings` beside a reader with these settings."""
    return f"{GuardedTextLayer.settings}+{'regions+' if settles else ''}{reader}"


def for_network(source: Source, numbers: Iterable[int], settles: bool) -> list[int]:
    """Which of these pages `OwnTextFirst` would hand to the network."""
    own = GuardedTextLayer(whole=True)
    readings = (own.read(PageRef(source, number)) for number in numbers)
    return [page.ref.number for page in readings if not page.finish.good or (settles and page.doubts)]
