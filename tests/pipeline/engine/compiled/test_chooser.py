"""Compiled code chooses the tokens that torch's chooses, and is as sure of them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.cache.slots import SlotStates
from pipeline.engine.decoding.ngram import Written
from pipeline.engine.decoding.options import DecodingOptions

pytest.importorskip("numba")
from pipeline.engine.compiled.chooser import CompiledChooser

VOCABULARY, CAPACITY, ALLOWED = 5, 24, (3,)  # so few tokens repeat all the time
CHOOSER = CompiledChooser(ALLOWED)
OPTIONS = DecodingOptions()


def both(logits: torch.Tensor, written: Written | None) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
    torchs = SlotStates(1, OPTIONS, ALLOWED, 0, torch.device("cpu"))
    return CHOOSER(logits.clone(), written), torchs._choose(logits.clone(), written)


@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans())
def test_as_torch_does(seed, rows, shared):
    random = torch.Generator().manual_seed(seed)
    slots = torch.randint(0, 3, (rows,), generator=random)
    tokens = torch.randint(0, VOCABULARY, (3 if shared else rows, CAPACITY), generator=random)
    counts = torch.randint(1, CAPACITY + 1, (rows,), generator=random)
    sizes = torch.randint(1, 4, (rows,), generator=random)
    windows = torch.randint(0, 12, (rows,), generator=random)
    logits = torch.randn(rows, VOCABULARY, generator=random) * 4
    written = Written(tokens, counts, sizes, windows, slots if shared else None)
    (chosen, sure), (expected, as_sure) = both(logits, written)
    assert chosen.tolist() == expected.tolist()
    torch.testing.assert_close(sure, as_sure, atol=1e-6, rtol=1e-5)


def test_the_first_of_equal_tokens_is_taken_with_and_without_a_ban():
    logits = torch.tensor([[1.0, 7.0, 7.0, -3.0, 7.0]])
    tokens = torch.tensor([[1, 0]])
    for windows, token in ((0, 1), (2, 2)):
        written = Written(tokens, torch.tensor([2]), torch.tensor([1]), torch.tensor([windows]))
        (chosen, _), (expected, _) = both(logits, written)
        assert chosen.tolist() == expected.tolist() == [token]


def test_where_nothing_was_written_nothing_is_banned():
    logits = torch.randn(4, VOCABULARY)
    (chosen, sure), (expected, as_sure) = both(logits, None)
    assert chosen.tolist() == expected.tolist()
    torch.testing.assert_close(sure, as_sure)


def test_where_all_is_banned_the_first_is_taken_and_nothing_is_sure():
    written = Written(torch.tensor([[0, 1]]), torch.tensor([2]), torch.tensor([1]), torch.tensor([2]))
    chosen, sure = CHOOSER(torch.zeros(1, 2), written)
    assert chosen.tolist() == [0] and sure.tolist() == [0.0]


def test_numbers_below_zero_and_far_apart():
    logits = torch.tensor([[-1e30, -200.0, -199.0], [3e38, -3e38, 0.0]])
    (chosen, sure), (expected, as_sure) = both(logits, None)
    assert chosen.tolist() == expected.tolist() == [2, 0]
    torch.testing.assert_close(sure, as_sure, atol=1e-6, rtol=1e-4)
