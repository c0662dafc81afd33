"""The engine: reads pages with a network on one device, continuously filling a fixed number of slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.engine.cache.ring import ring_of
from pipeline.engine.decoding.loops import LoopWatch
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.dialogue.answers import Answers
from pipeline.engine.dialogue.handover import Answer, Bundle, Look, Opening, Seen
from pipeline.engine.dialogue.questions import Questions
from pipeline.engine.dialogue.readings import Reading, sheet_of
from pipeline.engine.drafts.drafter import Drafter
from pipeline.engine.drafts.guesses import MOST, Guesses
from pipeline.engine.drafts.pace import GUESSING, PLAIN, RESTS, Pace, Turn, steady
from pipeline.engine.intake import Intake
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.memory import TYPICAL_TOKENS, room_for
from pipeline.engine.runner import Runner
from pipeline.engine.scheduler import Scheduler, life_of
from pipeline.engine.settings import settings_key
from pipeline.model.family.known import views_of
from pipeline.model.formats.number_format import format_of
from pipeline.model.network import Network
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import KvCache
from pipeline.transcriber import Life
from pipeline.transcript import PageRef, Transcript
from pipeline.views.ahead import Ahead
from pipeline.views.rules import ViewRules

_UNWANTED = 4096
"""Pages that are remembered as unwanted: those that were read when it was said stay among them."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model: its network, its tokenizer, the user's name for it, and a key of its files' content."""

    name: str
    identity: str
    network: Network
    tokenizer: Tokenizer


