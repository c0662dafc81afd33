"""Whatever is guessed, an answer is what it is without guesses: token for token, and its ending and certainty, too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.compute import graphs
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.drafts.guesses import FIRST
from pipeline.engine.drafts.pace import Pace, Turn, steady
from pipeline.engine.engine import Engine
from pipeline.engine.memory import Room
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.transcript import Finish

OPTIONS = DecodingOptions(max_tokens=70, ngram=NgramRule(3, 12), stop_loops=False)


class Watched(Engine):
    """Keeps answers' tokens by page number; pages may have drafts and limits of their own."""

    drafts: dict[int, list[int]] = {}  # noqa: RUF012 replaced, never changed
    limits: dict[int, int] = {}  # noqa: RUF012

    def _limit(self, ref):
        return self.limits.get(ref.number, self._options.max_tokens)

    def _opening(self, slot, bundle, seen):
        opening = super()._opening(slot, bundle, seen)
        return replace(opening, draft=self.drafts.get(bundle[0].ref.number, opening.draft))

    def _transcript(self, reading, answer):
        self.answers[reading.ref.number] = [*answer.tokens, *([-1] if answer.stopped else [])]
        return super()._transcript(reading, answer)

    def read(self, pages):
        """Transcripts by number, without what differs by right: how the guesses fared."""
        self.answers = {}
        self.found = {page.ref.number: page for page in self.transcribe(pages)}
        return {
            number: replace(
                page,
                drafted=None,
                confidence=page.confidence and round(page.confidence, 3),
                by_block=tuple(round(share, 3) for share in page.by_block),
            )
            for number, page in self.found.items()
        }


_SEEN: dict[bytes, torch.Tensor] = {}


def engine(checkpoint, slots, options=OPTIONS, **settings):
    """What pages look like is encoded once for all of them: guesses come behind it."""
    reader = Watched(checkpoint, PROMPTS["markdown"], options, slots, **settings)
    encode = reader._runner.encoder.images

    def images(pages, often=False):
        for page in pages:
            key = page.global_view.tobytes()
            if key not in _SEEN:
                (_SEEN[key],) = encode([page])
        return [_SEEN[page.global_view.tobytes()].clone() for page in pages]

    reader._runner.encoder.images = images
    return reader


@pytest.fixture(scope="module")
def plain(checkpoint, pages):
    """The first four pages without guesses: results and tokens."""
    reader = engine(checkpoint, 1)
    return reader.read(pages[:4]), reader.answers


def altered(tokens, share, seed=0):
    """Each token is another one with the probability 1 - `share`."""
    chance = random.Random(seed)
    return [token if chance.random() < share else chance.randrange(40, 90) for token in tokens]


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.0])
@pytest.mark.parametrize("slots", [1, 3])
def test_right_and_altered_drafts_change_nothing(checkpoint, pages, plain, share, slots):
    expected, answers = plain
    reader = engine(checkpoint, slots, guess=True)
    reader.drafts = {number: altered(answer, share, number) for number, answer in answers.items()}
    assert reader.read(pages[:4]) == expected
    assert reader.answers == answers
    drafted = [page.drafted for page in reader.found.values()]
    assert all(each.kept + each.steps + 1 == 70 for each in drafted), "the prompt gives one, a step one and its kept"
    if share == 1.0:
        assert max(each.steps for each in drafted) < 12
        assert all(each.kept == each.guessed for each in drafted)


