"""Own text first: which pages go to the network, when it is loaded, and in what order transcripts come."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Timer
from threading import enumerate as enumerate_threads

import pymupdf
import pytest
from waiting import LONG

from pipeline.errors import ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import choose
from pipeline.readers.opening import open_transcriber, settings_of
from pipeline.readers.own_text.first import MOST_WAITING, OwnTextFirst
from pipeline.readers.own_text.pages import CHUNK, FIRST, WORKERS
from pipeline.transcriber import Life
from pipeline.transcript import Finish, PageRef, Source, Transcript

WORDS = "The own text of a page is exact, and it costs nothing to take. " * 8


@dataclass
class Network:
    name: str = "network"
    settings: str = "network/1"
    read: list[int] = field(default_factory=list)

    def close(self):
        self.read.append("closed")  # type: ignore[arg-type]

    def transcribe(self, pages):
        for ref in pages:
            self.read.append(ref.number)
            yield Transcript(ref, "seen", Finish.STOP, reader=self.name)


def pdf(folder, *pages):
    """A page for each of "text", "scan" (a picture), "stamped" (a picture and a few words), "blank"."""
    document = pymupdf.open()
    picture = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 60, 80))
    picture.clear_with(90)
    for kind in pages:
        page = document.new_page(width=300, height=400)
        if kind in ("scan", "stamped"):
            page.insert_image(pymupdf.Rect(10, 10, 290, 390), pixmap=picture, keep_proportion=False)
        if kind == "stamped":
            page.insert_text((20, 395), "Downloaded from a library")
        if kind == "text":
            page.insert_textbox(pymupdf.Rect(20, 20, 280, 380), WORDS)
    path = folder / "a.pdf"
    document.save(path)
    return [PageRef(Source(path, path.name), n + 1) for n in range(len(pages))]


@pytest.fixture
def network():
    return Network()


def test_only_pages_without_text_of_their_own_are_read(tmp_path, network):
    pages = pdf(tmp_path, "text", "scan", "blank", "stamped", "text")
    done = {t.ref.number: t for t in OwnTextFirst(lambda: network, "both", "network/1").transcribe(pages)}
    assert sorted(done) == [1, 2, 3, 4, 5]
    assert network.read == [2, 4]
    assert [done[n].reader for n in sorted(done)] == ["text-layer", "network", "text-layer", "network", "text-layer"]
    assert done[1].text.count("own text") == 8 and done[3].finish is Finish.BLANK


def test_those_who_look_on_see_what_the_network_has_answered(tmp_path, network):
    """Also where the page's own text is kept: who reckons how fast a network is must know that it was read."""
    reader = OwnTextFirst(lambda: network, "both", "network/1")
    assert reader.life() == Life()
    assert len(list(reader.transcribe(pdf(tmp_path, "text", "scan", "blank", "stamped", "text")))) == 5
    assert reader.life() == Life(answered=2)


def test_a_document_of_text_loads_no_network_and_comes_in_order(tmp_path):
    def load():
        raise AssertionError("loaded")

    pages = pdf(tmp_path, *["text"] * 40)
    reader = OwnTextFirst(load, "both", "network/1")
    assert [t.ref for t in reader.transcribe(pages)] == pages
    assert reader.settings.endswith("+network/1")


@dataclass
class Batches(Network):
    """Pulls all pages that it can get before it answers, as an engine with many slots does."""

    sizes: list[int] = field(default_factory=list)

    def transcribe(self, pages):
        held = list(pages)
        self.sizes.append(len(held))
        yield from super().transcribe(held)


