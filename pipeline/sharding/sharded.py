"""Pages over several processes, one for each GPU: one queue in the parent, and no page is lost with a process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from queue import Empty, Queue

from pipeline.errors import ModelError
from pipeline.sharding.shard import PageQueue, Shard, Task
from pipeline.sharding.worker import BEAT, Alive, Broke, Message, Opener, Pulled, Ready, Refused, Said
from pipeline.transcriber import SHOWN, Life
from pipeline.transcript import Finish, PageRef, Transcript

# More, and a page that kills its process takes more innocent ones into their second strike; fewer, and many suspects
# are read nearly one by one. Chosen, not measured.
SUSPECTS = 4
"""Pages at once, and no others, in a process that is given pages whose first process ended: few innocent ones fail."""
# Fewer gives up a GPU for two bad pages in a row; more, and a broken driver costs a start of the model each time.
LOSSES = 4
"""Processes in a row that end without a page read, before their place is given up."""


# Fewer, and a GPU waits for its parent; more, and pages at the end of a batch are spread unevenly. Chosen.
MANY = 16
"""Pages sent ahead: more than a second's worth for a GPU."""
# One being read and one behind it: with one, the process would wait for its parent after each page.
FEW = 2
"""For a CPU, where a page takes seconds to minutes, and an end that is asked for should not wait for many."""
# Longer leaves slots empty; shorter spends a core on looking. `queue.awaited` tells when it is needed at all.
HUNGRY = 0.02
"""Seconds until it is looked again whether a page has come: a hundredth of what a GPU needs for the pages it holds."""


@dataclass(frozen=True)
class Patience:
    """Seconds without a sign of life, and without any page begun or done while some are being read.

    On a CPU the latter are not counted: the full model may take an hour for a page there.
    """

    silence: float = 60.0
    standstill: float = 1200.0


