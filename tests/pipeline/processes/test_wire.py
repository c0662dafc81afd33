"""Messages with arrays between two ends of a connection."""

from __future__ import annotations

import threading
from multiprocessing.connection import Pipe

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from pipeline.processes import wire

ARRAYS = of_numpy.arrays(st.sampled_from([np.uint8, np.float64]), of_numpy.array_shapes(min_dims=0, min_side=0))


def passed(message):
    """What comes of a message at the other end. A thread sends, as much does not fit into the connection at once."""
    near, far = Pipe()
    with near, far:
        sender = threading.Thread(target=wire.send, args=(far, message))
        sender.start()
        came = wire.receive(near)
        sender.join()
        assert not near.poll(), "all of it was taken"
    return came


@given(st.lists(ARRAYS | st.text() | st.none(), max_size=6))
def test_a_message_comes_as_it_was_sent(message):
    came = passed(message)
    assert len(came) == len(message)
    for one, other in zip(came, message, strict=True):
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype and one.shape == other.shape
            assert one.tobytes() == other.tobytes()
            one.fill(1)  # it is the receiver's own
        else:
            assert one == other


def test_more_than_a_connection_holds_and_what_lies_apart_in_memory():
    large = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)
    came, part = passed((large, large[::2, 5:, 1]))
    assert np.array_equal(came, large) and np.array_equal(part, large[::2, 5:, 1])


def test_a_sender_that_ends_in_the_middle_of_an_array():
    near, far = Pipe()
    array = np.zeros(1000, np.uint8)
    with far:
        wire.send(far, array)
    with near:
        head = near.recv_bytes()
        assert len(near._recv(600).getvalue()) == 600, "a part of it"  # type: ignore[attr-defined]
        assert head
        with pytest.raises(EOFError):
            wire._read(near, wire.anywhere(1000))