@pytest.mark.parametrize("kv_cache", ["bf16", "int8"])
def test_what_is_rolled_back_leaves_no_trace_in_other_formats(checkpoint, pages, kv_cache):
    """Keys and values of wrong guesses are written over, with their scales."""
    without = engine(checkpoint, 2, kv_cache=kv_cache)
    expected = without.read(pages[:4])
    reader = engine(checkpoint, 3, guess=True, kv_cache=kv_cache)
    reader.drafts = {number: altered(answer, 0.7) for number, answer in without.answers.items()}
    assert reader.read(pages[:4]) == expected


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_drafts_change_nothing(checkpoint, pages, plain, data):
    """Random ones, empty ones, runs of the answer in another order; limits, late looks, and any order of pages."""
    _, answers = plain
    limits = {number: data.draw(st.integers(1, 70)) for number in answers}
    without = engine(checkpoint, 1)
    without.limits = limits
    expected = without.read(pages[:4])
    reader = engine(checkpoint, data.draw(st.integers(1, 4)), guess=True)
    reader.limits = limits
    paces = [(steady(1), 0), (steady(3), 1), (steady(2), 2), (Pace(3, 2, rests=2), 1), (Pace(5, 1, rests=1), 0)]
    reader._pace, reader._looks_ahead = data.draw(st.sampled_from(paces))
    token = st.integers(5, 90)
    reader.drafts = {
        number: data.draw(
            st.one_of(
                st.lists(token, max_size=90),
                st.just(answer),
                st.permutations([answer[at : at + 9] for at in range(0, 70, 9)]).map(
                    lambda runs: [token for run in runs for token in run]
                ),
            )
        )
        for number, answer in answers.items()
    }
    order = data.draw(st.permutations(pages[:4]))
    assert reader.read(order) == expected
    assert reader.answers == without.answers


def test_an_end_within_a_draft_ends_the_page(checkpoint, pages, plain):
    """At its end token, though what was guessed goes on; and at no end token that is only guessed."""
    _, answers = plain
    answer = answers[1]
    eos = next(token for token in answer[9:] if token not in answer[:9])
    config = replace(checkpoint.network.config, eos_token_id=eos)
    ending = replace(checkpoint, network=checkpoint.network)
    old, checkpoint.network.config = checkpoint.network.config, config
    try:
        without = engine(ending, 1)
        expected = without.read(pages[:4])
        for drafts in (answers, {number: [*some[:6], eos, *some[6:]] for number, some in answers.items()}):
            reader = engine(ending, 2, guess=True)
            reader.drafts = drafts
            assert reader.read(pages[:4]) == expected
            assert reader.answers == without.answers
    finally:
        checkpoint.network.config = old
    assert expected[1].finish is Finish.STOP
    assert expected[1].output_tokens == answer.index(eos) + 1


def test_loops_are_cut_where_they_are_without_guesses(checkpoint, pages, monkeypatch):
    choose = SlotStates._choose

    def circling(states, logits, written):
        chosen, probability = choose(states, logits, written)
        if written is None:
            return chosen, probability
        return torch.where(written.counts > 60, written.counts % 7 + 20, chosen), probability

    monkeypatch.setattr(SlotStates, "_choose", circling)
    options = replace(OPTIONS, max_tokens=500, stop_loops=True)
    expected = engine(checkpoint, 1, options).read(pages[:4])
    assert {page.finish for page in expected.values()} == {Finish.LOOP}
    reader = engine(checkpoint, 3, options, guess=True)
    assert reader.read(pages[:4]) == expected
    assert min(page.drafted.kept for page in reader.found.values()) > 60, "a loop is what the answer said before"
    reader._pace, reader._looks_ahead = steady(4), 1
    assert reader.read(pages[:4]) == expected


