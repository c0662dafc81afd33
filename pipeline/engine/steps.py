"""Steps: one token more for every slot, or as many as its guesses turn out right."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.cache.apart import SlotsApart, spans_of
from pipeline.engine.cache.cache import BlockCache, StepContext
from pipeline.engine.cache.ring import Ring
from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.compiled.decoder import compiled_decoder
from pipeline.engine.compute.backends import Backend
from pipeline.engine.compute.graphs import StepGraphs, spare_rows, step_sizes
from pipeline.engine.compute.rows import Rows, lay_out
from pipeline.engine.drafts.guesses import MOST, Guesses
from pipeline.model.network import Network

# 2,048 rows of 129,280 numbers in 16 bits are 530 MB. With 16 rows for each of 384 slots all at once would be 1.6 GB of
# scratch memory that the cache lacks; smaller parts multiply worse.
AT_ONCE = 2048
"""Rows whose logits are in memory at the same time: half a gigabyte of the released vocabulary."""


class Steps:
    """What a step does with the slots' tensors; nothing in it waits for an accelerator."""

    def __init__(
        self,
        network: Network,
        states: SlotStates,
        cache: BlockCache,
        table: Tensor,
        backend: Backend,
        guesses: Guesses | None,
        ring: Ring | None = None,
    ) -> None:
        """`table` [slots, n] names each slot's blocks; whoever changes them there sets `span` to what is in use.

        With a `ring`, answers see a window of themselves; its slack holds the guesses of a step.
        """
        self._network, self._states, self._cache, self._table = network, states, cache, table
        self._backend, self.guesses, self._ring = backend, guesses, ring
        self._device = table.device
        slots = table.shape[0]
        self.graphs = StepGraphs(self.step, self._device.type == "cuda" and backend.static)
        self._sizes = (
            step_sizes(slots, guesses is not None) if self._device.type == "cuda" else list(range(1, slots + 1))
        )
        self._compiled = compiled_decoder(network.decoder, cache) if ring is None else None
        self.span = table.shape[1]
        """Blocks of the longest slot."""
        self.demand = 0
        """Guesses that slots wanted when somebody looked last."""
        self._behind = False  # whether something was written that drafts have not followed yet

    def stride(self, guess: bool) -> int:
        """Tokens that a step may write at most."""
        return MOST + 1 if guess and self.guesses else 1

    def run(self, count: int, guess: bool) -> None:
        """One step of the first `count` slots. Where there are guesses, some steps may go without, but for a ring's."""
        size = next(size for size in self._sizes if size >= count)
        if self.guesses is None or not guess:
            # A ring's slack is no part of any window; rows alone know that.
            assert self.guesses is None or self._ring is None, "a ring with slack takes steps that guess"
            self._behind = True
            self.graphs.run(size)
            return
        if self._behind:
            self.guesses.catch_up(self._states, len(self._table))
            self._behind = False
        self.graphs.run(size, spare_rows(size, self.demand, MOST, full=size == len(self._table)))

    def step(self, count: int, spare: int | None = None) -> None:
        """What is captured: `count` slots, and at most `spare` guesses of all of them, if it guesses."""
        if self.guesses is None or spare is None:
            self._one_more(count)
            return
        proposal = self.guesses.propose(self._states, count)
        if self._device.type == "cpu":  # which can be asked
            spare = int(proposal.wanted.sum())
            if not spare and self._ring is None:  # whose slack rows alone know
                self.guesses.settle(self._states, proposal.wanted, self._one_more(count))
                return
        rows = lay_out(proposal.tokens, proposal.wanted, spare)
        tokens = torch.cat((self._states.last_tokens(count), rows.guesses), 1)[rows.slots, rows.ahead]
        self._states.suppose(rows.slots, rows.ahead, tokens)
        picks, certain = self._choose(self._hidden(count, tokens, rows), rows)
        written = self._states.append_right(picks, certain, rows.guesses, rows.given)
        self.guesses.settle(self._states, rows.given, written)

    def _one_more(self, count: int) -> Tensor:
        """A token for each of the first slots; how many it was given, [count]."""
        logits = self._network.lm_head(self._hidden(count, self._states.last_tokens(count)[:, 0], None))
        return self._states.append(count, logits)

    def _hidden(self, count: int, tokens: Tensor, rows: Rows | None) -> Tensor:
        """Tokens [T] → hidden states [T, width]; their keys and values are kept."""
        embeddings = self._network.embed(tokens[:, None])
        positions, context = self._apart(count, rows) if self._is_apart else self._together(count, rows)
        if self._compiled and isinstance(context, SlotsApart):
            return self._compiled(embeddings[:, 0], positions, context.spans)
        hidden = self._network.decode(embeddings, positions[:, None], context)
        return hidden[:, 0]

    @property
    def _is_apart(self) -> bool:
        """Whether each slot is one block of a CPU's memory, in the order of its tokens."""
        return self._cache.has_whole and self._ring is None and self.span == 1

    def _apart(self, count: int, rows: Rows | None) -> tuple[Tensor, SlotsApart]:
        """Positions of the tokens, and what they see, told on the host: a CPU need not be waited for."""
        newest, blocks = self._states.positions(count), self._table[:count, 0]
        sizes = [1] * count if rows is None else rows.sizes.tolist()
        spans = spans_of(self._states.alive[:count].tolist(), newest.tolist(), blocks.tolist(), sizes)
        positions = newest if rows is None else newest[rows.slots] + rows.ahead
        return positions, SlotsApart(self._cache, spans)

    def _together(self, count: int, rows: Rows | None) -> tuple[Tensor, StepContext]:
        """The same in tensors alone, which nobody has to wait for."""
        alive, newest = self._states.alive[:count], self._states.positions(count)
        # Rows see their windows in a ring by our kernel, or by a mask.
        ring = self._ring if rows is not None else None
        windowed = ring is not None and self._backend.attend_ring is not None
        # A frozen slot writes its last token again, to the same place, and need not look at the rest.
        lengths = torch.where(alive, newest + 1 if windowed else self._lengths(newest), 1).int()
        table = self._table[:count] if self._backend.static else self._table[:count, : self.span]
        if rows is None:
            positions, own = newest, table
        else:
            positions, own = newest[rows.slots] + rows.ahead, table[rows.slots]
        size, at = self._cache.block, self._places(positions, rows)
        places = own.gather(1, (at // size)[:, None])[:, 0].long() * size + at % size
        if rows is not None:
            places = torch.where(rows.real, places, 0)  # in the block that is no slot's
        seen = None
        if rows is not None and ring is not None and not windowed:
            prompts = self._states.prompts[rows.slots]
            seen = ring.seen(positions, (newest + rows.given)[rows.slots], prompts, table.shape[1] * size)
        shared = rows if len(positions) > count or ring is not None else None
        around = (self._states.prompts[:count], ring) if windowed else (None, None)
        return positions, StepContext(self._cache, places, table, lengths, self._backend, shared, seen, *around)

    def _lengths(self, newest: Tensor) -> Tensor:
        """Places of the first slots that their newest tokens may look at."""
        return newest + 1 if self._ring is None else self._ring.lengths(newest, self._states.prompts[: len(newest)])

    def _places(self, positions: Tensor, rows: Rows | None) -> Tensor:
        """Where in their slots the tokens at these positions lie."""
        if self._ring is None:
            return positions
        prompts = self._states.prompts
        return self._ring.places(positions, prompts[: len(positions)] if rows is None else prompts[rows.slots])

    def _choose(self, hidden: Tensor, rows: Rows) -> tuple[Tensor, Tensor]:
        """What each slot would write behind each of its rows, and how certain that is: [S, most + 1] each."""
        some = (torch.split(x, AT_ONCE) for x in (hidden, rows.slots, rows.ahead))
        parts = [
            self._states.choose(slots, ahead, self._network.lm_head(states))
            for states, slots, ahead in zip(*some, strict=True)
        ]
        picks, certain = (rows.picked(torch.cat(part)) for part in zip(*parts, strict=True))
        return picks, certain
