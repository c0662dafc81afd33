"""Where an answer's last tokens stand further up in it, beside a plain search; drafts are tested by `test_guesses`."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.drafts.search import LAST, in_answer, newest

ANSWERS = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=60), min_size=1, max_size=3)


def padded(answers):
    tokens = torch.zeros(len(answers), 700, dtype=torch.long)
    for row, answer in zip(tokens, answers, strict=True):
        row[: len(answer)] = torch.tensor(answer)
    return tokens, torch.tensor([len(answer) for answer in answers])


def latest(answer):
    """The place behind the latest earlier run of the last three tokens."""
    places = [place for place in range(3, len(answer)) if answer[place - 3 : place] == answer[-3:]]
    return max(places, default=0)


@given(ANSWERS)
def test_the_latest_run_of_three_is_found(answers):
    tokens, counts = padded(answers)
    assert in_answer(tokens, counts, newest(tokens, counts)).tolist() == [latest(answer) for answer in answers]


def test_a_run_is_looked_for_among_the_last_512():
    for before, expected in ((509, 3), (512, 3), (513, 0), (600, 0)):
        answer = [7, 8, 9, *range(100, 97 + before), 7, 8, 9]
        tokens, counts = padded([answer])
        assert in_answer(tokens, counts, newest(tokens, counts)).tolist() == [expected]


@given(ANSWERS)
def test_the_newest_tokens_come_first(answers):
    found = newest(*padded(answers)).tolist()
    for answer, last in zip(answers, found, strict=True):
        assert last == [answer[max(len(answer) - back, 0)] for back in range(1, LAST + 1)]
