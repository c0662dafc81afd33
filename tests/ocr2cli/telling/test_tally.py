"""What is counted of a run, as an estimate of its time wants to know it."""

import pytest

from ocr2cli.telling.tally import Tally
from pipeline.transcriber import Life


def test_a_writer_that_waits_to_be_told_of_is_not_at_work():
    """Of two documents the first is written; the next page, with which that is told, takes a network half a minute."""
    tally = Tally(2)
    tally.begun("a.pdf", 3, 3)
    for number in (1, 2, 3):
        tally.page("a.pdf", number, True)
    tally.begun("b.pdf", 1, 1)
    tally.writing("a.pdf")
    at_work = []
    for _ in range(9):  # three passes over each page, a third of a page each: their sum is a little under three
        at_work.append(tally.load(Life(), True).writing)
        tally.step(1 / 3)
    load = tally.load(Life(), True)
    assert (all(at_work), load.writing, load.written) == (True, False, pytest.approx(3))
    tally.document("a.pdf", False)
    assert not tally.load(Life(), True).writing