@pytest.mark.parametrize(("every", "count"), [(2, 200), (10, 100), (20, 100)])
def test_however_few_pages_are_scans_the_network_has_one_full_batch(tmp_path, every, count):
    kinds = ["text" if n % every else "scan" for n in range(1, count + 1)]
    network, pages = Batches(), pdf(tmp_path, *kinds)
    done = list(OwnTextFirst(lambda: network, "both", None).transcribe(pages))
    assert sorted(t.ref.number for t in done) == list(range(1, count + 1))
    assert network.sizes == [count // every]


class Stubborn(Network):
    """Takes one page at a time, and answers the first one only when it is let."""

    def __init__(self):
        super().__init__()
        self.let = Event()

    def transcribe(self, pages):
        for transcript in super().transcribe(pages):
            self.let.wait(LONG)
            yield transcript


@pytest.mark.parametrize("kind", ["text", "scan"])
def test_only_so_many_pages_are_held_while_the_network_is_busy(tmp_path, kind):
    """Text goes on past a slow scan; scans are not looked for without end."""
    network, held, pulled = Stubborn(), [], 0

    def source():
        nonlocal pulled
        for ref in pages:
            pulled += 1
            held.append(pulled - told)
            yield ref

    pages, told = pdf(tmp_path, "scan", *[kind] * 179), 0  # twice as many as may be held
    Timer(2.0, network.let.set).start()
    for _ in OwnTextFirst(lambda: network, "both", None).transcribe(source()):
        told += 1
    assert told == 180
    assert max(held) <= (0 if kind == "text" else MOST_WAITING) + FIRST + 2 * WORKERS * CHUNK + 2


def test_a_worker_that_ends_costs_no_page(tmp_path, network):
    reading = OwnTextFirst(lambda: network, "both", None).transcribe(pages := pdf(tmp_path, *["text"] * 100))
    done = [next(reading) for _ in range(FIRST + 1)]
    for line in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        os.kill(int(line), signal.SIGKILL)
    assert [t.ref for t in (*done, *reading)] == pages
    assert network.read == []


class Breaking(Network):
    def transcribe(self, pages):
        next(iter(pages))
        raise RuntimeError("the device is gone")
        yield


def test_what_breaks_the_network_breaks_the_batch(tmp_path):
    with pytest.raises(RuntimeError, match="the device is gone"):
        list(OwnTextFirst(Breaking, "both", None).transcribe(pdf(tmp_path, "scan", *["text"] * 20)))


class Hasty(Network):
    """Ends before it has read everything."""

    def transcribe(self, pages):
        yield next(super().transcribe(pages))


def test_a_network_that_ends_early_keeps_nobody_waiting(tmp_path):
    done = list(OwnTextFirst(Hasty, "both", None).transcribe(pdf(tmp_path, "scan", "scan", *["text"] * 60)))
    assert {t.ref.number for t in done} == {1, *range(3, 63)}


def test_a_batch_that_nobody_wants_any_more_ends_the_networks(tmp_path):
    network = Stubborn()
    reader = OwnTextFirst(lambda: network, "both", None)
    reading = reader.transcribe(pdf(tmp_path, "scan", *["text"] * 100))
    assert next(reading).ref.number == 2
    Timer(0.5, network.let.set).start()
    reading.close()  # type: ignore[attr-defined]
    assert network.read == [1, "closed"]
    assert not any(thread.name == "ocr2-reader" for thread in enumerate_threads())
    reader.close()
    assert network.read == [1, "closed", "closed"]


def test_text_is_handed_on_before_a_scan_is_read(tmp_path, network):
    reading = OwnTextFirst(lambda: network, "both", None).transcribe(pdf(tmp_path, "text", "text", "scan"))
    assert [next(reading).ref.number for _ in range(2)] == [1, 2]
    assert network.read == []
    assert next(reading).ref.number == 3


def test_the_name_says_both(tiny_checkpoint):
    options = ReaderOptions(f"text-layer+{tiny_checkpoint}", "cpu")
    reader, choice = open_transcriber(options)
    assert choice.model == reader.name == f"text-layer+{tiny_checkpoint}"
    alone, _ = open_transcriber(ReaderOptions(str(tiny_checkpoint), "cpu"))
    assert reader.settings == settings_of(options)
    assert alone.settings in reader.settings and alone.settings != reader.settings
    assert choose("text-layer+text-layer").model == "text-layer"
    with pytest.raises(ModelError, match="there is no model 'nope'"):
        choose("text-layer+nope")


@pytest.mark.parametrize("wrong", [{"device": "cuda:77"}, {"device": "nowhere"}, {"gpus": "77"}, {"gpus": "first"}])
def test_a_device_that_is_not_there_is_told_before_any_page_is_read(tiny_checkpoint, wrong):
    """The network is loaded at the first page that needs it, which may be hours later."""
    with pytest.raises(UserError, match=r"77|nowhere|first|CUDA"):
        open_transcriber(ReaderOptions(f"text-layer+{tiny_checkpoint}", **wrong))