class ShardedTranscriber:
    """A Transcriber (`pipeline.readers.choice`) over one process for each opener.

    A process that dies or stalls is replaced. Pages that it had begun are read once more, and are errors after a second
    time. `stock` pages are sent ahead of what a process has begun, so that it never waits for its parent; not given,
    as many as suit its device.
    Raises ModelError where an opener does, or where its process ends before it is ready.
    """

    def __init__(self, openers: Sequence[Opener], *, stock: int | None = None, patience: Patience = Patience()) -> None:
        self._openers, self._stock, self._patience = list(openers), stock, patience
        self._inbox: Queue[tuple[Shard, Message | None]] = Queue()
        self._shards: list[Shard | None] = [None] * len(self._openers)
        self._losses = [0] * len(self._openers)
        self._known: Ready | None = None
        self._opened, self._trouble = False, ""
        self._closed = 0  # times
        self.hear: Callable[[PageRef, Sequence[int]], None] | None = None
        self.waited = 0.0  # seconds, of all processes: there was room for a page that had not come yet
        try:
            self._await_all()
        finally:
            if not self._opened:
                self.close()

    @property
    def name(self) -> str:
        """That of the processes' Transcribers."""
        assert self._known is not None
        return self._known.name

    @property
    def settings(self) -> str:
        """That of the processes' Transcribers: the text does not depend on how many there are."""
        assert self._known is not None
        return self._known.settings

    def close(self) -> None:
        """End all processes, whatever they do; from another thread, a `transcribe`, too. The next one starts anew."""
        self._closed += 1
        _end_all(self._shards)

    def drop(self, ref: PageRef) -> None:
        """See `pipeline.transcriber.Attentive`: whichever process has the page."""
        for shard in list(filter(None, self._shards)):
            shard.drop(ref)

    def life(self) -> Life:
        """That of all processes together."""
        lives = [shard.life() for shard in list(self._shards) if shard]
        reading = [page for each in lives for page in each.reading]
        more = sum(each.more for each in lives) + len(reading[SHOWN:])
        return Life(tuple(reading[:SHOWN]), more, sum(each.waiting for each in lives))

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; the caller puts them in order."""
        queue = PageQueue(iter(pages))
        self._losses = [0] * len(self._openers)
        whole, closed = False, self._closed
        try:
            while self._closed == closed:
                self._start()
                self._feed(queue)
                if not any(self._shards):
                    yield from (self._failed(task, "no process is left to read it") for task in queue.rest())
                    whole = True
                    break
                if not queue.pending and not self._busy:
                    whole = True
                    break
                yield from self._listen(queue)
        finally:
            if not whole:  # interrupted: what is still being read would come back with the next pages
                self.close()

    @property
    def _on_cpu(self) -> bool:
        return self._known is not None and self._known.device == "cpu"

    @property
    def _busy(self) -> bool:
        return any(shard and shard.busy for shard in self._shards)

    def _await_all(self) -> None:
        self._start()
        nothing = PageQueue(iter(()))
        while not all(shard and shard.ready for shard in self._shards):
            for _ in self._listen(nothing):
                pass
            if any(self._losses):
                raise ModelError(f"the process that loads the model {self._trouble}; see `ocr2 doctor`")
        self._opened = True

    def _start(self) -> None:
        for place, opener in enumerate(self._openers):
            if self._shards[place] is None and self._losses[place] < LOSSES:
                self._shards[place] = Shard(opener, self._inbox)

    def _feed(self, queue: PageQueue) -> None:
        stock = self._stock or (FEW if self._on_cpu else MANY)
        for shard in filter(None, self._shards):
            if not shard.ready:
                continue
            while len(shard.sent) < stock and (task := queue.next(patient=not self._busy)) is not None:
                shard.send(task)
            if shard.open and queue.over:
                shard.send(None)  # it must not wait for more while it could read on
            if not shard.busy and queue.over and queue.suspects:
                for _ in range(min(SUSPECTS, len(queue.suspects))):
                    shard.send(queue.suspects.popleft())
                shard.send(None)

    def _listen(self, queue: PageQueue) -> Iterator[Transcript]:
        """Take one message, or notice that none comes."""
        before = time.monotonic()
        try:
            shard, message = self._inbox.get(timeout=HUNGRY if queue.awaited else BEAT / 4)
        except Empty:
            yield from self._watch(time.monotonic() - before, queue)
            return
        # Its last messages may still be in the inbox; its pages have gone back to the queue already.
        if shard not in self._shards:
            return  # one that was ended
        if isinstance(message, Refused) and not self._opened:
            raise message.error
        if message is None or isinstance(message, Broke | Refused):
            shard.trouble = f"broke off ({_why(message)})" if message else shard.trouble
            yield from self._lose(shard, queue)
            return
        shard.silent, shard.heard = 0.0, True
        if isinstance(message, Alive):
            shard.tell(message.life)
            return
        shard.still = 0.0
        yield from self._take(shard, message)

    def _take(self, shard: Shard, message: Message) -> Iterator[Transcript]:
        if isinstance(message, Said):
            if self.hear:
                self.hear(message.ref, message.tokens)
        elif isinstance(message, Ready):
            if self._known not in (None, message):
                raise ModelError("the devices do not read alike (number formats differ); name some with --gpus 0,1")
            self._known, shard.ready = message, True
        elif isinstance(message, Pulled):
            shard.begun.append(shard.sent.popleft())
            self.waited += message.waited
        elif isinstance(message, Transcript) and shard.finish(message.ref):
            self._losses[self._shards.index(shard)] = 0
            yield message

    def _watch(self, waited: float, queue: PageQueue) -> Iterator[Transcript]:
        for shard in list(filter(None, self._shards)):
            shard.silent += waited
            shard.still += waited if shard.busy else 0.0
            # A process that has not said a word yet is being started, which takes its time.
            if shard.silent > (self._patience.silence if shard.heard else self._patience.standstill):
                shard.trouble = f"gave no sign of life for {shard.silent:.0f} s"
            elif shard.still > self._patience.standstill and not self._on_cpu:
                shard.trouble = f"stood still for {shard.still:.0f} s"
            if shard.trouble:
                yield from self._lose(shard, queue)

    def _lose(self, shard: Shard, queue: PageQueue) -> Iterator[Transcript]:
        """A process is gone: what it had not begun goes back, what it had begun comes last, or fails."""
        place = self._shards.index(shard)
        shard.end()
        self._trouble = shard.trouble
        self._shards[place] = None
        self._losses[place] += 1
        self._lost(shard.trouble)
        # What was not begun is innocent: it goes back in front, in its order, and without a strike.
        queue.back.extendleft(reversed(shard.sent))
        for task in shard.begun:
            if task.strikes:
                yield self._failed(task, f"two processes ended while reading this page; the last one {shard.trouble}")
            else:
                queue.suspects.append(replace(task, strikes=1))

    def _lost(self, trouble: str) -> None:
        """A process has ended before its time. May raise, where none is to come in its place."""

    def _failed(self, task: Task, why: str) -> Transcript:
        return Transcript(task.ref, "", Finish.ERROR, reader=self.name, error=why)


def _why(message: Broke | Refused) -> str:
    return message.text if isinstance(message, Broke) else str(message.error)


def _end_all(shards: list[Shard | None]) -> None:
    running = [shard for shard in shards if shard]
    shards[:] = [None] * len(shards)
    for shard in running:
        shard.process.kill()
    for shard in running:
        shard.end()
