"""What no try could read is read in pieces: they come in order, once each, and no page is lost or believed for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.model.family.blocks import blocks
from pipeline.readers.wrappers.in_pieces import IN_PIECES, InPieces
from pipeline.readers.wrappers.retries import careful, careful_settings
from pipeline.transcript import Asked, Finish, PageRef, Source, Transcript
from tests.support.letters import LINE, page

LIMITS = Thresholds(0.5, 0.7, verified=True)
COLUMN = [(f"{LINE} " * 12)[47 * n :][:45].strip() for n in range(15)]
TEXT = " ".join(COLUMN)
# Each column's text in a box as high and wide as its lines are on the sheet that is read.
SAID = "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Source:
    path = tmp_path / "columns.png"
    page([(x, 200 + 30 * n, line) for x in (100, 640) for n, line in enumerate(COLUMN)], 20).save(path)
    return Source(path, path.name)


class Net:
    """Ends every whole page as `whole` says, and the n-th piece of a page from the left as `parts[n]` does: a finish
    and how sure it is. `eager` pulls all pages before it answers."""

    name, settings = "net", "net/1"

    def __init__(self, whole: Finish, *parts: tuple[Finish, float | None], eager: bool = False, **fields: Any) -> None:
        self.whole, self.parts, self.eager, self.asked = whole, parts, eager, list[PageRef]()
        self.fields: dict[str, Any] = {"confidence": 0.6, "text": f"{SAID}half of it"} | fields

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        for ref in list(pages) if self.eager else pages:
            self.asked.append(ref)
            known: dict[str, Any] = {"reader": "net", "width": 595, "height": 842, "output_tokens": 10}
            if ref.part is None:
                yield Transcript(ref, finish=self.whole, **known | self.fields)
                continue
            number = int(ref.part[0] > 0)
            finish, sure = self.parts[number]
            yield Transcript(ref, f"{SAID}{number} {TEXT}", finish, confidence=sure, **known)

    def close(self) -> None:
        pass

    @property
    def pieces(self) -> list[PageRef]:
        return [ref for ref in self.asked if ref.part is not None]


def read(net: Net, source: Source, **ref: Any) -> Transcript:
    (done,) = InPieces(net, LIMITS).transcribe([PageRef(source, 1, **ref)])
    return done


def texts(transcript: Transcript) -> list[str]:
    return [transcript.text[each.content : each.end].strip() for each in blocks(transcript.text)]


GOOD = Finish.STOP, 0.9


@pytest.mark.parametrize("whole", [Finish.LOOP, Finish.LENGTH, Finish.UNSURE, Finish.EMPTY])
@pytest.mark.parametrize("eager", [False, True])
def test_a_page_that_failed_is_read_column_after_column(sheet, whole, eager):
    net = Net(whole, GOOD, GOOD, eager=eager)
    done = read(net, sheet)
    assert (done.ref, done.finish, done.doubtful) == (PageRef(sheet, 1), Finish.STOP, False)
    assert texts(done) == [f"0 {TEXT}", f"1 {TEXT}"]
    assert done.tried == (f"net: {whole.value}", "net: in pieces")
    assert (done.width, done.unread, done.print, done.confidence) == (595, (), None, 0.9)
    assert all(ref.printed for ref in net.pieces) and len(net.pieces) == 2


@pytest.mark.parametrize("whole", [Finish.STOP, Finish.BLANK, Finish.ERROR])
def test_what_was_read_or_cannot_be_looked_at_is_left_alone(sheet, whole):
    net = Net(whole, GOOD, GOOD)
    assert (read(net, sheet).finish, net.pieces) == (whole, [])


def test_a_page_that_a_client_asked_for_in_its_own_words_is_left_alone(sheet):
    net = Net(Finish.LOOP, GOOD, GOOD)
    assert read(net, sheet, asked=Asked("<image>what?")).tried == () and net.pieces == []


def test_a_page_that_cannot_be_cut_stays_as_it_is(tmp_path):
    path = tmp_path / "line.png"
    page([(100, 200, LINE)]).save(path)
    done = read(net := Net(Finish.LOOP, GOOD, GOOD), Source(path, path.name))
    assert (done.finish, done.tried, net.pieces) == (Finish.LOOP, (), [])
    gone = read(Net(Finish.LOOP), Source(tmp_path / "gone.png", "gone.png"))
    assert (gone.finish, gone.tried) == (Finish.LOOP, ())


def test_pieces_that_are_doubtful_make_a_doubtful_page(sheet):
    done = read(Net(Finish.LOOP, (Finish.STOP, 0.6), (Finish.STOP, 0.7)), sheet)
    assert (done.finish, done.doubtful) == (Finish.STOP, True)


def test_a_piece_that_fails_leaves_the_page_marked_with_the_better_text(sheet):
    """A network that is sure of the rest makes up for nothing."""
    done = read(Net(Finish.UNSURE, (Finish.UNSURE, 0.45), (Finish.STOP, 0.99)), sheet)
    assert (done.finish, done.doubtful, texts(done)) == (Finish.UNSURE, False, [f"0 {TEXT}", f"1 {TEXT}"])
    assert done.tried == ("net: unsure", "net: in pieces")


@pytest.mark.parametrize(("sure", "kept"), [(0.5, "pieces"), (0.65, "whole")])
def test_pieces_that_are_hardly_surer_than_the_page_are_no_better(sheet, sure, kept):
    """Together they are at .7, less a little for words that lost letters."""
    text = f"{SAID}whole {TEXT} {TEXT}"
    done = read(Net(Finish.UNSURE, (Finish.UNSURE, 0.45), (Finish.STOP, 0.95), text=text, confidence=sure), sheet)
    assert done.finish is Finish.UNSURE and (done.text == text) is (kept == "whole")


def test_pieces_that_are_no_surer_than_the_page_give_way_to_it(sheet):
    done = read(Net(Finish.UNSURE, (Finish.LOOP, None), GOOD, text=f"{SAID}whole {TEXT} {TEXT}"), sheet)
    assert (done.finish, texts(done)) == (Finish.UNSURE, [f"whole {TEXT} {TEXT}"])
    assert done.tried == ("net, in pieces: unsure",)


def test_a_page_loses_no_text_to_pieces_that_have_far_less(sheet):
    text = f"{SAID}whole {TEXT} {TEXT} {TEXT} {TEXT}"
    done = read(Net(Finish.UNSURE, GOOD, GOOD, text=text), sheet)
    assert (done.finish, done.text, done.tried) == (Finish.UNSURE, text, ("net, in pieces: stop",))
    loop = read(Net(Finish.LOOP, GOOD, GOOD, text=text), sheet)  # which may be the same again and again
    assert loop.finish is Finish.STOP


def test_print_that_the_pieces_lack_is_told(sheet):
    """The left column's piece says nothing: half of the page is unread, and it stays unsure."""

    class Half(Net):
        def transcribe(self, pages):
            for one in super().transcribe(pages):
                yield replace(one, text="") if one.ref.part and one.ref.part[0] == 0 else one

    done = read(Half(Finish.LOOP, GOOD, GOOD), sheet)
    assert done.finish is Finish.UNSURE and done.unread_share == pytest.approx(0.5, abs=0.1) and done.unread


