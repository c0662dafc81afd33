"""Runs the network on one device: pages into slots, and steps of one token more for every slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipeline.engine.cache.cache import BlockCache, PromptContext
from pipeline.engine.cache.paged import BlockTable
from pipeline.engine.cache.ring import ring_of
from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.compiled.chooser import compiled_chooser
from pipeline.engine.compute.backends import choose_backend
from pipeline.engine.compute.units import one_thread
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.dialogue.handover import Answer, Look, Opening, Prompt, Seen, side_by_side
from pipeline.engine.drafts.guesses import FIRST, MOST, Guesses
from pipeline.engine.encoding.encoder import Encoder
from pipeline.engine.memory import Room
from pipeline.engine.steps import Steps
from pipeline.model.formats.number_format import format_of
from pipeline.model.network import Network
from pipeline.transcript import Drafted, PageViews

SMALL = 100_000_000
"""Parameters below which a step on a CPU is run by one thread."""


class Runner:
    """Owns the slots' tensors. Which page goes where is the scheduler's affair.

    Nothing but `Look.alive` and `close` waits for the device, so that an accelerator always has steps to go on with.
    """

    def __init__(
        self,
        network: Network,
        room: Room,
        options: DecodingOptions,
        whitelist: tuple[int, ...],
        kept: torch.dtype | None = None,
        guesses: Guesses | None = None,
    ) -> None:
        """Keys and values are kept in the format `kept`, the network's own where it is not given."""
        config = network.config
        self.network = network
        self.device = network.device
        self.room = room
        chooser = compiled_chooser(self.device, whitelist)
        self.states = SlotStates(room.slots, options, whitelist, config.eos_token_id, self.device, chooser)
        self.blocks = BlockTable(room.slots, room.length, room.block, room.blocks)
        self._table = torch.from_numpy(self.blocks.rows.copy()).to(self.device)
        self._uploaded = 0
        self.kept = kept or network.dtype
        cuda = self.device.type == "cuda"
        self._small = self.device.type == "cpu" and sum(each.numel() for each in network.parameters()) < SMALL
        # A large network leaves a CPU's memory no room for what answers do not take.
        self.cache = BlockCache(
            config.decoder, room.blocks, room.block, self.device, self.kept, sparing=not self._small
        )
        same = self.kept is network.dtype and format_of(network).exact_from is None
        self.backend = choose_backend(self.device, own_format=same)
        self._bounds = [0] * room.slots  # above each slot's tokens, by 0 where it is empty
        self._limits = [0] * room.slots
        self._ran, self._most = 0, 0  # steps, and tokens that a slot may have written in them
        self.ring = ring_of(config.decoder, MOST if guesses else 0)
        self.guesses, self.steps = guesses, self._steps(guesses)
        self._aside = torch.cuda.Stream(self.device) if cuda else None  # type: ignore[no-untyped-call]
        self.encoder = Encoder(network, room.pages, self._small)
        if cuda:
            torch.cuda.synchronize(self.device)  # what was made so far is seen by all streams

    def guess(self, guesses: Guesses | None) -> None:
        """From now on steps try these; nothing is being read."""
        self.steps.graphs.forget()
        self.ring = ring_of(self.network.config.decoder, MOST if guesses else 0)
        self.guesses, self.steps = guesses, self._steps(guesses)

    def _steps(self, guesses: Guesses | None) -> Steps:
        steps = Steps(self.network, self.states, self.cache, self._table, self.backend, guesses, self.ring)
        steps.graphs.priority = -1  # measured beside encoding (README)
        return steps

    @torch.inference_mode()
    def reset(self) -> None:
        """Free all slots, whatever was going on in them."""
        self.states.reset()
        if self.guesses:
            self.guesses.reset()
        for slot in range(self.room.slots):
            self._empty(slot)

    def encode(self, pages: list[PageViews]) -> Seen:
        """Image embeddings of each page, made beside the steps on CUDA and on a CPU. Raises torch.OutOfMemoryError."""
        return self.encoder.encode(pages, any(self._bounds))

    @torch.inference_mode()
    def open(self, openings: list[Opening]) -> None:
        """Prefill pages' prompts into free slots, and write the first tokens.

        There must be blocks for the prompts. Raises torch.OutOfMemoryError; the caller then drops the slots.
        """
        images = torch.cat([each.take() for opening in openings for each in opening.encoded])
        lengths = [len(opening.prompt) for opening in openings]
        slots = [opening.slot for opening in openings]
        for slot, length in zip(slots, lengths, strict=True):
            assert self.blocks.extend(slot, length), "no blocks for the prompt"
        places = np.concatenate([self.blocks.places(*each) for each in zip(slots, lengths, strict=True)])
        logits = self._prefill([opening.prompt for opening in openings], images, self._send(places))
        reach = self.room.length if self.ring is None else self.network.config.decoder.max_positions
        limits = [min(opening.limit, reach - length) for opening, length in zip(openings, lengths, strict=True)]
        bans = [(opening.ban.size, opening.ban.window) for opening in openings]
        state = self._send(np.array([slots, lengths, limits, *zip(*bans, strict=True)]))
        self.states.open(state[0], state[1], state[2], state[3:], logits)
        if self.guesses:
            drafts = side_by_side([opening.draft for opening in openings], self.guesses.draft.shape[1])
            self.guesses.open(state[0], *(self._send(part) for part in drafts))
            # The device will have asked them when it is looked at next, and some steps later.
            new = sum(FIRST for opening in openings if len(opening.draft) > 1)
            self.steps.demand = max(self.steps.demand, new)
        for slot, length, limit in zip(slots, lengths, limits, strict=True):
            room = limit if self.ring is None else min(limit, self.ring.size)
            self._bounds[slot], self._limits[slot] = length + 1, length + room

    def _prefill(self, prompts: Sequence[Prompt], images: Tensor, places: Tensor) -> Tensor:
        """Logits of the prompts' last places, [prompts, vocabulary]; all prompts lie in one row."""
        lengths = [len(prompt) for prompt in prompts]
        ids, positions = map(np.concatenate, (prompts, [np.arange(length) for length in lengths]))
        # Sent at once: each transfer takes the host as long as a launch.
        table = self._send(np.concatenate((ids, positions, np.cumsum(lengths) - 1)))
        row, position, ends = torch.split(table, [len(ids), len(ids), len(lengths)])
        context = PromptContext(self.cache, places, lengths)
        hidden = self.network.decode(self.network.embed(row[None], images), position[None], context, ends)
        logits: Tensor = self.network.lm_head(hidden[0])
        return logits

    def _send(self, array: NDArray[Any]) -> Tensor:
        """To the device, without waiting for it."""
        # Views cut from one image may be read-only, which torch takes only with a warning.
        tensor = torch.from_numpy(np.require(array, requirements=["C", "W"]))
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)

    def prompts_that_fit(self, length: int, busy: int) -> int:
        """How many prompts of so many tokens there are blocks for; slots in use are left some to grow into."""
        reserve = busy // 8 if self.room.shared else 0
        spare = self.blocks.free_tokens // self.room.block - reserve
        return max(0, spare) // -(-(length + 1) // self.room.block)

    def grow(self, slot: int, steps: int, guess: bool = True) -> bool:
        """Make room for what a slot may write in the next `steps`; False where there is none."""
        return self.blocks.extend(slot, min(self._bounds[slot] + steps * self.steps.stride(guess), self._limits[slot]))

    @torch.inference_mode()
    def run(self, count: int, steps: int, guess: bool = True) -> None:
        """`steps` more for each of the first `count` slots that is alive; the others are left alone.

        They guess, where there are guesses and this is wanted.
        """
        stride = self.steps.stride(guess)
        self._upload()
        with one_thread() if self._small else nullcontext():
            for _ in range(steps):
                bounds = zip(self._bounds, self._limits, strict=True)
                self._bounds = [min(bound + stride, limit) for bound, limit in bounds]
                self.steps.span = max(1, -(-max(self._bounds[:count]) // self.room.block))
                self.steps.run(count, guess)
                self._ran += 1
                self._most += stride

    def _upload(self) -> None:
        if self._uploaded != self.blocks.version:
            self._table.copy_(self._send(self.blocks.rows.copy()))
            self._uploaded = self.blocks.version

    @torch.inference_mode()
    def look(self, steps: int, guess: bool = True) -> Look:
        """Ask which slots are alive after the steps so far, and for what they have written in the last `steps`.

        The answer can be had once the device has done the steps.
        """
        newest = self.states.newest(steps * self.steps.stride(guess) + 1)  # a page opens with one token
        demand = self.guesses.demand if self.guesses else self.states.counts.new_zeros(())
        states = self.states.alive, self.states.counts, newest, demand
        if self.device.type != "cuda":
            alive, counts, newest, demand = (state.to("cpu", copy=True) for state in states)
            return Look(self._ran, self._most, alive, counts, newest, demand, None)
        alive, counts, newest, demand = (torch.empty_like(state, device="cpu", pin_memory=True) for state in states)
        for copy, state in zip((alive, counts, newest, demand), states, strict=True):
            copy.copy_(state, non_blocking=True)
        passed = torch.cuda.Event()  # type: ignore[no-untyped-call]
        passed.record()
        return Look(self._ran, self._most, alive, counts, newest, demand, passed)

    def learn(self, slot: int, tokens: int, look: Look) -> None:
        """A slot had `tokens` of prompt and answer at that look: less than it might have had."""
        self._bounds[slot] = min(self._bounds[slot], tokens + self._most - look.most)

    @torch.inference_mode()
    def close(self, slot: int) -> Answer:
        """The answer in a slot that a look has found finished; the slot is free from now on."""
        with self._beside():
            count = int(self.states.counts[slot])
            certainty = float(self.states.certainty[slot])
            tokens: list[int] = self.states.tokens[slot, :count].tolist()
            probabilities: list[float] = self.states.probabilities[slot, :count].tolist()
        drafted = self.drafted(slot)
        self._empty(slot)
        stopped = tokens[-1] == self.network.config.eos_token_id
        tokens = tokens[:-1] if stopped else tokens
        return Answer(
            tokens, stopped, count, min(certainty / count, 1.0), drafted, tuple(probabilities[: len(tokens)])
        )  # fmt: skip

    @torch.inference_mode()
    def drafted(self, slot: int) -> Drafted | None:
        """How a slot's guesses have fared so far; None where there are none."""
        if self.guesses is None:
            return None
        with self._beside():
            guessed, kept, steps = self.guesses.totals[slot].tolist()
        return Drafted(guessed, kept, steps)

    @contextmanager
    def _beside(self) -> Iterator[None]:
        """A stream of its own: what is frozen can be fetched past the steps that are under way."""
        with torch.cuda.stream(self._aside):
            yield

    @torch.inference_mode()
    def drop(self, slot: int) -> None:
        """Free a slot before its page is done."""
        self.states.stop(slot)
        self._empty(slot)

    @torch.inference_mode()
    def move(self, slot: int, to: int) -> None:
        """What is read in one slot goes on in an empty one."""
        self.states.move(slot, to)
        if self.guesses:
            self.guesses.move(slot, to)
        self.blocks.move(slot, to)
        self._bounds[to], self._limits[to] = self._bounds[slot], self._limits[slot]
        self._bounds[slot] = self._limits[slot] = 0

    def _empty(self, slot: int) -> None:
        self.blocks.release(slot)
        self._bounds[slot] = self._limits[slot] = 0
