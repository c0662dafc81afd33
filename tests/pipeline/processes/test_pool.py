"""Workers side by side: each call is answered or fails alone, and nothing is left when the pool is closed."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from pipeline.processes.pool import Pool
from pipeline.processes.worker import CallError, LostError


@pytest.fixture
def make_pool():
    made = []

    def make(count, **limits):
        made.append(Pool(count, **limits))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def _meet(mine: Path, other: Path) -> int:
    mine.touch()
    while not other.exists():
        pass
    return os.getpid()


def test_calls_run_side_by_side(make_pool, tmp_path):
    """Two that wait for each other, and processes are not started twice."""
    pool, here, there = make_pool(2), tmp_path / "here", tmp_path / "there"
    meeting = pool.submit(_meet, here, there), pool.submit(_meet, there, here)
    assert {call.result(60) for call in meeting} == set(pool.pids)
    assert len(pool.pids) == 2


def test_a_call_that_kills_costs_no_other(make_pool):
    pool = make_pool(2)
    calls = [pool.submit(signal.raise_signal, signal.SIGKILL) if n == 3 else pool.submit(abs, -n) for n in range(9)]
    with pytest.raises(LostError):
        calls[3].result(60)
    assert [call.result(60) for n, call in enumerate(calls) if n != 3] == [0, 1, 2, 4, 5, 6, 7, 8]


def test_a_call_that_hangs_is_ended(make_pool):
    pool = make_pool(1, seconds=0.5)
    calls = [pool.submit(signal.pause), pool.submit(abs, -1)]
    with pytest.raises(CallError, match="longer than 0 s"):
        calls[0].result(60)
    assert calls[1].result(60) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_closing_ends_what_is_under_way_and_cancels_the_rest(make_pool):
    pool = make_pool(1)
    assert pool.submit(abs, -1).result(60) == 1
    (process,) = pool.pids
    calls = [pool.submit(signal.pause) for _ in range(3)]
    pool.close()
    with pytest.raises((LostError, CancelledError)):
        calls[0].result(60)
    assert [call.cancelled() for call in calls[1:]] == [True, True]
    while Path(f"/proc/{process}").exists():  # its thread sees to the rest
        time.sleep(0.01)
