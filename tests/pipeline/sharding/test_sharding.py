"""Pages over several processes: each comes once, whatever becomes of a process, and nothing outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Queue
from threading import Thread, Timer

import pymupdf
import pytest
from waiting import LONG, until

from pipeline.engine.load import load_engine
from pipeline.errors import ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.gpus import devices_of, open_sharded
from pipeline.readers.opening import open_transcriber
from pipeline.sharding.shard import Shard, Task
from pipeline.sharding.sharded import Patience, ShardedTranscriber
from pipeline.sharding.worker import Ready
from pipeline.transcript import Finish, PageRef, Source

SOURCE = Source(Path("a.pdf"), "a.pdf")
PATIENT = Patience()
PAGES = [PageRef(SOURCE, number) for number in range(1, 21)]


@dataclass
class Listened:
    """Stands before a connection's `close` and notes whether the thread is alive that reads from it."""

    thread: Thread
    close: Callable[[], None]
    found: list[bool] = field(default_factory=list)

    def __call__(self):
        self.found.append(self.thread.is_alive())
        self.close()


@pytest.fixture
def fakes(monkeypatch):
    """The module of stand-ins, so that spawned processes find it, too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fake_readers

    return fake_readers


@pytest.fixture
def make(fakes, tmp_path):
    """A function: number of processes, what the fake readers do → ShardedTranscriber."""
    opened = []

    def make(count=2, kind="Reader", patience=PATIENT, stock=2, **options):
        reader = getattr(fakes, kind)(tmp_path / "notes", **options)
        opened.append(ShardedTranscriber([replace(reader) for _ in range(count)], stock=stock, patience=patience))
        return opened[-1]

    make.notes = tmp_path / "notes"  # type: ignore[attr-defined]
    yield make
    for sharded in opened:
        sharded.close()


def notes(make):
    return Counter(make.notes.read_text().splitlines())


def processes(make):
    return sum(count for line, count in notes(make).items() if line.startswith("process"))


def finishes(transcripts):
    return {transcript.ref.number: transcript.finish for transcript in transcripts}


def read_once_each(transcripts, pages=PAGES):
    assert Counter(transcript.ref for transcript in transcripts) == Counter(pages)
    for transcript in transcripts:
        assert transcript.finish is Finish.ERROR or transcript.text == f"page {transcript.ref.number}"


def test_every_page_comes_once_and_the_processes_share_them(make):
    sharded = make(3, pause=0.05)
    assert (sharded.name, sharded.settings) == ("fake", "fake/1")
    for pages in (PAGES, PAGES[:2], [], PAGES[3:4]):  # the same processes each time
        results = list(sharded.transcribe(iter(pages)))
        read_once_each(results, pages)
        assert all(result.finish is Finish.STOP for result in results)
    assert processes(make) == 3


def test_pages_are_pulled_only_as_there_is_room(make):
    pulled = []

    def supply():
        for ref in PAGES * 5:
            pulled.append(ref)
            yield ref

    most = 2 * (3 + 2)  # two processes with three slots and a stock of two
    for done, _ in enumerate(make(2).transcribe(supply())):
        assert len(pulled) <= done + 1 + most
    assert len(pulled) == 100


def test_a_process_killed_at_a_page_costs_no_page(make):
    results = list(make(2, harm={7: "kill"}, once=True).transcribe(PAGES))
    read_once_each(results)
    assert set(finishes(results).values()) == {Finish.STOP}
    assert notes(make)["page 7"] == 2


def test_a_page_that_kills_two_processes_is_an_error_and_the_others_are_read(make):
    results = list(make(2, harm={7: "kill"}, slots=1).transcribe(PAGES))
    read_once_each(results)
    assert [number for number, finish in finishes(results).items() if finish is not Finish.STOP] == [7]
    (error,) = (result.error for result in results if result.error)
    assert error == "two processes ended while reading this page; the last one was killed by signal 9"
    assert notes(make)["page 7"] == 2


def test_processes_lost_here_and_there_in_a_long_batch_are_replaced_each_time(make):
    """More of them than may be lost in a row; pages are read in between."""
    results = list(make(1, harm=dict.fromkeys(range(2, 20, 3), "kill"), once=True, slots=1).transcribe(PAGES))
    read_once_each(results)
    assert set(finishes(results).values()) == {Finish.STOP}
    assert processes(make) == 7


def test_closing_from_another_thread_ends_a_batch(make):
    sharded = make(1, harm={3: "hang"})
    Timer(1.0, sharded.close).start()
    assert len(list(sharded.transcribe(PAGES))) <= 2
    read_once_each(list(sharded.transcribe(PAGES[10:])), PAGES[10:])


def test_pages_that_come_in_their_own_time_keep_nobody_waiting(make):
    """What has been read is told before the next page is there, and the batch does not end meanwhile."""

    class Slow:
        """A page may be had only when the one before it was told."""

        def __init__(self):
            self.given = self.told = 0

        def __iter__(self):
            return self

        def __next__(self):
            assert self.ready(), "asked though there is work to do"
            if self.given == 5:
                raise StopIteration
            self.given += 1
            return PAGES[self.given - 1]

        def ready(self):
            return self.given == self.told

    supply = Slow()
    for _ in make(2, kind="Eager").transcribe(supply):
        supply.told += 1
    assert supply.told == 5


@pytest.mark.parametrize(("harm", "missed"), [("stall", "silence"), ("hang", "standstill")])
def test_a_process_that_stands_still_is_replaced(make, harm, missed):
    sharded = make(2, harm={3: harm}, once=True)
    sharded._patience = Patience(**{"silence": 1000, "standstill": 1000} | {missed: 4})
    # A process that is started takes its time: the patience is short with those alone that read already.
    sharded._lost = lambda trouble: setattr(sharded, "_patience", PATIENT)
    results = list(sharded.transcribe(PAGES))
    read_once_each(results)
    assert set(finishes(results).values()) == {Finish.STOP}
    assert notes(make)["page 3"] == 2


def test_a_process_without_memory_is_replaced(make):
    results = list(make(2, harm={5: "hoard"}, slots=1).transcribe(PAGES))
    read_once_each(results)
    failed = [result for result in results if result.finish is Finish.ERROR]
    assert [result.ref.number for result in failed] == [5]
    assert "MemoryError" in failed[0].error


def test_an_error_of_the_device_is_told_in_one_line(make):
    results = list(make(1, harm={1: "break_off"}, slots=1).transcribe(PAGES[:3]))
    read_once_each(results, PAGES[:3])
    (error,) = (result.error for result in results if result.error)
    assert error.endswith("broke off (RuntimeError: CUDA error: an illegal memory access was encountered)")


def test_no_page_is_lost_where_no_process_can_be_had_any_more(make):
    results = list(make(1, kind="Dying", harm={4: "kill"}, slots=1).transcribe(PAGES))
    read_once_each(results)
    told = Counter(result.error for result in results)
    assert told == {None: 3, "no process is left to read it": 17}


def test_what_cannot_be_loaded_is_a_users_error(make):
    with pytest.raises(ModelError, match="there is no such checkpoint"):
        make(2, kind="Refusing")


def test_pages_that_are_no_longer_wanted_do_not_come_back(make):
    sharded = make(2, pause=0.05)
    unfinished = sharded.transcribe(PAGES)
    next(unfinished)
    unfinished.close()
    read_once_each(list(sharded.transcribe(PAGES[10:])), PAGES[10:])


def test_a_connection_is_closed_only_when_nobody_listens_any_more(fakes, tmp_path):
    """Else its number goes to the next one's file while a thread still reads there, and a page sent is torn."""
    for _ in range(3):
        inbox = Queue()
        shard = Shard(fakes.Reader(tmp_path / "notes"), inbox)
        while not isinstance(inbox.get(timeout=LONG)[1], Ready):
            pass
        for page in PAGES:
            shard.send(Task(page))
        listener, connection = shard._listener, shard.process.connection
        listened = Listened(listener, connection.close)
        connection.close = listened
        shard.end()
        assert listened.found == [False]


