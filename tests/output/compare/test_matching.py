"""Words may be cut and joined, numbers may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.compare.matching import Leftover, absent
from output.compare.tokens import tokens


def lacks(wanted, there):
    return sorted(absent(tokens(wanted), tokens(there), there))


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("the river bank", "bank the river"),
        ("ri ver bank", "river bank"),
        ("river bank", "ri ver bank"),
        ("T H E end", "THE end"),
        ("o v er and re v ise", "over and revise"),
        ("thisquantity is this quantity", "this quantity is this quantity"),
        ("consolidatingproteinsand", "we are consolidating proteins and more"),
        ("PQ and P of Q", "P Q and P of Q"),
        ("1,2", "see 1, 2"),
        ("10.50", "10.50 EUR"),
    ],
)
def test_it_is_there(wanted, there):
    assert lacks(wanted, there) == []


@pytest.mark.parametrize(
    ("wanted", "there", "missing"),
    [
        ("pq and p q", "p q and", ["pq"]),
        ("1000", "10 100", ["1000"]),
        ("10 100", "1000", ["10", "100"]),
        ("10.50", "10 50", ["10.50"]),
        ("10.50 10.50", "10.50", ["10.50"]),
        ("1,2 1,2", "1, 2", ["1,2"]),
        ("1,000", "11,000", ["1,000"]),
        ("the the the", "the", ["the", "the"]),
        ("word wording", "wording", ["word"]),
        ("art", "the party", ["art"]),
        ("whole lost sentence", "whole", ["lost", "sentence"]),
        ("an on", "a n o", ["on"]),
        ("能 力", "能", ["力"]),
    ],
)
def test_it_is_missing(wanted, there, missing):
    assert lacks(wanted, there) == missing


words = st.lists(st.sampled_from(["a", "of", "river", "bank", "12", "1,000", "7", "international", "x"]), max_size=20)


@given(words, words)
def test_never_more_is_missing_than_was_wanted_and_nothing_of_what_is_there(wanted, there):
    missing = absent(wanted, there, " ".join(there))
    assert all(missing.count(word) <= max(wanted.count(word) - there.count(word), 0) for word in set(missing))
    assert absent(wanted, [*there, *wanted], "") == ()
    assert {word for word in wanted if word[0].isdigit() and word not in there} <= set(missing)


def test_letters_are_found_once():
    left = Leftover(["riverbank", "o", "ver"])
    assert left.take("river") and not left.take("river")
    assert left.take("bank") and not left.take("bank")
    assert left.take("over") and not left.take("over")
