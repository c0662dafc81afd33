"""Buffers for arrays from other processes are used again, and never while somebody holds what came in them."""

from __future__ import annotations

import threading
from multiprocessing.connection import Pipe

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.encoding.landing import LandingBuffers
from pipeline.processes import wire

MIB = 1 << 20


def address(memory):
    return np.frombuffer(memory, np.uint8).__array_interface__["data"][0]


def test_what_was_let_go_of_serves_again():
    landing = LandingBuffers(10 * MIB, pinned=False)
    first = landing(MIB)
    where = address(first)
    other = landing(MIB)
    assert address(other) != where
    del first
    assert address(landing(MIB)) == where, "a buffer of its size is free again"


def test_an_array_holds_its_buffer():
    landing = LandingBuffers(10 * MIB, pinned=False)
    memory = landing(MIB)
    part = np.frombuffer(memory, np.uint8)[10:20]
    where = address(memory)
    del memory
    assert address(landing(MIB)) != where
    del part
    assert address(landing(MIB)) == where


def test_no_more_than_was_allowed_is_kept():
    landing = LandingBuffers(3 * MIB, pinned=False)
    kept = [landing(MIB) for _ in range(5)]
    where = [address(each) for each in kept]
    assert len(set(where)) == 5, "those beyond lie anywhere"
    kept.clear()
    again = [landing(MIB) for _ in range(3)]
    assert {address(each) for each in again} == set(where[:3])
    assert not landing._free[MIB] and landing._left == 0


def test_small_arrays_take_no_buffer():
    landing = LandingBuffers(10 * MIB, pinned=False)
    assert len(landing(1000)) == 1000 and len(landing(0)) == 0
    assert landing._left == 10 * MIB


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=30))
def test_messages_stay_what_they_were(messages):
    """Some are kept, some let go of: none that is kept changes by those that come later."""
    landing, kept = LandingBuffers(4 * MIB, pinned=False), []
    near, far = Pipe()
    with near, far:
        for number, (quarters, keep) in enumerate(messages):
            sent = np.full(quarters * MIB // 4, number, np.uint8)
            sender = threading.Thread(target=wire.send, args=(far, {"page": sent}))
            sender.start()
            came = wire.receive(near, landing)["page"]  # type: ignore[index]
            sender.join()
            assert (came == number).all() and came.flags.writeable
            if keep:
                kept.append((number, came))
    assert all((came == number).all() for number, came in kept)
