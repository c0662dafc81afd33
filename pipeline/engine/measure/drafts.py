"""What drafts gain by how good they are: an engine whose drafts are the answers it is told, altered at a known rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from pipeline.engine.dialogue.handover import Answer, Bundle, Opening, Seen
from pipeline.engine.dialogue.readings import Reading
from pipeline.engine.drafts.guesses import Guesses
from pipeline.engine.measure.measured import Alone, BenchOptions, Drafts
from pipeline.engine.measure.stand_ins import FixedLengths, output_lengths
from pipeline.engine.measure.told import ToldStates, page_like
from pipeline.engine.measure.whole import alone, full_slots, whole
from pipeline.transcript import PageRef, Transcript

DIFFERENT = 8  # pages


class DraftBench:
    """Runs of one engine that is told what to write on each page, without drafts and with them.

    Each token is right in a draft with the chance `right`, else any other.
    """

    def __init__(self, engine: FixedLengths, options: BenchOptions) -> None:
        self._engine, self._options = engine, options
        self._answers: dict[tuple[object, int], np.ndarray] = {}
        self._random = np.random.default_rng(options.seed)
        self._right: float | None = None
        self._vocabulary = engine._runner.network.lm_head.weight.shape[0]
        self._totals = np.zeros(3, np.int64)
        runner = engine._runner
        old = runner.states
        runner.states = ToldStates(
            runner.room.slots, engine._options, tuple(old._whitelist.tolist()), old._eos, runner.device
        )
        self._states = runner.states
        self._states.listen()
        runner.guess(None)  # steps over these states
        numeric = torch.zeros(self._vocabulary, dtype=torch.bool, device=runner.device)
        with torch.inference_mode():
            self._guesses = Guesses(runner.room.slots, engine._options.most_tokens, numeric, echo=False)
        engine.__dict__.update(_opening=self._opening, _transcript=self._transcript)

    def curve(self, pages: list[PageRef]) -> Iterator[Drafts]:
        """Without drafts, then by how many of their tokens are right; long runs where steps bring little."""
        some = pages[:DIFFERENT]
        for right in (None, *self._options.drafts):
            share = 1.0 if right is None or right < 0.3 else 0.7 if right < 0.97 else 0.5
            yield self._measure(some, right, share * self._options.seconds)

    def _measure(self, pages: list[PageRef], right: float | None, seconds: float) -> Drafts:
        runner, tokens = self._engine._runner, self._options.tokens
        guesses = None if right is None else self._guesses
        if runner.guesses is not guesses:  # else their graphs serve again: capturing takes seconds
            runner.guess(guesses)
        self._right = right
        self._engine.lengths = output_lengths(self._options.seed, tokens)
        options = replace(self._options, seconds=seconds, tail=False)
        lone = self._alone(pages[0], tokens)
        self._totals[:] = 0
        done = whole(self._engine, pages, options, runner.room.slots)
        done = replace(done, full=full_slots(self._engine))
        guessed, kept, steps = self._totals.tolist()
        return Drafts(right, done, lone, guessed, kept, steps)

    def _alone(self, page: PageRef, tokens: int) -> Alone:
        """One page when no graph is captured any more: that happens once in a process, and takes as long as a page."""
        graphs = self._engine._runner.steps.graphs
        for _ in range(3):
            before, lone = graphs.captured, alone(self._engine, page, tokens)
            if graphs.captured == before:
                break
        return lone

    def _opening(self, slot: int, bundle: Bundle, seen: Seen) -> Opening:
        opening = type(self._engine)._opening(self._engine, slot, bundle, seen)
        key = bundle[0].ref.source, bundle[0].ref.number
        if key not in self._answers:
            most = self._engine._options.max_tokens
            self._answers[key] = np.array(page_like(self._random, self._vocabulary, most))
        told = self._answers[key]
        with torch.inference_mode():
            self._states.told[slot] = -1
            self._states.told[slot, : len(told)] = self._engine._runner._send(told)
        if self._right is None:
            return opening
        others = (told + self._random.integers(1, self._vocabulary, len(told))) % self._vocabulary
        draft = np.where(self._random.random(len(told)) < self._right, told, others)
        return replace(opening, draft=draft.tolist())

    def _transcript(self, reading: Reading, answer: Answer) -> Transcript:
        if drafted := answer.drafted:
            self._totals += drafted.guessed, drafted.kept, drafted.steps
        return type(self._engine)._transcript(self._engine, reading, answer)