@pytest.mark.parametrize("interrupt", ["ctrl-c", "kill"])
def test_nothing_outlives_the_parent(fakes, tmp_path, interrupt):
    command = "import sys, fake_readers; fake_readers.slow_pages(sys.argv[1], 100)"
    folders = [str(Path(__file__).parent), str(Path(__file__).parents[3])]
    script = tmp_path / "main.py"
    script.write_text(f"import sys; sys.path[:0] = {folders!r}\nif __name__ == '__main__':\n    {command}\n")
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout.readline() == b"ready\n"
    children = [int(line.split()[1]) for line in (tmp_path / "notes").read_text().splitlines() if "process" in line]
    assert len(children) == 2
    if interrupt == "ctrl-c":
        os.killpg(parent.pid, signal.SIGINT)
    else:
        parent.kill()
    _, errors = parent.communicate(timeout=LONG)
    if interrupt == "ctrl-c":
        assert errors.decode().count("KeyboardInterrupt") == 1, "the parent's own traceback only"
    until(lambda: not any(map(running, children)))


def running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_engines_in_processes_say_what_one_says(tiny_checkpoint, tmp_path):
    with pymupdf.open() as document:
        for number in range(5):
            document.new_page(width=300, height=300).insert_text((20, 60 + 40 * number), f"Page {number}", fontsize=24)
        document.save(tmp_path / "five.pdf")
    pages = [PageRef(Source(tmp_path / "five.pdf", "five.pdf"), number) for number in range(1, 6)]
    options = ReaderOptions(str(tiny_checkpoint), "cpu", max_tokens=6)
    alone = load_engine(options.model, options)
    sharded = open_sharded(options.model, options, ("cpu", "cpu"))
    assert (sharded.name, sharded.settings) == (alone.name, alone.settings)
    expected = {transcript.ref: transcript for transcript in alone.transcribe(pages)}
    results = []
    for transcript in sharded.transcribe(pages):
        results.append(transcript)
        if len(results) == 1:
            os.kill(sharded._shards[0].process.pid, signal.SIGKILL)
    sharded.close()
    assert {result.ref: result.text for result in results} == {ref: each.text for ref, each in expected.items()}
    assert len(results) == 5


def test_gpus_by_number(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert devices_of("all") == ("cuda:0", "cuda:1", "cuda:2", "cuda:3")
    assert devices_of("2, 0,2") == ("cuda:0", "cuda:2")
    with pytest.raises(UserError, match="--gpus one: give all, or numbers like 0,1"):
        devices_of("one")
    with pytest.raises(ModelError, match="there is no GPU 4 here, of 4"):
        devices_of("0,4")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ModelError, match="there is no CUDA device here"):
        devices_of("all")


def test_gpus_and_a_device_are_too_much(tiny_checkpoint):
    with pytest.raises(UserError, match="--gpus 0 is --device cuda:0"):
        open_transcriber(ReaderOptions(str(tiny_checkpoint), "cpu", gpus="all"))
