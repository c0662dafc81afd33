"""The n-gram ban on tensors against the released rule in plain Python."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.decoding.ngram import Written, ban_repeats
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.model.family.member import NgramRule

VOCABULARY = 5


def banned_by_the_rule(answer: list[int], size: int, window: int, whitelist: set[int]) -> set[int]:
    """Every n-gram of the last `window` tokens that begins with the last size - 1 tokens forbids its end."""
    recent = answer[-window:]
    prefix = answer[len(answer) - size + 1 :]
    runs = [recent[start : start + size] for start in range(len(recent) - size + 1)]
    return {run[-1] for run in runs if run[:-1] == prefix} - whitelist


@st.composite
def cases(draw):
    answers = draw(st.lists(st.lists(st.integers(0, VOCABULARY - 1), max_size=24), min_size=1, max_size=4))
    sizes = draw(st.lists(st.integers(2, 5), min_size=len(answers), max_size=len(answers)))
    windows = [draw(st.integers(size, 14)) for size in sizes]
    return sizes, windows, answers, draw(st.sets(st.integers(0, VOCABULARY - 1), max_size=2))


@given(cases())
def test_same_tokens_as_the_rule(case):
    sizes, windows, answers, whitelist = case
    longest = max(sizes)
    widest = max(window + longest - size for size, window in zip(sizes, windows, strict=True))
    bans = torch.tensor([sizes, windows])
    capacity = 30
    stale = 1  # what a slot's former answer may have left behind
    tokens = torch.tensor([answer + [stale] * (capacity - len(answer)) for answer in answers])
    counts = torch.tensor([len(answer) for answer in answers])
    logits = torch.randn(len(answers), VOCABULARY)
    listed = torch.tensor(sorted(whitelist), dtype=torch.long)
    result = logits.clone()
    ban_repeats(result, Written(tokens, counts, bans[0], bans[1]), longest, widest, listed)
    rows = torch.arange(len(answers)).repeat_interleave(2).flip(0)  # each answer twice, the last one first
    twice = logits[rows]
    ban_repeats(twice, Written(tokens, counts[rows], bans[0, rows], bans[1, rows], rows), longest, widest, listed)
    assert torch.equal(twice, result[rows])
    for row, answer in enumerate(answers):
        banned = set((result[row] == float("-inf")).nonzero().flatten().tolist())
        assert banned == banned_by_the_rule(answer, sizes[row], windows[row], whitelist)
        kept = [token for token in range(VOCABULARY) if token not in banned]
        assert torch.equal(result[row, kept], logits[row, kept])


def test_a_window_of_nothing_bans_nothing():
    tokens = torch.tensor([[3, 3, 3, 3, 3, 3], [3, 3, 3, 3, 3, 3]])
    logits = torch.zeros(2, VOCABULARY)
    written = Written(tokens, torch.tensor([6, 6]), torch.tensor([0, 2]), torch.tensor([0, 4]))
    ban_repeats(logits, written, 2, 6, torch.tensor([], dtype=torch.long))
    assert (logits == float("-inf")).nonzero().tolist() == [[1, 3]]


def test_pdfs_and_images_have_rules_of_their_own_and_another_try_looks_further_back():
    options = DecodingOptions(ngram=NgramRule(20, 50), image_ngram=NgramRule(30, 90))
    rules = [options.ban(pdf, again) for pdf in (True, False) for again in (False, True)]
    assert rules == [NgramRule(20, 50), NgramRule(20, 200), NgramRule(30, 90), NgramRule(30, 360)]
    assert (options.longest, options.widest) == (30, 360)
    assert DecodingOptions(ngram=NgramRule(20, 90), image_ngram=NgramRule(30, 90)).widest == 370
    assert DecodingOptions(ngram=NgramRule(4, 8)).ban(pdf=False, again=False) == NgramRule(4, 8)
    assert DecodingOptions(ngram=NgramRule(0, 0)).longest == 0


@pytest.mark.parametrize("rule", [(1, 5), (5, 4), (0, 3), (3, 0)])
def test_rules_that_cannot_be(rule):
    with pytest.raises(ValueError, match="at least two tokens"):
        NgramRule(*rule)
