"""Rows of a step: each slot's newest token, and as many guesses as there is room for."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.compute.rows import lay_out


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(0, 30))
def test_rows_stand_slot_by_slot(wanted, spare):
    guesses = torch.arange(len(wanted) * 5).view(-1, 5)
    rows = lay_out(guesses, torch.tensor(wanted), spare)
    left, expected = spare, []
    for slot, count in enumerate(wanted):
        given_ = min(count, left)
        left -= given_
        expected += [(slot, ahead) for ahead in range(given_ + 1)]
    assert rows.slots.shape == rows.ahead.shape == rows.real.shape == (len(wanted) + spare,)
    real = int(rows.real.sum())
    assert rows.real[:real].all()
    assert list(zip(rows.slots[:real].tolist(), rows.ahead[:real].tolist(), strict=True)) == expected
    assert not rows.slots[real:].any()
    assert not rows.ahead[real:].any()
    assert rows.starts.tolist() == [expected.index((slot, 0)) for slot in range(len(wanted))]
    picked = rows.picked(torch.arange(len(wanted) + spare))
    for slot, size in enumerate(rows.sizes.tolist()):
        assert picked[slot, :size].tolist() == list(range(int(rows.starts[slot]), int(rows.starts[slot]) + size))
