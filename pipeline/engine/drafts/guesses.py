"""Which tokens a slot may write next: read off its page's draft or its own answer, on the device, without waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.drafts.search import in_answer, in_draft, newest

# A row of a full batch costs 2.4 µs where a slot's share of a step is 37 (H200, README): fifteen guesses cost as much
# as a step, and have paid for themselves with the first token that comes true.
MOST: Final = 15
"""Guesses of a slot in one step. With its newest token they fill the 16 rows that a tensor core multiplies at least."""
# Lower, and wrong guesses cost more than right ones save; higher, and unsure places are given up too early.
WORTH: Final = 0.2
"""Chance below which a guess is not tried. On an H100 a row costs a twentieth of what a slot's share of a step costs,
and right guesses make steps of some four tokens."""
# A step of 16 rows or of 256 reads each expert once, which takes its time: .137 and .209 ms for those of a layer on an
# H200 (README). With .1 one page alone whose draft was nine tenths right wrote 2,258 tokens/s, with .2 1,644,
# when it was not yet encoded by a graph either.
FEW_SLOTS: Final = 16
"""Slots up to which further rows cost an accelerator next to nothing."""
WORTH_OF_FEW: Final = 0.1
"""The same chance, for so few slots."""
# Rarer, and a draft that begins to be right late on a page is found late; more often, and pages without a good draft
# pay for tries on top of the 3 % of a full step that following a draft costs (README).
PROBE: Final = 16
"""Steps between two guesses of a slot whose guesses fail: one row in 17 is spent on finding out."""
_AT_FIRST: Final = (1.0, 0.25)  # guesses that count as wrong, beside one right one: unsure ones, sure ones
FIRST: Final = int(math.log(WORTH) / -math.log(1 + _AT_FIRST[1]))
"""Guesses that a page with a draft begins with."""
# Of what was right and wrong, with every step that guessed: what is three steps old counts less than half. Slower keeps
# guessing into a table that the draft lacks; faster gives up at one exchanged word. Chosen, not measured.
_FORGET: Final = 0.75
# A place so far before one that was wrong leads to it again in the next step. 16 is what a step takes; in rows of equal
# tokens with every tenth exchanged a step writes 5.5 tokens for 2.3 with one place alone left out (README, "Tried").
_AGAIN: Final = MOST + 1


@dataclass(frozen=True)
class Proposal:
    """Tokens that may come next [S, most], and how many of them are worth a row [S]."""

    tokens: Tensor
    wanted: Tensor


class Guesses:
    """Drafts of all slots and how far each has been followed.

    A draft is followed token by token. After a first deviation it goes on as if one token had been exchanged, or were
    too many in it; after a second one where the answer's last tokens stand in it: the nearest place after the last
    three, two or one of them. Numbers (coordinates) always count as exchanged. Where the draft is lost, or there is
    none, the answer's own last tokens are looked for further up in it: rows of tables and dotted lines go on as they
    did before.
    """

    def __init__(self, slots: int, capacity: int, numeric: Tensor, echo: bool = True) -> None:
        """`numeric` [vocabulary]: tokens that stand in numbers. Drafts are cut after `capacity` tokens."""
        device = numeric.device
        self._numeric, self._echo = numeric, echo
        self._asked = device.type == "cpu"  # where it costs nothing
        self.draft = torch.zeros(slots, capacity, dtype=torch.int32, device=device)
        self.lengths, self.place, self.bad = (torch.zeros(slots, dtype=torch.long, device=device) for _ in range(3))
        self.sure = torch.zeros(slots, dtype=torch.bool, device=device)  # whether `place` is where the answer stands
        self.again = torch.zeros(slots, dtype=torch.long, device=device)  # in the answer itself; 0 for nowhere
        self.followed = torch.zeros(slots, dtype=torch.long, device=device)  # tokens of the answer up to `place`
        # Guesses lately, fading, by whether the place was sure.
        self.right, self.wrong = (torch.zeros(slots, 2, device=device) for _ in range(2))
        self.totals = torch.zeros(slots, 3, dtype=torch.long, device=device)  # guessed, kept, steps
        self.demand = torch.zeros((), dtype=torch.long, device=device)  # guesses that were wanted by the last step
        self._clock = torch.zeros((), dtype=torch.long, device=device)
        self._ahead = torch.arange(MOST, device=device)
        self._at_first = torch.tensor(_AT_FIRST, device=device)

    @property
    def _all(self) -> tuple[Tensor, ...]:
        return (
            self.draft, self.lengths, self.place, self.bad, self.sure, self.again, self.followed, self.right,
            self.wrong, self.totals,
        )  # fmt: skip

    def reset(self) -> None:
        """Drop all drafts."""
        for state in self._all[1:]:
            state.zero_()

    def open(self, slots: Tensor, drafts: Tensor, lengths: Tensor) -> None:
        """Answers begin, their first tokens are written: drafts [n, any], of which the first `lengths` [n] count."""
        self.draft[slots, : drafts.shape[1]] = drafts
        self.lengths[slots] = lengths
        # Not assigned, as numbers are then copied to the device, for which the host waits.
        self.place.index_fill_(0, slots, 1)
        self.bad.index_fill_(0, slots, -_AGAIN)  # the last place that was thought to be known and was wrong
        self.sure[slots] = lengths > 1
        self.again.index_fill_(0, slots, 0)
        self.followed.index_fill_(0, slots, 1)
        self.right.index_fill_(0, slots, 1.0)
        self.wrong[slots] = self._at_first
        self.totals.index_fill_(0, slots, 0)

    def move(self, slot: int, to: int) -> None:
        """One slot's draft becomes another's."""
        for state in self._all:
            state[to] = state[slot]

    def propose(self, states: SlotStates, count: int) -> Proposal:
        """For the first `count` slots; a slot that has finished wants nothing."""
        worth = self._worth(count)
        if self._asked and not bool(worth.any()):  # what might be guessed need not be looked up
            self.demand.zero_()
            return Proposal(worth.new_zeros(count, MOST), worth)
        place, again, written = self.place[:count], self.again[:count], states.counts[:count]
        tokens = self._read(self.draft, place)
        there = self.lengths[:count] - place
        if self._echo and not (self._asked and bool(self.sure[:count].all())):
            if self._asked:  # else known, as nothing here may depend on what is worth it
                again = in_answer(states.tokens[:count], written, newest(states.tokens[:count], written))
            echoed = ~self.sure[:count] & (again > 0)
            tokens = torch.where(echoed[:, None], self._read(states.tokens, again), tokens)
            there = torch.where(echoed, written - again, there)
        left = states.limits[:count] - written - 1
        wanted = torch.minimum(torch.minimum(worth, there), left).clamp(0, MOST) * states.alive[:count]
        self.demand.copy_(wanted.sum())
        return Proposal(tokens, wanted)

    def _worth(self, count: int) -> Tensor:
        """How many guesses of each slot have a chance, [count]; counts the step."""
        sure = self.sure[:count, None].long()
        right, wrong = (x[:count].gather(1, sure)[:, 0] for x in (self.right, self.wrong))
        chance = (right / (right + wrong)).clamp(0.02, 0.98)
        least = WORTH_OF_FEW if count <= FEW_SLOTS and not self._asked else WORTH
        worth = (math.log(least) / chance.log()).long()
        slot = torch.arange(count, device=worth.device)
        worth = torch.where((self._clock + slot) % PROBE == 0, worth.clamp(min=1), worth)
        self._clock += 1
        return worth

    def settle(self, states: SlotStates, given: Tensor, written: Tensor) -> None:
        """After a step: each slot was `given` [S] so many guesses and has `written` [S] so many tokens, 0 if frozen."""
        count = len(given)
        if self._asked and not bool(given.any()):
            self.totals[:count, 2] += written > 0
            self.catch_up(states, count)
            return
        kept = (written - 1).clamp(min=0)
        alive = written > 0
        self.totals[:count] += torch.stack((given, kept, torch.ones_like(kept)), 1) * alive[:, None]
        tried = (given > 0)[:, None] & (self.sure[:count, None].long() == self._ahead[:2])
        for seen, new in ((self.right, kept), (self.wrong, (kept < given).long())):
            seen[:count] = torch.where(tried, seen[:count] * _FORGET + new[:, None], seen[:count])
        # A guess that came true says that the draft stands where it was thought to stand.
        self.sure[:count] |= kept > 0
        self.catch_up(states, count)

    def catch_up(self, states: SlotStates, count: int) -> None:
        """Follow what the first `count` slots have written since, in steps that did not guess, too."""
        written = states.counts[:count]
        expected = self.place[:count] + written - self.followed[:count] - 1
        self.followed[:count] = written
        if self._asked and not bool(self.lengths[:count].any()):
            self.sure[:count] = False
            return
        last = newest(states.tokens[:count], written)
        self._follow(count, expected, last)
        if self._echo and not self._asked:
            self.again[:count] = in_answer(states.tokens[:count], written, last)

    def _follow(self, count: int, expected: Tensor, last: Tensor) -> None:
        """`expected` [S] is the place in the draft where the newest token should have stood, `last` the newest four."""
        draft, lengths = self.draft[:count], self.lengths[:count]
        there = self._at(draft, expected)
        said = last[:, 0]
        inside = expected < lengths
        exchanged = inside & self._numeric[there] & self._numeric[said]
        in_step = (inside & (there == said)) | exchanged
        if self._asked and bool(in_step.all()):  # a search takes as long as a layer of a small network
            self.place[:count], self.sure[:count] = expected + 1, in_step
            return
        first = self.sure[:count] & ~in_step
        self.bad[:count] = torch.where(first, expected, self.bad[:count])
        found, place = in_draft(draft, lengths, expected + 1, last, self.bad[:count], _AGAIN)
        # At first only the token behind tells more than that one was exchanged: the draft has one too many.
        beyond = expected + 1
        skipped = first & (beyond < lengths) & (self._at(draft, beyond) == said)
        found = torch.where(first, skipped, found)
        place = torch.where(skipped, beyond + 1, place)
        self.place[:count] = torch.where(in_step | ~found, expected + 1, place)
        self.sure[:count] = in_step | found

    def _at(self, draft: Tensor, place: Tensor) -> Tensor:
        return draft.gather(1, place.clamp(0, draft.shape[1] - 1)[:, None])[:, 0]

    def _read(self, source: Tensor, place: Tensor) -> Tensor:
        ahead = (place[:, None] + self._ahead).clamp(max=source.shape[1] - 1)
        return source[: len(place)].gather(1, ahead).long()
