"""Calls in another process: who is blamed for its end, what an interrupted call leaves behind, who may start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from waiting import LONG

from pipeline.processes.worker import CallError, LostError, Worker

ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.end()


def _wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def _touch_and_wait(begun: Path, go: Path) -> int:
    begun.touch()
    _wait_for(go)
    return os.getpid()


def test_a_process_that_ended_while_idle_is_nobodys_fault(worker):
    first = worker.call(30, os.getpid)
    os.kill(first, signal.SIGKILL)
    assert worker.call(30, os.getpid) not in (first, os.getpid())


def test_a_process_that_ends_before_it_begins_is_asked_in_another_one(worker):
    """The call is on its way to a process that stands still, and is then killed."""
    first = worker.call(30, os.getpid)
    os.kill(first, signal.SIGSTOP)
    threading.Timer(0.2, os.kill, (first, signal.SIGKILL)).start()
    assert worker.call(30, divmod, 7, 2) == (3, 1)
    assert worker.pid != first


def test_a_call_that_ends_its_process_is_not_made_twice(worker, tmp_path):
    with pytest.raises(LostError, match="its process ended"):
        worker.call(30, _count_and_die, tmp_path / "calls")
    assert (tmp_path / "calls").read_text() == "x"


def _count_and_die(path: Path) -> None:
    with path.open("a") as file:
        file.write("x")
    os._exit(1)


def test_an_interrupted_call_leaves_no_answer_for_the_next_one(worker, tmp_path):
    """Ctrl-C comes while the process works; its answer would be the first thing that the next call hears."""
    begun, go, main = tmp_path / "begun", tmp_path / "go", threading.get_ident()

    def interrupt():
        _wait_for(begun)
        signal.pthread_kill(main, signal.SIGINT)  # else this thread has it, and the other one sleeps on

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        worker.call(30, _touch_and_wait, begun, go)
    thread.join()
    go.touch()
    assert worker.call(30, divmod, 7, 2) == (3, 1)


def test_what_is_ended_stays_so(worker, tmp_path):
    """From another thread, while a call is under way."""

    def end():
        _wait_for(tmp_path / "begun")
        worker.end()

    threading.Thread(target=end).start()
    with pytest.raises(LostError):
        worker.call(30, _touch_and_wait, tmp_path / "begun", tmp_path / "never")
    with pytest.raises(LostError, match="it was ended"):
        worker.call(30, os.getpid)


def test_errors_that_are_no_users_mistake_are_told_in_one_line(worker):
    with pytest.raises(CallError, match=r"^it cannot be read \(ValueError: invalid literal for int\(\)"):
        worker.call(30, int, "seven")


def run(tmp_path, program, *arguments):
    script = tmp_path / "script.py"
    script.write_text(program)
    return subprocess.run(
        [sys.executable, *arguments, str(script)], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=LONG,
    )  # fmt: skip


PLAIN = """
import os
from threading import Thread
from pipeline.documents.guard import guard
print("once", flush=True)
assert guard().call(os.getpid) != os.getpid()
thread = Thread(target=lambda: print(guard().call(divmod, 7, 2)))
thread.start()
thread.join()
"""


def test_a_script_needs_no_main_guard(tmp_path):
    """Nothing of the script runs a second time, in whichever thread the first call is made."""
    done = run(tmp_path, PLAIN)
    assert (done.returncode, done.stdout, done.stderr) == (0, "once\n(3, 1)\n", "")


def test_a_file_beside_the_script_stands_for_nothing_of_pythons_own(tmp_path):
    (tmp_path / "signal.py").write_text("raise SystemExit('the wrong signal')")
    done = run(tmp_path, "import sys; sys.path.pop(0)\n" + PLAIN)
    assert (done.returncode, done.stdout, done.stderr) == (0, "once\n(3, 1)\n", "")


@pytest.mark.parametrize("closed", [False, True])
def test_nothing_that_is_printed_there_comes_out_of_our_standard_output(tmp_path, closed):
    program = "from pipeline.documents.guard import guard\nassert guard().call(print, 'noise') is None\n"
    done = run(tmp_path, ("import os; os.close(2)\n" if closed else "") + program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "" if closed else "noise\n")


FORKED = """
import os
from pipeline.documents.guard import guard
first = guard().call(os.getpid)
child = os.fork()
if child == 0:
    os._exit(guard().call(os.getpid) == first)
assert os.waitpid(child, 0)[1] == 0
assert guard().call(os.getpid) == first
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_fork_has_a_process_of_its_own(tmp_path):
    done = run(tmp_path, FORKED)
    assert (done.returncode, done.stderr) == (0, "")