def test_pages_that_wait_and_slots_that_close_ranks_keep_their_drafts(checkpoint, pages, monkeypatch):
    """Blocks run out, so a page is dropped and comes again; looks come late, as on an accelerator."""
    options = replace(OPTIONS, max_tokens=500)
    without = engine(checkpoint, 1, options)
    without.limits = {4: 30}
    expected = without.read([pages[0], pages[1], pages[3]])
    monkeypatch.setattr("pipeline.engine.engine.room_for", lambda *_: Room(3, 1536, 16, 1 + 1504 // 16, 2))
    reader = engine(checkpoint, None, options, guess=True)
    reader._looks_ahead = 1
    reader.limits = without.limits
    reader.drafts = {number: altered(answer, 0.9, number) for number, answer in without.answers.items()}
    dropped, drop = [], reader._runner.drop
    monkeypatch.setattr(reader._runner, "drop", lambda slot: dropped.append(slot) or drop(slot))
    for pace in (Pace(3, 2, rests=1), steady(2)):
        reader._pace = pace
        for order in ([pages[3], pages[0], pages[1]], pages[1::-1]):
            found = reader.read(order)
            assert found == {number: expected[number] for number in found}
    assert dropped
    assert reader._runner.blocks.free_tokens == 1504


def test_rows_of_fixed_number_change_nothing(checkpoint, pages, plain, monkeypatch):
    """As where the device cannot be asked how many guesses there are: too few rows, or more than are wanted."""
    expected, answers = plain
    for spare in (1, 4, 40):
        reader = engine(checkpoint, 3, guess=True)
        reader.drafts = {number: altered(answer, 0.9, number) for number, answer in answers.items()}
        steps = reader._runner.steps
        monkeypatch.setattr(steps, "_device", torch.device("meta"))
        monkeypatch.setattr("pipeline.engine.steps.spare_rows", lambda *_, spare=spare, **_full: spare)
        assert reader.read(pages[:4]) == expected
        guessed = sum(page.drafted.guessed for page in reader.found.values())
        taken = sum(page.drafted.steps for page in reader.found.values())
        assert guessed > 0.3 * taken


def test_rows_that_there_are_graphs_for():
    assert [graphs.spare_rows(384, demand, 15) for demand in (0, 1, 48, 49, 384, 400, 5760, 9999)] == [
        0, 48, 48, 384, 384, 1152, 5760, 5760,
    ]  # fmt: skip
    assert [graphs.spare_rows(1, demand, 15) for demand in (0, 1, 2, 4, 15)] == [0, 1, 3, 7, 15]
    fine = [graphs.spare_rows(384, share * 384, 15, full=True) / 384 for share in range(16)]
    assert fine == [0, 1, 2, 3.5, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15]


def test_steps_rest_where_guesses_bring_less_than_they_cost():
    pace = Pace(plain=8, guessing=4, rests=2)
    few, many = Turn(8, guess=False), Turn(4, guess=True)
    assert [pace.turn(49, 384) for _ in range(3)] == [many, many, many]
    assert [pace.turn(48, 384) for _ in range(5)] == [many, few, few, many, few]
    assert [pace.turn(384, 384) for _ in range(3)] == [few, many, many], "a rest is kept, then it ends"
    assert [steady(3).turn(0, 384) for _ in range(2)] == [Turn(3, guess=True)] * 2


def test_a_draft_is_followed_through_steps_that_do_not_guess(checkpoint, pages, plain):
    """Whatever was written meanwhile, the draft goes on behind it; and so does one that was never tried before."""
    expected, answers = plain
    reader = engine(checkpoint, 2, guess=True)
    reader.drafts = answers
    turns: Iterator[Turn] = iter(())
    reader._pace.turn = lambda *_: next(turns)
    for first in (Turn(20, guess=False), Turn(1, guess=True)):
        turns = iter([first, Turn(20, guess=False), *[Turn(1, guess=True)] * 40] * 2)
        assert reader.read(pages[:2]) == {number: expected[number] for number in (1, 2)}
        for page in reader.found.values():
            assert page.drafted.kept == page.drafted.guessed > 0
            assert page.drafted.steps < 12


def test_a_page_with_a_draft_need_not_wait_for_a_look(checkpoint, pages, plain):
    reader = engine(checkpoint, 2, guess=True)
    reader.drafts = {1: plain[1][1]}
    asked = []
    turn = reader._pace.turn
    reader._pace.turn = lambda wanted, slots: asked.append(wanted) or turn(wanted, slots)
    reader.read(pages[:1])
    assert asked[0] >= FIRST
