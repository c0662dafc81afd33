"""What crashes, hangs, eats memory or raises in the guard is an error of one call, and the next one works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import LONG

from pipeline.documents.guard import Guard, GuardError
from pipeline.errors import InputError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def make_guard():
    made = []

    def make(**limits):
        made.append(Guard(**limits))
        return made[-1]

    yield make
    for guard in made:
        guard.close()


def test_calls_are_answered_in_one_other_process(make_guard):
    guard = make_guard()
    first = guard.call(os.getpid)
    assert first != os.getpid()
    assert guard.call(os.getpid) == first
    assert guard.call(divmod, 7, 2) == (3, 1)


def test_a_crash_costs_one_call(make_guard):
    guard = make_guard()
    first = guard.call(os.getpid)
    for number in (signal.SIGSEGV, signal.SIGKILL):
        with pytest.raises(GuardError, match="its process ended"):
            guard.call(signal.raise_signal, number)
    with pytest.raises(GuardError, match="its process ended"):
        guard.call(os._exit, 0)
    assert guard.call(os.getpid) not in (first, os.getpid())


def test_a_hang_is_ended(make_guard):
    guard = make_guard(seconds=1.0)
    guard.call(os.getpid)
    with pytest.raises(GuardError, match="longer than 1 s"):
        guard.call(time.sleep, 1000)
    assert guard.call(divmod, 7, 2) == (3, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_memory_is_limited(make_guard):
    guard = make_guard(memory=1 << 30)
    with pytest.raises(GuardError, match="not enough memory"):
        guard.call(bytes, 2 << 30)
    assert guard.call(divmod, 7, 2) == (3, 1)


def test_errors_come_back(make_guard):
    guard = make_guard()
    with pytest.raises(InputError, match=r"^no such page$"):
        guard.call(_raise, InputError("no such page"))
    with pytest.raises(GuardError, match=r"cannot be read \(ValueError: odd\)"):
        guard.call(_raise, ValueError("odd"))
    with pytest.raises(GuardError, match=r"cannot be read \(ZeroDivisionError"):
        guard.call(divmod, 1, 0)


def _raise(error):
    raise error


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_orphan_that_hangs_without_letting_python_run_ends_too():
    """Its parent is killed, and a C function that keeps the interpreter's lock lets no thread see it."""
    program = (
        "import os, re, signal, threading, time\nfrom pipeline.documents.guard import Guard\n"
        "if __name__ == '__main__':\n"
        "    guard = Guard(1.0)\n    print(guard.call(os.getpid), flush=True)\n"
        "    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
        "    guard.call(re.fullmatch, '(a|a)+b', 'a' * 64)\n"
    )
    process = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=LONG)
    assert process.returncode == -signal.SIGKILL
    orphan = int(process.stdout)
    until = time.monotonic() + LONG
    while _alive(orphan) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _alive(orphan)


def _alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
