"""How a draft is followed: steps that an answer takes, by what stands otherwise in its draft."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
import torch

from pipeline.engine.drafts.guesses import MOST, Guesses

NUMERIC = range(100)


def follow(answer, draft, echo=False):
    """Steps and guesses until an answer is written whose every choice is known."""
    numeric = torch.zeros(5000, dtype=torch.bool)
    numeric[list(NUMERIC)] = True
    guesses = Guesses(1, 2000, numeric, echo=echo)
    states = SimpleNamespace(
        tokens=torch.zeros(1, 2000, dtype=torch.long), counts=torch.tensor([1]), limits=torch.tensor([len(answer)]),
        alive=torch.tensor([True]),
    )  # fmt: skip
    states.tokens[0, : len(answer)] = torch.tensor(answer)
    padded = torch.tensor([[*draft, 0]], dtype=torch.int32)
    guesses.open(torch.tensor([0]), padded, torch.tensor([len(draft)]))
    steps = guessed = 0
    while int(states.counts) < len(answer):
        proposal = guesses.propose(states, 1)  # type: ignore[arg-type]
        given, count = int(proposal.wanted), int(states.counts)
        assert 0 <= given <= min(MOST, len(answer) - count - 1)
        kept = 0
        while kept < given and int(proposal.tokens[0, kept]) == answer[count + kept]:
            kept += 1
        states.counts += kept + 1
        guesses.settle(states, torch.tensor([given]), torch.tensor([kept + 1]))  # type: ignore[arg-type]
        steps, guessed = steps + 1, guessed + given
    assert guesses.totals.tolist() == [[guessed, len(answer) - 1 - steps, steps]]
    return steps, guessed


def words(count, seed=0):
    chance = random.Random(seed)
    return [chance.randrange(100, 5000) for _ in range(count)]


def test_a_right_draft_is_taken_sixteen_at_a_time():
    assert follow(words(400), words(400))[0] <= 27


def test_no_draft_no_guesses():
    assert follow(words(60), []) == (59, 0)


def test_a_wrong_draft_is_tried_now_and_then():
    steps, guessed = follow(words(400), words(400, seed=1))
    assert steps == 399
    assert 15 <= guessed <= 60


@pytest.mark.parametrize(
    "change",
    [
        lambda some: [*some[:100], 4999, *some[101:]],
        lambda some: [*some[:100], *some[101:]],
        lambda some: [*some[:100], 4999, *some[100:]],
        lambda some: [*some[:100], *words(30, 5), *some[100:]],
        lambda some: [*some[:100], *some[130:]],
        lambda some: [*some[200:], *some[:200]],
        lambda some: [*words(3, 7), *some],
    ],
    ids=["exchanged", "missing", "more", "much more", "much missing", "columns", "at once"],
)
def test_a_deviation_costs_some_steps(change):
    """A right draft takes 27 steps; where much is missing the answer writes it alone."""
    some = words(400)
    steps, _ = follow(some, change(some))
    assert steps <= (75 if len(change(some)) < 399 else 45)


def every(number, change):
    """400 words, and a draft of them in which the word at every such place is changed."""
    some = words(400)
    parts = (change(word) if place % number == 5 else [word] for place, word in enumerate(some))
    return some, [token for part in parts for token in part]


def test_a_token_exchanged_here_and_there_costs_a_step():
    assert follow(*every(10, lambda word: [4999]))[0] <= 44


def test_a_guess_that_came_true_tells_the_place():
    """Among few words the last two or three often stand nearby, too, which says nothing about the place then."""
    chance = random.Random(0)
    some = [chance.randrange(100, 120) for _ in range(400)]
    draft = [4999 if place % 10 == 5 else word for place, word in enumerate(some)]
    assert follow(some, draft)[0] <= 49


def test_a_token_too_many_in_a_draft_costs_a_step():
    assert follow(*every(20, lambda word: [4999, word]))[0] <= 42


def test_a_token_that_a_draft_lacks_costs_two_steps():
    assert follow(*every(20, lambda word: []))[0] <= 62


def test_in_a_row_of_equal_tokens_nothing_is_tried_for_ever():
    """The nearest place behind three equal tokens is the one that has just been wrong."""
    row = [*words(5), *[700] * 200, *words(60, 1)]
    draft = list(row)
    for place in range(20, 200, 20):
        draft[place] = 800
    assert follow(row, draft)[0] <= 120


@pytest.mark.parametrize("period", [1, 2, 3, 7])
def test_exchanged_tokens_in_loops_cost_a_step_each(period):
    """Elsewhere in a loop the last tokens stand, too, before what has just been wrong, and a turn further on."""
    loop = [*words(5), *(words(period, 3) * 300)[:300], *words(60, 1)]
    chance = random.Random(period)
    draft = [token if chance.random() < 0.9 else chance.randrange(100, 5000) for token in loop]
    assert follow(loop, draft)[0] <= 110


def test_boxes_off_by_some_units_cost_a_step_for_each_digit():
    """Numbers count as exchanged, though the same number stands elsewhere nearby."""
    chance = random.Random(3)
    answer, draft = words(5), words(5)
    for block in range(12):
        box = [chance.randrange(100) for _ in range(4)]
        own = [place for number in box for place in (number, 150)]
        other = [place for number in box for place in ((number + 1) % 100, 150)]
        text = words(30, 50 + block)
        answer, draft = [*answer, 101, *own, *text], [*draft, 101, *other, *text]
    assert follow(answer, draft)[0] <= 12 * 8


def test_what_the_answer_said_before_is_guessed_where_there_is_no_draft():
    row = words(12)
    answer = [token for number in range(20) for token in (*row, 101 + number)]
    assert follow(answer, [], echo=True)[0] < 0.6 * follow(answer, [])[0]