@pytest.mark.parametrize("eager", [False, True])
def test_pages_come_once_each_whatever_becomes_of_them(sheet, tmp_path, eager):
    path = tmp_path / "line.png"
    page([(100, 200, LINE)]).save(path)
    refs = [PageRef(source, 1) for source in (sheet, Source(path, path.name))]
    refs.append(replace(refs[0], asked=Asked()))
    done = list(InPieces(Net(Finish.LOOP, GOOD, GOOD, eager=eager), LIMITS).transcribe(refs))
    assert sorted(map(hash, refs)) == sorted(hash(one.ref) for one in done)


def test_all_of_the_chain_together(sheet):
    """Whole in two ways, then in pieces, of which a bad one is tried once more."""
    net = Net(Finish.LOOP, (Finish.LOOP, None), GOOD)
    (done,) = careful(net, LIMITS).transcribe([PageRef(sheet, 1)])
    asked = [(ref.part is not None, ref.attempt) for ref in net.asked]
    assert asked[:3] == [(False, 0), (False, 1), (False, 2)]
    assert sorted(asked[3:]) == [(True, 0), (True, 0), (True, 2)]
    assert done.finish is Finish.UNSURE and done.ref == PageRef(sheet, 1)
    assert len(done.tried) == 4 and done.tried[-1] == "net: in pieces"


def test_settings_follow_the_inner_ones():
    net = Net(Finish.STOP)
    assert InPieces(net, LIMITS).settings == f"net/1{IN_PIECES}"
    assert careful(net, LIMITS).settings == careful_settings("net/1", LIMITS)
