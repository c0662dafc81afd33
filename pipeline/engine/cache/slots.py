"""What each slot has written so far, as tensors on the device, and how one more token is appended to it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pipeline.engine.compute.backends import kernels
from pipeline.engine.decoding.ngram import Written, ban_repeats
from pipeline.engine.decoding.options import DecodingOptions

Chooser = Callable[[Tensor, Written | None], tuple[Tensor, Tensor]]
"""Logits [n, vocabulary] in float32, which it may change → tokens and their probabilities [n], as `_choose`."""


class SlotStates:
    """The answers of all slots. A slot that has finished is frozen: steps go over it without changing it."""

    def __init__(
        self, slots: int, options: DecodingOptions, whitelist: tuple[int, ...], eos: int, device: torch.device,
        chooser: Chooser | None = None,
    ) -> None:  # fmt: skip
        self._options = options
        self._eos, self._chooser = eos, chooser
        self._whitelist = torch.tensor(whitelist, dtype=torch.long, device=device)
        self.tokens = torch.zeros(slots, options.most_tokens, dtype=torch.long, device=device)
        # Their probabilities, to tell a block's; half precision tells thousandths.
        self.probabilities = torch.zeros(slots, options.most_tokens, dtype=torch.float16, device=device)
        self.counts = torch.zeros(slots, dtype=torch.long, device=device)  # tokens written, EOS among them
        self.prompts = torch.zeros(slots, dtype=torch.long, device=device)  # tokens of the prompt
        self.limits = torch.zeros(slots, dtype=torch.long, device=device)  # tokens that may be written
        # No run of `sizes` tokens comes twice in the last `windows` tokens.
        self.sizes, self.windows = (torch.zeros(slots, dtype=torch.long, device=device) for _ in range(2))
        self.alive = torch.zeros(slots, dtype=torch.bool, device=device)
        self.certainty = torch.zeros(slots, dtype=torch.float32, device=device)  # sum of the tokens' probabilities

    @property
    def _all(self) -> tuple[Tensor, ...]:
        return (
            self.tokens, self.probabilities, self.counts, self.prompts, self.limits, self.sizes, self.windows,
            self.alive, self.certainty,
        )  # fmt: skip

    def reset(self) -> None:
        """Drop all answers."""
        for state in self._all[2:]:
            state.zero_()

    def open(self, slots: Tensor, prompts: Tensor, limits: Tensor, bans: Tensor, logits: Tensor) -> None:
        """Begin answers behind prompts of so many tokens: `logits` [n, vocabulary] choose their first tokens.

        `bans` [2, n]: sizes of n-grams and the windows in which none comes twice.
        """
        chosen, probability = self._choose(logits, None)
        self.tokens[slots, 0] = chosen
        self.probabilities[slots, 0] = probability.to(self.probabilities.dtype)
        self.counts.index_fill_(0, slots, 1)  # a number that is assigned is copied, for which the host waits
        self.prompts[slots] = prompts
        self.limits[slots] = limits
        self.sizes[slots], self.windows[slots] = bans
        self.certainty[slots] = probability
        self.alive[slots] = (chosen != self._eos) & (limits > 1)

    def stop(self, slot: int) -> None:
        """Freeze a slot."""
        self.alive[slot] = False

    def move(self, slot: int, to: int) -> None:
        """One slot's answer becomes another's, and the slot is dead."""
        for state in self._all:
            state[to] = state[slot]
        self.alive[slot] = False

    def last_tokens(self, count: int) -> Tensor:
        """The newest token of each of the first `count` slots, [count, 1]."""
        return self.tokens[:count].gather(1, (self.counts[:count, None] - 1).clamp(min=0))

    def positions(self, count: int) -> Tensor:
        """Where the newest token of each of the first `count` slots stands in its sequence, [count]."""
        return (self.prompts[:count] + self.counts[:count] - 1).clamp(min=0)

    def append(self, count: int, logits: Tensor) -> Tensor:
        """Write each of the first `count` slots' likeliest token that is not banned; `logits` [count, vocabulary].

        Returns how many each slot was given: 1, or 0 where it is frozen.
        """
        tokens, counts, alive = self.tokens[:count], self.counts[:count], self.alive[:count]
        chosen, probability = self._choose(logits, Written(tokens, counts, self.sizes[:count], self.windows[:count]))
        # A frozen slot is written over with what it has, so that its shape is that of the others.
        places = counts.clamp(max=tokens.shape[1] - 1)[:, None]
        tokens.scatter_(1, places, torch.where(alive[:, None], chosen[:, None], tokens.gather(1, places)))
        self._note(places, probability[:, None])
        written = alive.long()
        self.certainty[:count] += probability * written
        counts += written
        alive &= (chosen != self._eos) & (counts < self.limits[:count])
        return written

    def _note(self, places: Tensor, probability: Tensor) -> None:
        """Keep the probabilities [S, any] of what was written at those places of the first S slots that live."""
        count = places.shape[0]
        known, alive = self.probabilities[:count], self.alive[:count, None]
        known.scatter_(1, places, torch.where(alive, probability.to(known.dtype), known.gather(1, places)))

    def suppose(self, slots: Tensor, ahead: Tensor, tokens: Tensor) -> None:
        """Write `tokens` [T] so many places `ahead` [T] of the newest ones of their `slots` [T], without counting them.

        What is not confirmed by `append_right` is written over later.
        """
        self.tokens[slots, (self.counts[slots] - 1).clamp(min=0) + ahead] = tokens

    def choose(self, slots: Tensor, ahead: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens that follow on what is supposed up to those places, and their probabilities [T]; logits [T, any]."""
        before = Written(self.tokens, self.counts[slots] + ahead, self.sizes[slots], self.windows[slots], slots)
        return self._choose(logits, before)

    def append_right(self, picks: Tensor, certain: Tensor, guesses: Tensor, given: Tensor) -> Tensor:
        """Write the longest run of tokens that would have been written one by one; returns how many, [S].

        `picks` and their probabilities `certain` [S, most + 1] are what was chosen behind the newest token and behind
        each of the first `given` [S] of the `guesses` [S, most]. No slot may be given more than it may still write.
        """
        count, most = guesses.shape
        tokens, counts, alive = self.tokens[:count], self.counts[:count], self.alive[:count]
        span = torch.arange(most + 1, device=picks.device)
        right = (picks[:, :most] == guesses) & (span[:most] < given[:, None])
        right &= picks[:, :most] != self._eos  # nothing follows on an end
        kept = right.long().cumprod(1).sum(1)
        written = (kept + 1) * alive
        # What lies behind the run is written over with its last token, so that shapes are fixed; and a frozen slot with
        # what it has.
        within = torch.minimum(span, kept[:, None])
        places = (counts[:, None] + within).clamp(max=tokens.shape[1] - 1)
        run = picks.gather(1, within)
        tokens.scatter_(1, places, torch.where(alive[:, None], run, tokens.gather(1, places)))
        self._note(places, certain.gather(1, within))
        self.certainty[:count] += (certain * (span < written[:, None])).sum(1)
        counts += written
        alive &= (run[:, -1] != self._eos) & (counts < self.limits[:count])
        return written

    def newest(self, count: int) -> Tensor:
        """The last `count` tokens of every slot, [slots, count]; where there are fewer, the first one repeats."""
        places = self.counts[:, None] - count + torch.arange(count, device=self.counts.device)
        return self.tokens.gather(1, places.clamp(min=0))

    def _choose(self, logits: Tensor, written: Written | None) -> tuple[Tensor, Tensor]:
        """Greedy: tokens and their probabilities [n], given what was written before them. May change the logits."""
        if not self._options.longest:
            written = None
        if self._chooser and logits.dtype is torch.float32:
            return self._chooser(logits, written)
        # Of the network's own distribution: what the ban takes away does not make the rest more certain.
        fused = kernels(logits)
        whole = fused.log_sum_exp(logits) if fused else logits.float().logsumexp(-1)
        if written is not None:
            ban_repeats(logits, written, self._options.longest, self._options.widest, self._whitelist)
        chosen = logits.argmax(-1)
        return chosen, (logits.gather(1, chosen[:, None])[:, 0].float() - whole).exp()
