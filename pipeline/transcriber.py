"""The seam between pages and text: everything that can read a page is a Transcriber."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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

    def close(self) -> None:
        """Give back what is held: processes, a device's memory. May be called twice; the next pages start it anew."""


SHOWN = 4
"""Pages that `Life` names: whoever looks on wants to see that there is something, not all of it."""


@dataclass(frozen=True)
class UnderWay:
    """A page that is being read, and the tokens that were written of it so far."""

    ref: PageRef
    tokens: int = 0


@dataclass(frozen=True)
class Life:
    """What a network is doing at this moment: some of the pages that it reads, how many `more` of them there are, and
    how many pages wait for it. `answered`: pages that it has read for somebody who may use another text, where that is
    known."""

    reading: tuple[UnderWay, ...] = ()
    more: int = 0
    waiting: int = 0
    answered: int = 0

    @property
    def pages(self) -> int:
        """All that it has been given and has not answered."""
        return len(self.reading) + self.more + self.waiting


@runtime_checkable
class Lively(Protocol):
    """A Transcriber that lets others look on, from any thread."""

    def life(self) -> Life: ...


def life(reader: object) -> Life:
    """What a Transcriber is doing; nothing of one that does not tell."""
    return reader.life() if isinstance(reader, Lively) else Life()


@runtime_checkable
class Attentive(Protocol):
    """A Transcriber that tells what it writes while it does, and leaves pages that nobody wants any more."""

    hear: Callable[[PageRef, Sequence[int]], None] | None
    """Called, in any thread, with the tokens that have come since the last time, of pages that were `Asked` aloud.
    What comes last may be in the transcript alone."""

    def drop(self, ref: PageRef) -> None:
        """From any thread: if this page is being read it ends soon, as an error."""


@runtime_checkable
class Supply(Protocol):
    """Pages that come in their own time. A reader that has other work asks `ready` before it waits for the next one."""

    def __iter__(self) -> Iterator[PageRef]: ...

    def __next__(self) -> PageRef: ...

    def ready(self) -> bool:
        """Whether `next` has an answer at once: a page, or that none is left."""


def ready(pages: Iterator[PageRef]) -> bool:
    """Whether the next of `pages` can be had without waiting, as far as they can tell."""
    return not isinstance(pages, Supply) or pages.ready()
