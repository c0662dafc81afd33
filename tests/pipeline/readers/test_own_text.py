"""Own text first: which pages go to the network, when it is loaded, and in what order transcripts come."""

from dataclasses import dataclass, field

import pymupdf
import pytest

from pipeline.errors import ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.choice import choose, open_transcriber, settings_of
from pipeline.readers.own_text import OwnTextFirst
from pipeline.transcript import Finish, PageRef, Source, Transcript

WORDS = "The own text of a page is exact, and it costs nothing to take. " * 8


@dataclass
class Network:
    name: str = "network"
    settings: str = "network/1"
    read: list[int] = field(default_factory=list)

    def close(self):
        self.read.append("closed")

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


def test_a_document_of_text_loads_no_network_and_comes_in_order(tmp_path):
    def load():
        raise AssertionError("loaded")

    pages = pdf(tmp_path, *["text"] * 40)
    reader = OwnTextFirst(load, "both", "network/1")
    assert [t.ref for t in reader.transcribe(pages)] == pages
    assert reader.settings.endswith("+network/1")


def test_text_does_not_wait_for_the_end_of_a_long_document(tmp_path, network):
    """With a slow scan in between, at most a handful of transcripts are held back."""
    pages = pdf(tmp_path, "scan", *["text"] * 40)
    pulled = 0

    def source():
        nonlocal pulled
        for ref in pages:
            pulled += 1
            yield ref

    held = []
    for count, _ in enumerate(OwnTextFirst(lambda: network, "both", None).transcribe(source()), 1):
        held.append(pulled - count)
    assert count == 41
    assert max(held) <= 17


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