class Engine:
    """A Transcriber (`pipeline.readers.choice`). One `transcribe` at a time; its slots' tensors are kept in between.

    `slots` is as many as the device has memory for, where it is not given; on CUDA everything on the device together
    may take the share `gpu_memory` of it. `views` are those of the network's usual mode, where they are not given.
    `workers` processes rasterise ahead; with none, pages are rasterised here. `kv_cache` is how keys and values are
    kept between steps. With `guess` steps try tokens ahead, which the network checks: those that a `drafter` says the
    page may have, and what the answer said before. They change no text.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        prompt: str,
        options: DecodingOptions,
        slots: int | None = None,
        *,
        views: ViewRules | None = None,
        gpu_memory: float = 0.9,
        workers: int = 0,
        kv_cache: KvCache = "auto",
        guess: bool = False,
        drafter: Drafter | None = None,
        prompt_room: int = 0,
    ) -> None:
        network, tokenizer = checkpoint.network, checkpoint.tokenizer
        self._checkpoint = checkpoint
        self._options = options
        self._workers = workers
        self.hear: Callable[[PageRef, Sequence[int]], None] | None = None
        self._unwanted: set[PageRef] = set()
        self._format = format_of(network)
        self._views = views or views_of(network.config)
        self.questions = Questions(self.name, network.config, tokenizer, prompt, options, self._views, prompt_room)
        self._answers = Answers(self.name, tokenizer, self.questions.former)
        self._kept = cache_dtype(kv_cache, self._format.dtype)
        ring = ring_of(network.config.decoder, MOST if guess or drafter else 0)
        length = self.questions.slot_length(ring)
        typical = self.questions.in_ring(ring) if ring else TYPICAL_TOKENS
        room = room_for(network, self._views, length, slots, gpu_memory, self._kept, typical)
        whitelist = tokenizer.made_of(options.ngram_whitelist)
        self._drafter = drafter
        guesses = self._guesses(room.slots) if guess or drafter else None
        self._runner = Runner(network, room, options, whitelist, self._kept, guesses)
        self._at_once = room.pages
        self._life = Life()
        accelerator = self._runner.device.type != "cpu"
        # Asking the device after each step costs an accelerator its lead; finished slots are frozen meanwhile.
        self._pace = Pace(PLAIN, GUESSING, 0 if ring else RESTS) if accelerator else steady(1)
        # A look is read when the device has the next steps to go on with, so that it never waits for us.
        self._looks_ahead = 1 if self._runner.device.type == "cuda" else 0

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self._checkpoint.name

    @property
    def settings(self) -> str:
        """A key of weights, number formats, prompt and decoding options."""
        formats = self._format.beside(self._kept)
        return settings_key(self._checkpoint.identity, formats, self.questions.prompt, self._views, self._options)

    def suggest(self, ref: PageRef, text: str) -> None:
        """A draft of a page that comes later, in the grammar of the model's answers. It changes no text."""
        self.questions.former.suggest(ref, text)

    @property
    def device(self) -> str:
        """What kind of device it reads with: cpu, cuda or mps."""
        return self._runner.device.type

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once: schedule → run → collect. Pages are pulled as slots get free, or just ahead of that."""
        scheduler, looks = Scheduler(self._runner.room.slots), deque[tuple[Look, dict[int, Reading]]]()
        self._runner.reset()
        options = self._options
        rules = options.together.views if options.together else self._views
        with Ahead(
            pages, options.dpi, self._workers, self._at_once, options.upright, rules, self._drafter, self._views,
            self._runner.encoder.landing,
        ) as ahead:  # fmt: skip
            intake = self._intake(scheduler, ahead)
            while True:
                for page in intake.admit():
                    yield self._answers.unread(page)
                if not scheduler:
                    return
                turn = self._turn(scheduler)
                self._run(scheduler, ahead, turn)
                looks.append((self._runner.look(turn.steps, turn.guess), scheduler.busy))
                while len(looks) > self._looks_ahead:
                    yield from self._collect(scheduler, ahead, *looks.popleft())

    def drop(self, ref: PageRef) -> None:
        """Leave this page at the next look; see `pipeline.transcriber.Attentive`."""
        if len(self._unwanted) > _UNWANTED:
            self._unwanted.clear()
        self._unwanted.add(ref)

    def life(self) -> Life:
        """As of the last look at the device."""
        return self._life

    def close(self) -> None:
        """Nothing: the device's memory is free when this object is gone; processes end with the pages they were for."""

    def _intake(self, scheduler: Scheduler, ahead: Ahead) -> Intake:
        def occupy(opening: Opening, bundle: Bundle) -> None:
            watch = LoopWatch(self._checkpoint.tokenizer.decode) if self._options.stop_loops else None
            sheets = tuple(map(sheet_of, bundle))
            scheduler.occupy(opening.slot, Reading(sheets, len(opening.prompt), watch))

        # On a CPU one page more keeps the other cores busy; on CUDA a batch waits while another is encoded.
        lead = self._at_once * ((2 if self._runner.device.type == "cuda" else 1) if self._runner.encoder.beside else 0)
        together = self._options.together.pages if self._options.together else 1
        return Intake(
            self._runner,
            scheduler,
            ahead,
            self._opening,
            occupy,
            self.questions.longest(),
            self._at_once,
            lead,
            together,
        )

    def _guesses(self, slots: int) -> Guesses:
        weight, tokenizer = self._checkpoint.network.lm_head.weight, self._checkpoint.tokenizer
        numeric = torch.zeros(weight.shape[0], dtype=torch.bool)
        numeric[list(tokenizer.made_of(tuple("0123456789")))] = True
        return Guesses(slots, self._options.most_tokens, numeric.to(weight.device))

    def _opening(self, slot: int, bundle: Bundle, seen: Seen) -> Opening:
        return self.questions.opening(slot, bundle, seen, len(bundle) * self._limit(bundle[0].ref))

    def _limit(self, ref: PageRef) -> int:
        return self.questions.limit(ref)

    def _turn(self, scheduler: Scheduler) -> Turn:
        if self._runner.guesses is None:
            return Turn(self._pace.plain, guess=False)
        return self._pace.turn(self._runner.steps.demand, len(scheduler))

    def _run(self, scheduler: Scheduler, ahead: Ahead, turn: Turn) -> None:
        """Some steps for all slots in use; where the cache is used up, the newest pages have to wait."""
        for slot, reading in scheduler.busy.items():
            while scheduler.slot_of(reading) is not None and not self._runner.grow(slot, turn.steps, turn.guess):
                newest = scheduler.newest
                self._runner.drop(newest)
                for sheet in reversed(scheduler.release(newest).sheets):
                    ahead.again(sheet.ref)
        if max(scheduler.busy) + 1 >= 2 * len(scheduler):
            # Few slots in use, far apart: the tail of a batch. Together they make a smaller step.
            for slot, to in scheduler.close_ranks():
                self._runner.move(slot, to)
        self._runner.run(max(scheduler.busy) + 1, turn.steps, turn.guess)

    def _collect(
        self, scheduler: Scheduler, ahead: Ahead, look: Look, readings: dict[int, Reading]
    ) -> Iterator[Transcript]:
        """What a look finds finished or in a loop, if it is still being read; it may be in another slot by now."""
        alive, counts = look.alive(), look.counts()
        self._runner.steps.demand = look.demand()
        self._life = life_of(readings, counts)
        for slot, reading in readings.items():
            here = scheduler.slot_of(reading)
            if here is None:
                continue
            self._runner.learn(here, reading.prompt_tokens + counts[slot], look)
            if reading.ref in self._unwanted:
                self._unwanted.discard(reading.ref)
                scheduler.release(here)
                self._runner.drop(here)
                yield self._answers.unwanted(reading.ref)
            elif not alive[slot]:
                scheduler.release(here)
                yield from self._apart(reading, self._transcript(reading, self._runner.close(here)), ahead)
            elif (watch := reading.watch) and (loop := watch.feed(self._heard(reading, watch, look, slot))):
                scheduler.release(here)
                drafted = self._runner.drafted(here)
                self._runner.drop(here)
                yield from self._apart(reading, self._answers.looped(reading, watch, loop, drafted), ahead)

    def _heard(self, reading: Reading, watch: LoopWatch, look: Look, slot: int) -> NDArray[np.int64]:
        """What a page has written since it was last looked at; told where that was asked for."""
        new = look.written(slot, watch.count)
        if self.hear and reading.ref.asked and reading.ref.asked.aloud:
            self.hear(reading.ref, new.tolist())
        return new

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        return self._answers.read(reading, answer)

    def _apart(self, reading: Reading, read: Transcript, ahead: Ahead) -> Iterator[Transcript]:
        """The answer, page by page; those that got no text go back into the queue."""
        pages, alone = self._answers.apart(reading, read)
        yield from pages
        for ref in reversed(alone):
            ahead.again(ref, alone=True)
