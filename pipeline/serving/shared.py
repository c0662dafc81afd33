"""One reader for many callers at once: their pages go through it together, and each gets its own back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from pipeline.transcriber import Attentive, Transcriber, ready
from pipeline.transcript import Finish, PageRef, Transcript

SHARE = 64
"""Pages of one caller that are under way at most: enough for a GPU alone, and others get their turn between them."""
_LOOK = 0.25
"""Seconds until a caller that waits looks whether it is still wanted."""

Tokens = Callable[[Sequence[int]], None]


class GoneError(Exception):
    """Whoever wanted the pages has gone away."""


@dataclass(frozen=True)
class _Caller:
    done: Callable[[Transcript], None]
    tokens: Tokens | None


class Shared:
    """Takes pages from any thread. A thread of its own has the reader, which sees one batch after the other; a batch
    lasts for as long as pages come before all are read."""

    def __init__(self, reader: Transcriber) -> None:
        self.reader = reader
        self._callers: dict[PageRef, _Caller] = {}
        self._waiting: SimpleQueue[PageRef | None] = SimpleQueue()
        self._ended = False
        if isinstance(reader, Attentive):
            reader.hear = self._hear
        self._thread = threading.Thread(target=self._work, name="ocr2-shared", daemon=True)
        self._thread.start()

    @property
    def under_way(self) -> int:
        """Pages that were given and not answered."""
        return len(self._callers)

    @property
    def alive(self) -> bool:
        """Whether pages are still read."""
        return self._thread.is_alive() and not self._ended

    def give(self, ref: PageRef, done: Callable[[Transcript], None], tokens: Tokens | None = None) -> None:
        """Have a page read, which is nobody else's; both are called in another thread and must not take their time."""
        assert ref not in self._callers, "a page has one caller"
        self._callers[ref] = _Caller(done, tokens)
        self._waiting.put(ref)

    def drop(self, ref: PageRef) -> None:
        """Nobody wants this page any more: it is not begun, or left in the middle, and `done` is not called."""
        if self._callers.pop(ref, None) is not None and isinstance(self.reader, Attentive):
            self.reader.drop(ref)

    def end(self) -> None:
        """Close the reader; what is under way fails."""
        self._ended = True
        self._waiting.put(None)
        self.reader.close()
        self._thread.join(10.0)

    def next(self) -> PageRef | None:
        """A page that somebody still wants, without waiting for one."""
        while True:
            try:
                ref = self._waiting.get_nowait()
            except Empty:
                return None
            if ref in self._callers:
                return ref

    @property
    def empty(self) -> bool:
        """Whether no page waits to be begun."""
        return self._waiting.empty()

    def _work(self) -> None:
        while not self._ended:
            ref = self._waiting.get()
            if ref not in self._callers:
                continue
            try:
                for transcript in self.reader.transcribe(_Feed(self, ref)):
                    self._answer(transcript)
                why = "it was never answered"
            except Exception as error:  # of one batch; the next one is read
                why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            self._fail(why)
        self._fail("the server is ending")

    def _answer(self, transcript: Transcript) -> None:
        if (caller := self._callers.pop(transcript.ref, None)) is not None:
            caller.done(transcript)

    def _fail(self, why: str) -> None:
        """What the reader had and did not answer. Pages that came since the batch ended wait for the next one."""
        waiting = set()
        while (ref := self.next()) is not None:
            waiting.add(ref)
        for ref in list(self._callers):
            if self._ended or ref not in waiting:
                self._answer(Transcript(ref, "", Finish.ERROR, reader=self.reader.name, error=why))
        for ref in waiting:
            self._waiting.put(ref)

    def _hear(self, ref: PageRef, tokens: Sequence[int]) -> None:
        if (caller := self._callers.get(ref)) is not None and caller.tokens is not None:
            caller.tokens(tokens)


class _Feed:
    """A `Supply` of one batch: it ends where nothing waits, rather than that its reader waits for more."""

    def __init__(self, shared: Shared, first: PageRef) -> None:
        self._shared, self._first = shared, first
        self._begun = False

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        ref = self._shared.next() if self._begun else self._first
        self._begun = True
        if ref is None:
            raise StopIteration
        return ref

    def ready(self) -> bool:
        return not self._begun or not self._shared.empty


class Seat:
    """A Transcriber: one caller's place at a shared reader. `gone` says that nobody waits for the pages any more."""

    def __init__(self, shared: Shared, gone: Callable[[], bool] = lambda: False) -> None:
        self._shared, self._gone = shared, gone

    @property
    def name(self) -> str:
        """The reader's."""
        return self._shared.reader.name

    @property
    def settings(self) -> str:
        """The reader's."""
        return self._shared.reader.settings

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`. Raises GoneError."""
        source, done = iter(pages), SimpleQueue[Transcript]()
        under_way: set[PageRef] = set()
        try:
            while True:
                while len(under_way) < SHARE and (ready(source) or not under_way):
                    if (ref := next(source, None)) is None:
                        break
                    under_way.add(ref)
                    self._shared.give(ref, done.put)
                if not under_way:
                    return
                if (transcript := self._next(done)) is not None:
                    under_way.discard(transcript.ref)
                    yield transcript
        finally:
            for ref in under_way:
                self._shared.drop(ref)

    def close(self) -> None:
        """Nothing: the reader is everybody's."""

    def _next(self, done: SimpleQueue[Transcript]) -> Transcript | None:
        if self._gone():
            raise GoneError
        try:
            return done.get(timeout=_LOOK)
        except Empty:
            return None
