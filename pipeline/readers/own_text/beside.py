"""A Transcriber in a thread of its own: it reads what it is given page by page, while whoever gives does other work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Transcript

# Far longer than our own readers need, far shorter than a user waits after Ctrl-C. Chosen, not measured.
_GRACE = 10.0
"""Seconds in which a reader that was closed gives up what it reads: ours look four times a second."""


@dataclass(frozen=True)
class Ended:
    """The reader is through with all that it was given, or has failed."""

    error: BaseException | None = None


class Beside:
    """One batch: pages go in by `give` until `finish`; `tell` gets each transcript, then Ended, from the other thread,
    and None whenever the reader has taken a page. The reader is loaded when the first page comes.
    """

    def __init__(self, load: Callable[[], Transcriber], tell: Callable[[Transcript | Ended | None], None]) -> None:
        self._load, self._tell = load, tell
        self._feed = _Feed(lambda: tell(None))
        self._thread: Thread | None = None
        self._reader: Transcriber | None = None
        self._abandoned = self._finished = False
        self.answered = 0
        """Pages that were read so far."""

    @property
    def waiting(self) -> int:
        """Pages that were given and not taken yet."""
        return max(0, self._feed.pages.qsize() - self._finished)

    @property
    def begun(self) -> bool:
        """Whether it was ever given a page, so that Ended will be told."""
        return self._thread is not None

    def give(self, ref: PageRef) -> None:
        self._feed.pages.put(ref)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="ocr2-reader", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """No more pages come."""
        self._finished = True
        self._feed.pages.put(None)

    def abandon(self) -> None:
        """Nobody wants the rest; where there is one, the reader is closed. Does nothing after Ended."""
        if self._thread is None or not self._thread.is_alive():
            return
        self._abandoned = True
        self.finish()
        if self._reader is not None:
            self._reader.close()
        self._thread.join(_GRACE)

    def _run(self) -> None:
        try:
            self._reader = self._load()
            for transcript in self._reader.transcribe(self._feed):
                if self._abandoned:
                    return
                self.answered += 1
                self._tell(transcript)
            for _ in self._feed:  # it ended early; who gives pages must not wait for ever, and will miss the rest
                pass
        # Also what is no Exception: a thread that ends without a word would leave the other one waiting for ever.
        except BaseException as error:  # told to the thread that waits for pages
            self._tell(Ended(error))
        else:
            self._tell(Ended())


class _Feed:
    """A `Supply` that another thread fills."""

    def __init__(self, taken: Callable[[], None]) -> None:
        self.pages: SimpleQueue[PageRef | None] = SimpleQueue()
        self._taken, self._over = taken, False

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        ref = None if self._over else self.pages.get()
        if ref is None:
            self._over = True
            raise StopIteration
        self._taken()
        return ref

    def ready(self) -> bool:
        return self._over or not self.pages.empty()
