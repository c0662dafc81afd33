"""The engine: reads pages with a network on one device, continuously filling a fixed number of slots."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import torch

from pipeline import crops
from pipeline.documents import DocumentCache
from pipeline.engine.blank import is_blank
from pipeline.engine.options import DecodingOptions
from pipeline.engine.runner import Answer, Runner
from pipeline.engine.scheduler import Reading, Scheduler
from pipeline.errors import InputError, ModelError
from pipeline.model.network import Network, image_tokens
from pipeline.model.tokenizer import Tokenizer
from pipeline.prompts import prompt_ids
from pipeline.transcript import Finish, Page, PageRef, Transcript


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model: its network, its tokenizer, the user's name for it, and a key of its files' content."""

    name: str
    identity: str
    network: Network
    tokenizer: Tokenizer


class Engine:
    """A Transcriber (`pipeline.transcribe`). One `transcribe` at a time; its slots' tensors are kept in between."""

    def __init__(self, checkpoint: Checkpoint, prompt: str, options: DecodingOptions, slots: int) -> None:
        self._checkpoint = checkpoint
        self._prompt = prompt
        self._options = options
        self._slots = slots
        whitelist = checkpoint.tokenizer.made_of(options.ngram_whitelist)
        self._runner = Runner(checkpoint.network, slots, self._slot_length(), options, whitelist)
        # Asking the device after each step costs an accelerator its lead; finished slots are frozen meanwhile.
        self._steps_between_looks = 1 if self._runner.device.type == "cpu" else 16

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self._checkpoint.name

    @property
    def settings(self) -> str:
        """A key of weights, number format, prompt and decoding options."""
        dtype = str(self._checkpoint.network.lm_head.weight.dtype)
        facts = [self._checkpoint.identity, dtype, self._prompt, asdict(self._options)]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once: schedule → run → collect. At most one raster is held, and `slots` pages are read."""
        scheduler = Scheduler(pages, self._slots)
        self._runner.reset()
        with DocumentCache() as documents:
            while True:
                yield from self._schedule(scheduler, documents)
                if not scheduler.busy:
                    return
                self._run(scheduler)
                yield from self._collect(scheduler)

    def _schedule(self, scheduler: Scheduler, documents: DocumentCache) -> Iterator[Transcript]:
        """Fill the free slots. Pages that cannot be opened are done at once."""
        while (ref := scheduler.next_page()) is not None:
            slot = scheduler.next_slot()
            try:
                reading = self._open(slot, documents.get(ref.source).page(ref.number, self._options.dpi))
            except (InputError, MemoryError, torch.OutOfMemoryError) as error:
                yield self._failed(ref, error)
            else:
                scheduler.occupy(slot, reading)

    def _slot_length(self) -> int:
        """Room for the longest prompt and answer, as far as the network has positions."""
        prompt, positions = (
            len(self._prompt_ids(crops.MAX_TILES)),
            self._checkpoint.network.config.decoder.max_positions,
        )
        if positions <= prompt:
            raise ModelError(
                f"{self.name} has {positions} positions, a page takes up to {prompt}; use another checkpoint"
            )
        return min(positions, prompt + self._options.max_tokens)

    def _prompt_ids(self, tiles: int) -> list[int]:
        config, encode = self._checkpoint.network.config, self._checkpoint.tokenizer.encode
        return prompt_ids(self._prompt, encode, config.bos_token_id, config.image_token_id, image_tokens(tiles))

    def _open(self, slot: int, page: Page) -> Reading:
        views = crops.views(page.pixels)
        prompt = self._prompt_ids(views.columns * views.rows)
        self._runner.open(slot, views, prompt, self._options.max_tokens)
        return Reading(page.ref, page.width, page.height, is_blank(page.pixels), len(prompt))

    def _run(self, scheduler: Scheduler) -> None:
        for _ in range(self._steps_between_looks):
            self._runner.step(max(scheduler.busy) + 1)

    def _collect(self, scheduler: Scheduler) -> Iterator[Transcript]:
        for slot in self._runner.finished(scheduler.busy):
            yield self._transcript(scheduler.release(slot), self._runner.close(slot))

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        text = self._checkpoint.tokenizer.decode(answer.tokens)
        return Transcript(
            reading.ref,
            text,
            _finish(text, answer.stopped, reading.blank),
            reading.width,
            reading.height,
            self.name,
            reading.prompt_tokens,
            answer.count,
            answer.confidence,
        )

    def _failed(self, ref: PageRef, error: BaseException) -> Transcript:
        line = " ".join(str(error).split()) or "not enough memory"
        return Transcript(ref, "", Finish.ERROR, reader=self.name, error=line[:300])


def _finish(text: str, stopped: bool, blank: bool) -> Finish:
    if not stopped:
        return Finish.LENGTH
    if text.strip():
        return Finish.STOP
    return Finish.BLANK if blank else Finish.EMPTY
