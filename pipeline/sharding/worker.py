"""The far end of a shard: a process that reads the pages it is sent with one Transcriber, and shows that it lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic, sleep

from pipeline.errors import UserError
from pipeline.processes.far import Line, read
from pipeline.transcriber import Attentive, Life, Transcriber, life
from pipeline.transcript import PageRef, Transcript

Opener = Callable[[], Transcriber]
"""Loads a Transcriber in its own process; must be picklable."""

# A sixtieth of `Patience.silence`: a busy machine may swallow dozens of them before a process counts as dead.
BEAT = 1.0
"""Seconds between two signs of life."""


@dataclass(frozen=True)
class Ready:
    """The Transcriber is loaded."""

    name: str
    settings: str
    device: str = ""  # what it says it reads with: cpu, cuda, mps


@dataclass(frozen=True)
class Refused:
    """It cannot be loaded, and the user can mend it."""

    error: UserError


@dataclass(frozen=True)
class Broke:
    """It raised an error; the process ends."""

    text: str


@dataclass(frozen=True)
class Pulled:
    """The reading of the next page that was sent has begun, `waited` seconds after there was room for it."""

    waited: float = 0.0


@dataclass(frozen=True)
class Alive:
    """The process is there, and this is what it does."""

    life: Life = Life()  # noqa: RUF009 frozen, so it may be shared


@dataclass(frozen=True)
class Said:
    """What has come of a page that was asked for aloud: tokens, behind those of the message before."""

    ref: PageRef
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Drop:
    """To a process: nobody wants this page any more."""

    ref: PageRef


Message = Ready | Refused | Broke | Pulled | Alive | Said | Transcript


def work(line: Line, opener: Opener) -> None:
    """Read batch after batch: pages come through `line` one by one, None ends a batch."""
    readers: list[Transcriber] = []  # the one, as soon as it is loaded
    threading.Thread(target=_beat, args=(line, readers), daemon=True).start()  # so that reading never keeps it
    try:
        reader = opener()
        inbox = _Inbox(line, reader)
        readers.append(reader)
        line.send(Ready(reader.name, reader.settings, getattr(reader, "device", "")))
        while True:
            for transcript in reader.transcribe(_Pages(line, inbox)):
                line.send(transcript)
    except UserError as error:
        line.send(Refused(error))
    except (RuntimeError, MemoryError, OSError) as error:
        line.send(Broke(" ".join(f"{type(error).__name__}: {error}".split())[:300]))


class _Inbox:
    """What comes through the line, in order; only what is to be dropped passes by the pages that wait."""

    def __init__(self, line: Line, reader: Transcriber) -> None:
        self._line, self._reader = line, reader
        self._received: SimpleQueue[object] = SimpleQueue()
        if isinstance(reader, Attentive):
            reader.hear = self._say
        threading.Thread(target=self._receive, daemon=True).start()

    def wait(self) -> object:
        return self._received.get()

    def ready(self) -> bool:
        return not self._received.empty()

    def _say(self, ref: PageRef, tokens: Sequence[int]) -> None:
        self._line.send(Said(ref, tuple(tokens)))

    def _receive(self) -> None:
        while True:
            message = read(self._line.wait())
            if not isinstance(message, Drop):
                self._received.put(message)
            elif isinstance(self._reader, Attentive):
                self._reader.drop(message.ref)


class _Pages:
    """A `Supply`: the pages of one batch, as they come through the line."""

    def __init__(self, line: Line, inbox: _Inbox) -> None:
        self._line, self._inbox, self._over = line, inbox, False
        self._begun = False
        self._wanted: float | None = None  # since when there is room for a page that is not there

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        self._note_wish()
        ref = None if self._over else self._inbox.wait()
        if not isinstance(ref, PageRef):
            self._over = True
            raise StopIteration
        waited = monotonic() - self._wanted if self._wanted and self._begun else 0.0  # not before the batch's first one
        self._wanted, self._begun = None, True
        self._line.send(Pulled(waited))
        return ref

    def ready(self) -> bool:
        self._note_wish()
        return self._over or self._inbox.ready()

    def _note_wish(self) -> None:
        if self._wanted is None and not self._inbox.ready():
            self._wanted = monotonic()


def _beat(line: Line, readers: list[Transcriber]) -> None:
    while True:
        sleep(BEAT)
        line.send(Alive(life(readers[0]) if readers else Life()))
