"""The n-gram ban on tensors against the released rule in plain Python."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.decoding.ngram import ban_repeats

VOCABULARY = 5


def banned_by_the_rule(answer: list[int], size: int, window: int, whitelist: set[int]) -> set[int]:
    """Every n-gram of the last `window` tokens that begins with the last size - 1 tokens forbids its end."""
    recent = answer[-window:]
    prefix = answer[len(answer) - size + 1 :]
    runs = [recent[start : start + size] for start in range(len(recent) - size + 1)]
    return {run[-1] for run in runs if run[:-1] == prefix} - whitelist


@st.composite
def cases(draw):
    size = draw(st.integers(2, 5))
    window = draw(st.integers(size, 14))
    answers = draw(st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=24), min_size=1, max_size=4))
    windows = draw(st.lists(st.integers(size, window), min_size=len(answers), max_size=len(answers)))
    return size, window, windows, answers, draw(st.sets(st.integers(0, VOCABULARY - 1), max_size=2))


@given(cases())
def test_same_tokens_as_the_rule(case):
    size, window, windows, answers, whitelist = case
    capacity = 30
    stale = 1  # what a slot's former answer may have left behind
    tokens = torch.tensor([answer + [stale] * (capacity - len(answer)) for answer in answers])
    counts = torch.tensor([len(answer) for answer in answers])
    logits = torch.randn(len(answers), VOCABULARY)
    listed = torch.tensor(sorted(whitelist), dtype=torch.long)
    result = logits.clone()
    ban_repeats(result, tokens, counts, size, window, listed, torch.tensor(windows))
    rows = torch.arange(len(answers)).repeat_interleave(2).flip(0)  # each answer twice, the last one first
    twice = logits[rows]
    ban_repeats(twice, tokens, counts[rows], size, window, listed, torch.tensor(windows)[rows], rows)
    assert torch.equal(twice, result[rows])
    for row, answer in enumerate(answers):
        banned = set((result[row] == float("-inf")).nonzero().flatten().tolist())
        assert banned == banned_by_the_rule(answer, size, windows[row], whitelist)
        kept = [token for token in range(VOCABULARY) if token not in banned]
        assert torch.equal(result[row, kept], logits[row, kept])
