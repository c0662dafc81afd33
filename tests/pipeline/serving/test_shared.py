"""One reader for many callers: each gets its own pages, and what nobody wants any more is left."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
from waiting import LONG

from pipeline.serving.shared import GoneError, Seat, Shared
from pipeline.transcript import Finish, PageRef, Source, Transcript


class RecordedReader:
    """Says of each page what was written down for its number."""

    name, settings = "recorded", "recorded/1"

    def __init__(self, texts):
        self.texts, self.asked = texts, []

    def transcribe(self, pages):
        for ref in pages:
            self.asked.append(ref)
            yield self.read(ref)

    def read(self, ref):
        return Transcript(ref, self.texts[ref.number], Finish.STOP, reader=self.name)

    def close(self):
        pass


def refs(name, count):
    return [PageRef(Source(Path(f"/{name}"), name), number) for number in range(1, count + 1)]


@pytest.fixture
def shared():
    opened = []

    def make(reader):
        opened.append(Shared(reader))
        return opened[-1]

    yield make
    for each in opened:
        each.end()


def test_callers_at_once_each_get_their_own(shared):
    seats = shared(RecordedReader({number: f"page {number}" for number in range(1, 200)}))
    found = {}

    def call(name, count):
        found[name] = [(page.ref.source.name, page.text) for page in Seat(seats).transcribe(refs(name, count))]

    threads = [threading.Thread(target=call, args=(f"c{number}", 10 * number)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(12):
        assert sorted(found[f"c{number}"]) == sorted(
            (f"c{number}", f"page {page}") for page in range(1, 10 * number + 1)
        )
    assert seats.under_way == 0


class Breaking(RecordedReader):
    """Fails its first batch in the middle."""

    failed = False

    def read(self, ref):
        if ref.number == 3 and not self.failed:
            self.failed = True
            raise RuntimeError("the engine broke")
        return super().read(ref)


def test_a_reader_that_breaks_fails_what_it_had_and_reads_on(shared):
    seats = shared(Breaking({number: f"page {number}" for number in range(1, 9)}))
    pages = list(Seat(seats).transcribe(refs("a", 8)))
    assert len(pages) == 8
    assert {page.error for page in pages if page.finish is Finish.ERROR} == {"RuntimeError: the engine broke"}
    assert all(page.finish is Finish.STOP for page in Seat(seats).transcribe(refs("b", 8)))


class Slow(RecordedReader):
    """Attentive; reads nothing until it is let."""

    def __init__(self):
        super().__init__({number: f"page {number}" for number in range(1, 200)})
        self.hear, self.dropped, self.let, self.begun = None, [], threading.Event(), threading.Event()

    def drop(self, ref):
        self.dropped.append(ref)

    def read(self, ref):
        self.begun.set()
        self.hear(ref, [1, 2])
        self.let.wait(LONG)
        return super().read(ref)


def test_what_nobody_wants_any_more_is_dropped_or_not_begun(shared):
    reader = Slow()
    seats = shared(reader)
    gone = threading.Event()
    pages = refs("a", 5)

    def leave():
        reader.begun.wait(LONG)
        gone.set()

    threading.Thread(target=leave).start()
    with pytest.raises(GoneError):
        list(Seat(seats, gone.is_set).transcribe(pages))
    reader.let.set()
    (page,) = Seat(seats).transcribe(refs("b", 1))
    assert page.finish is Finish.STOP
    assert set(reader.dropped) == set(pages)
    assert [ref.source.name for ref in reader.asked] == ["a", "b"]  # the others of a were never begun


def test_who_asks_hears_what_is_written(shared):
    reader = Slow()
    reader.let.set()
    seats, heard, done = shared(reader), [], SimpleQueue()
    seats.give(refs("a", 1)[0], done.put, heard.extend)
    assert done.get(timeout=LONG).text == "page 1"
    assert heard == [1, 2]
