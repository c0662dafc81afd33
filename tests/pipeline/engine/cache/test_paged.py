"""Blocks of the cache: handed out once, given back, moved."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.cache.paged import BlockTable


def test_slots_grow_by_blocks_and_give_them_back():
    table = BlockTable(slots=2, length=10, block=4, blocks=5)
    assert table.free_tokens == 16
    assert table.extend(0, 5)
    assert table.places(0, 5).tolist() == [4, 5, 6, 7, 8]
    assert table.extend(1, 4)
    assert not table.extend(1, 10), "three blocks, one is free"
    assert table.places(1, 4).tolist() == [12, 13, 14, 15], "a refusal changes nothing"
    table.release(0)
    assert table.rows[0].tolist() == [0, 0, 0]
    assert table.extend(1, 10)
    assert table.free_tokens == 4


def test_a_moved_slot_keeps_its_blocks():
    table = BlockTable(slots=3, length=8, block=4, blocks=4)
    table.extend(2, 8)
    places = table.places(2, 8).tolist()
    table.move(2, 0)
    assert table.places(0, 8).tolist() == places
    assert table.rows[2].tolist() == [0, 0]
    table.release(0)
    assert table.free_tokens == 12


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=40))
def test_no_block_has_two_owners(actions):
    table = BlockTable(slots=4, length=12, block=2, blocks=12)
    for slot, tokens in actions:
        before = table.version
        if tokens == 0:
            table.release(slot)
        elif not table.extend(slot, tokens):
            assert table.version == before
        owned = table.rows[table.rows > 0]
        assert len(np.unique(owned)) == len(owned)
        assert len(owned) * 2 + table.free_tokens == 22
