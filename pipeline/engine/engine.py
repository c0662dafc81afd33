"""The engine: reads pages with a network on one device, continuously filling a fixed number of slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.engine.cache.ring import Ring, ring_of
from pipeline.engine.decoding.by_block import by_block
from pipeline.engine.decoding.loops import Loop, LoopWatch
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.decoding.prompts import prompt_ids
from pipeline.engine.drafts.drafter import Drafter
from pipeline.engine.drafts.guesses import MOST, Guesses
from pipeline.engine.handover import Answer, Look, Opening
from pipeline.engine.intake import Bundle, Intake, Seen
from pipeline.engine.kernels.kept import cache_dtype
from pipeline.engine.memory import TYPICAL_TOKENS, room_for
from pipeline.engine.runner import Runner
from pipeline.engine.scheduler import Reading, Scheduler, Sheet, life_of
from pipeline.engine.settings import settings_key
from pipeline.engine.together import joined, shared_out
from pipeline.errors import ModelError
from pipeline.model.family.grammar import as_written
from pipeline.model.family.known import member_of, views_of
from pipeline.model.network import Network
from pipeline.model.tokenizer import Tokenizer
from pipeline.reader_options import KvCache
from pipeline.transcriber import Life
from pipeline.transcript import Drafted, Finish, PageRef, Transcript
from pipeline.views.ahead import Ahead, BrokenPage, ReadyPage
from pipeline.views.crops import a4_grid
from pipeline.views.rules import ViewRules
from pipeline.views.upright import turn_back

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
        self._checkpoint = checkpoint
        opening = checkpoint.tokenizer.encode("<|ref|>")
        self._begins_block = opening[0] if len(opening) == 1 else -1  # of a block; not one token in every tokenizer
        self._prompt = prompt
        self._options = options
        self._workers = workers
        self._prompt_room = prompt_room  # tokens by which a prompt that a page is `Asked` with may be longer
        self.hear: Callable[[PageRef, Sequence[int]], None] | None = None
        self._unwanted: set[PageRef] = set()
        self._dtype = checkpoint.network.lm_head.weight.dtype
        self._member = member_of(checkpoint.network.config)
        self._views = views or views_of(checkpoint.network.config)
        self._kept = cache_dtype(kv_cache, self._dtype)
        ring = ring_of(checkpoint.network.config.decoder, MOST if guess or drafter else 0)
        length = self._slot_length(ring)
        room = room_for(checkpoint.network, self._views, length, slots, gpu_memory, self._kept, self._typical(ring))
        whitelist = checkpoint.tokenizer.made_of(options.ngram_whitelist)
        self._drafter = drafter
        guesses = self._guesses(room.slots) if guess or drafter else None
        self._runner = Runner(checkpoint.network, room, options, whitelist, self._kept, guesses)
        self._at_once = room.pages
        self._life = Life()
        accelerator = self._runner.device.type != "cpu"
        # Asking the device after each step costs an accelerator its lead; finished slots are frozen meanwhile.
        # Steps that guess are longer, and blocks are held for all that they might write.
        self._steps_between_looks = (4 if guesses else 8) if accelerator else 1
        # A look is read when the device has the next steps to go on with, so that it never waits for us.
        self._looks_ahead = 1 if self._runner.device.type == "cuda" else 0

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self._checkpoint.name

    @property
    def settings(self) -> str:
        """A key of weights, number formats, prompt and decoding options."""
        formats = self._dtype, self._kept
        return settings_key(self._checkpoint.identity, *formats, self._prompt, self._views, self._options)

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
            pages, options.dpi, self._workers, self._at_once, options.upright, rules, self._drafter, self._views
        ) as ahead:
            intake = self._intake(scheduler, ahead)
            while True:
                for page in intake.admit():
                    yield self._unread(page)
                if not scheduler:
                    return
                self._run(scheduler, ahead)
                looks.append((self._runner.look(self._steps_between_looks), scheduler.busy))
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
            sheets = tuple(Sheet(page.ref, page.width, page.height, page.blank, page.turned) for page in bundle)
            scheduler.occupy(opening.slot, Reading(sheets, len(opening.prompt), watch))

        lead = 2 * self._at_once if self._runner.device.type == "cuda" else 0
        together = self._options.together.pages if self._options.together else 1
        return Intake(
            self._runner, scheduler, ahead, self._opening, occupy, self._longest_prompt(), self._at_once, lead, together
        )

    def _guesses(self, slots: int) -> Guesses:
        weight, tokenizer = self._checkpoint.network.lm_head.weight, self._checkpoint.tokenizer
        numeric = torch.zeros(weight.shape[0], dtype=torch.bool)
        numeric[list(tokenizer.made_of(tuple("0123456789")))] = True
        return Guesses(slots, self._options.most_tokens, numeric.to(weight.device))

    def _opening(self, slot: int, bundle: Bundle, seen: Seen) -> Opening:
        page, together = bundle[0], self._options.together
        said = [as_written(each.draft, self._member.grammar) for each in bundle]
        if together is None or page.alone:
            (draft,) = said
            own = self._member.prompts["figure"] if page.ref.part else self._prompt
            own = page.ref.asked.prompt or own if page.ref.asked else own
            prompt = self._prompt_ids(self._views.tokens(page.views.columns, page.views.rows), own)
            ban = self._options.ban(page.pdf and not page.ref.part, again=page.ref.attempt > 0)
        else:
            draft, ban = joined(said), together.ngram
            prompt = self._prompt_ids(len(bundle) * together.views.tokens(0, 0), together.prompt)
        limit = len(bundle) * self._limit(page.ref)
        return Opening(slot, seen, prompt, limit, ban, self._checkpoint.tokenizer.encode(draft) if draft else [])

    def _limit(self, ref: PageRef) -> int:
        """How many tokens a page may get."""
        most = self._options.max_tokens
        return min(most, ref.asked.limit or most) if ref.asked else most

    def _slot_length(self, ring: Ring | None) -> int:
        """Room for the longest prompt and answer, or the ring of it, as far as the network has positions."""
        prompt, positions = self._longest_prompt(), self._checkpoint.network.config.decoder.max_positions
        if positions <= prompt:
            several = self._options.together is not None
            pages, remedy = ("pages take", "fewer --pages-at-once") if several else ("a page takes", "another model")
            raise ModelError(f"{self.name} has {positions} positions, {pages} up to {prompt}; use {remedy}")
        most = self._options.most_tokens
        return min(positions, prompt + (most if ring is None else min(most, ring.size)))

    def _typical(self, ring: Ring | None) -> int:
        """What a slot holds on average: where answers have a window, an A4 page's prompt and that, long or short."""
        if ring is None or self._options.together:
            return TYPICAL_TOKENS if ring is None else self._longest_prompt() + ring.size
        shape = a4_grid(self._views, self._options.dpi)
        return len(self._prompt_ids(self._views.tokens(*shape))) + ring.size

    def _longest_prompt(self) -> int:
        """Tokens of the longest prompt of any page, or of as many pages as are read at once."""
        together, prompts = self._options.together, (self._prompt, self._member.prompts.get("figure", self._prompt))
        longest = max(len(self._prompt_ids(self._views.most_tokens, prompt)) for prompt in prompts) + self._prompt_room
        if together is None:
            return longest
        return max(longest, len(self._prompt_ids(together.pages * together.views.tokens(0, 0), together.prompt)))

    def _prompt_ids(self, image: int, prompt: str | None = None) -> list[int]:
        """For an image, or images, of so many tokens; the prompt is the usual one where none is given."""
        config, encode = self._checkpoint.network.config, self._checkpoint.tokenizer.encode
        return prompt_ids(prompt or self._prompt, encode, config.bos_token_id, config.image_token_id, image)

    def _run(self, scheduler: Scheduler, ahead: Ahead) -> None:
        """Some steps for all slots in use; where the cache is used up, the newest pages have to wait."""
        steps = self._steps_between_looks
        for slot, reading in scheduler.busy.items():
            while scheduler.slot_of(reading) is not None and not self._runner.grow(slot, steps):
                newest = scheduler.newest
                self._runner.drop(newest)
                for sheet in reversed(scheduler.release(newest).sheets):
                    ahead.again(sheet.ref)
        if max(scheduler.busy) + 1 >= 2 * len(scheduler):
            # Few slots in use, far apart: the tail of a batch. Together they make a smaller step.
            for slot, to in scheduler.close_ranks():
                self._runner.move(slot, to)
        self._runner.run(max(scheduler.busy) + 1, steps)

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
            self._runner.learn(here, reading.prompt_tokens + counts[slot], look.step)
            if reading.ref in self._unwanted:
                self._unwanted.discard(reading.ref)
                scheduler.release(here)
                self._runner.drop(here)
                yield Transcript(reading.ref, "", Finish.ERROR, reader=self.name, error="nobody wants it any more")
            elif not alive[slot]:
                scheduler.release(here)
                yield from self._apart(reading, self._transcript(reading, self._runner.close(here)), ahead)
            elif (watch := reading.watch) and (loop := watch.feed(self._heard(reading, watch, look, slot))):
                scheduler.release(here)
                drafted = self._runner.drafted(here)
                self._runner.drop(here)
                yield from self._apart(reading, self._looped(reading, watch, loop, drafted), ahead)

    def _heard(self, reading: Reading, watch: LoopWatch, look: Look, slot: int) -> NDArray[np.int64]:
        """What a page has written since it was last looked at; told where that was asked for."""
        new = look.written(slot, watch.count)
        if self.hear and reading.ref.asked and reading.ref.asked.aloud:
            self.hear(reading.ref, new.tolist())
        return new

    def _looped(self, reading: Reading, watch: LoopWatch, loop: Loop, drafted: Drafted | None) -> Transcript:
        page = reading.sheets[0]
        return Transcript(
            page.ref, turn_back(watch.text(loop), reading.turned), Finish.LOOP, page.width, page.height, self.name,
            reading.prompt_tokens, watch.count, turned=reading.turned, drafted=drafted,
        )  # fmt: skip

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        watch = reading.watch
        if watch and (loop := watch.feed(np.array(answer.tokens[watch.count :], np.int64))):
            return self._looped(reading, watch, loop, answer.drafted)  # it ended between two looks
        text, page = self._checkpoint.tokenizer.decode(answer.tokens), reading.sheets[0]
        return Transcript(
            page.ref,
            turn_back(text, reading.turned),
            _finish(text, answer.stopped, page.blank),
            page.width,
            page.height,
            self.name,
            reading.prompt_tokens,
            answer.count,
            answer.confidence,
            turned=reading.turned,
            drafted=answer.drafted,
            by_block=by_block(answer.tokens, answer.probabilities, self._begins_block),
        )

    def _apart(self, reading: Reading, read: Transcript, ahead: Ahead) -> Iterator[Transcript]:
        """The answer as it is, where it is about one page; else page by page, and pages without a text come again.

        An empty page is believed only where nothing is to be seen on it.
        """
        if len(reading.sheets) == 1:
            yield read
            return
        pages, alone = len(reading.sheets), list[PageRef]()
        for sheet, text in zip(reading.sheets, shared_out(read.text, pages, read.finish.good), strict=True):
            if text is None or not (text.strip() or sheet.blank):
                alone.append(sheet.ref)
                continue
            yield Transcript(
                sheet.ref,
                turn_back(text, sheet.turned),
                _finish(text, True, sheet.blank),
                sheet.width,
                sheet.height,
                self.name,
                reading.prompt_tokens // pages,
                len(self._checkpoint.tokenizer.encode(text)),
                read.confidence,
                turned=sheet.turned,
                drafted=read.drafted if sheet is reading.sheets[0] else None,
            )
        for ref in reversed(alone):
            ahead.again(ref, alone=True)

    def _unread(self, page: ReadyPage | BrokenPage) -> Transcript:
        """A page that needs no slot."""
        if isinstance(page, BrokenPage):
            return Transcript(page.ref, "", Finish.ERROR, reader=self.name, error=page.error[:300])
        return Transcript(page.ref, "", Finish.BLANK, page.width, page.height, self.name)


def _finish(text: str, stopped: bool, blank: bool) -> Finish:
    if not stopped:
        return Finish.LENGTH
    if text.strip():
        return Finish.STOP
    return Finish.BLANK if blank else Finish.EMPTY
