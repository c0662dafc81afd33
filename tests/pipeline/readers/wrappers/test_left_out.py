"""Print in no block is read by itself and stands at its place; what the page has already is not written twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.grounding.parser import parse
from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.model.family.blocks import blocks
from pipeline.readers.wrappers.certainty import Judging
from pipeline.readers.wrappers.left_out import WithLeftOut, left_out, with_parts
from pipeline.readers.wrappers.retries import careful, careful_settings
from pipeline.readers.wrappers.unread import with_unread
from pipeline.transcript import Finish, PageRef, Source, Transcript
from pipeline.views.print_lines import lines_of_print
from tests.support.letters import LINE, block, page

REF = PageRef(Source(Path("a.png"), "a.png"), 1)
LIMITS = Thresholds(0.5, 0.7, verified=True)
WEST, EAST = (100, 200, 560, 434), (600, 200, 1060, 434)
SHEET = page([(x, 200 + 30 * n, LINE[:38]) for n in range(8) for x in (100, 600)])
PRINT = lines_of_print(np.asarray(SHEET))
OWN = " ".join([LINE[:38]] * 8)
OTHER = "Salted herring went north in barrels while copper pans travelled south on slow dark rivers. " * 3


def heads(*parts: tuple[str, tuple[int, int, int, int], str]) -> str:
    return "".join(f"<|ref|>{label}<|/ref|><|det|>[{list(box)}]<|/det|>\n{text}\n\n" for label, box, text in parts)


def whole(text: str = block("text", WEST, OWN), **fields) -> Transcript:
    known: dict[str, Any] = {
        "reader": "net",
        "finish": Finish.STOP,
        "confidence": 0.9,
        "by_block": (0.9,),
        "print": PRINT,
    }
    return Transcript(REF, text, **{"output_tokens": 100} | known | fields)


class Answering:
    """Says `page` of a page, and `part` of each part; notes which parts were asked for."""

    name, settings = "net", "net/1"

    def __init__(self, page: Transcript, part: str = heads(("text", (0, 0, 999, 999), OTHER)), **fields) -> None:
        self.page, self.part, self.asked = page, part, []
        self.fields: dict[str, Any] = {"finish": Finish.STOP, "confidence": 0.8, "output_tokens": 50} | fields

    def transcribe(self, pages):
        for ref in pages:
            self.asked.append(ref)
            yield Transcript(ref, self.part, **self.fields) if ref.part else self.page

    def close(self) -> None:
        pass


def read(net: Answering) -> Transcript:
    (done,) = WithLeftOut(net, 0.7).transcribe([REF])
    return done


def texts(transcript: Transcript) -> list[str]:
    return [transcript.text[each.content : each.end].strip() for each in blocks(transcript.text)]


def test_a_column_that_was_left_out_stands_behind_the_other():
    net = Answering(whole())
    done = read(net)
    assert [ref.part is not None and ref.printed for ref in net.asked] == [False, True]
    assert texts(done) == [OWN, OTHER.strip()]
    assert (done.by_block, done.tried) == ((0.9, 0.8), ("net: print left out",))
    assert done.confidence == pytest.approx((0.9 * 100 + 0.8 * 50) / 150) and done.output_tokens == 150
    (box,) = list(blocks(done.text))[1].boxes
    grid = [round(side * 999 / size) for side, size in zip(EAST, SHEET.size * 2, strict=True)]
    assert [abs(box[side] - grid[side]) < 14 for side in (0, 1, 3)] == [True] * 3


def test_the_page_is_judged_with_what_was_found():
    alone, (both,) = Judging(Answering(whole()), LIMITS), careful(Answering(whole()), LIMITS).transcribe([REF])
    assert [page.finish for page in alone.transcribe([REF])] == [Finish.UNSURE]
    assert (both.finish, both.unread, both.ref, both.tried) == (Finish.STOP, (), REF, ("net: print left out",))
    assert careful(Answering(whole()), LIMITS).settings == careful_settings("net/1", LIMITS)


def test_what_the_page_has_already_is_not_written_twice():
    """Its box stands beside the print, which is read as well as before, or a little otherwise."""
    assert read(Answering(whole(block("text", WEST, f"{OWN} {OTHER}")))).text == block("text", WEST, f"{OWN} {OTHER}")
    misread = OTHER.replace("copper", "coper", 1)
    assert (
        texts(read(Answering(whole(block("text", WEST, f"{OWN} {OTHER}")), heads(("text", (0, 0, 9, 9), misread)))))[1:]
        == []
    )


def test_the_same_is_not_taken_twice_from_one_part():
    part = heads(("text", (0, 0, 999, 500), OTHER), ("text", (0, 500, 999, 999), OTHER))
    assert texts(read(Answering(whole(), part))) == [OWN, OTHER.strip()]


@pytest.mark.parametrize("bad", [{"confidence": 0.6}, {"finish": Finish.LOOP}, {"finish": Finish.ERROR, "error": "no"}])
def test_what_is_unsure_or_bad_is_not_taken(bad):
    assert read(Answering(whole(), **bad)).text == whole().text


@pytest.mark.parametrize(
    "page_of", [{"finish": Finish.LOOP}, {"print": None}, {"confidence": 0.5}, {"text": f"{OWN} without a place"}]
)
def test_pages_of_which_nothing_is_known_or_sure_are_left_as_they_are(page_of):
    net = Answering(whole(**page_of))
    assert read(net) == net.page and net.asked == [REF]


def test_two_lines_are_too_few():
    sheet = page([*((100, 200 + 30 * n, LINE) for n in range(8)), *((100, 1500 + 30 * n, LINE[:50]) for n in range(2))])
    done = whole(block("text", (100, 200, 1100, 434), " ".join([LINE] * 8)), print=lines_of_print(np.asarray(sheet)))
    assert with_unread(done).unread
    assert left_out(with_unread(done)) == []


@pytest.mark.parametrize(
    ("label", "becomes"), [("header", "text"), ("page_number", "text"), ("list", "list"), ("image", None)]
)
def test_a_parts_first_lines_are_no_running_head_and_its_pictures_none(label, becomes):
    done = read(Answering(whole(), heads((label, (0, 0, 999, 999), OTHER))))
    assert [each.label for each in blocks(done.text)][1:] == [becomes] * (becomes is not None)


LEFT, RIGHT, ACROSS = (50, 200, 480, 800), (520, 500, 950, 800), (50, 850, 950, 900)
FOOT = (50, 950, 300, 970)


@pytest.mark.parametrize(
    ("place", "own", "at"),
    [
        ((520, 200, 950, 480), [LEFT, RIGHT, ACROSS], 1),  # above what is read of its column
        ((520, 820, 950, 840), [LEFT, RIGHT, ACROSS], 2),
        ((520, 200, 950, 480), [LEFT, FOOT], 1),  # all of the column; a footer is no column
        ((50, 100, 950, 180), [LEFT, RIGHT], 0),
        ((50, 910, 950, 940), [LEFT, RIGHT, ACROSS], 3),
        ((520, 200, 950, 480), [(50, 200, 480, 490), (50, 500, 480, 800), ACROSS], 2),  # its neighbour reaches further
        ((520, 200, 950, 480), [], 0),
    ],
)
def test_where_a_place_is_read(place, own, at):
    text = heads(*(("footer" if box == FOOT else "text", box, f"text {n}") for n, box in enumerate(own)))
    part = Transcript(
        PageRef(REF.source, 1, part=place, printed=True), heads(("text", (0, 0, 999, 999), OTHER)), Finish.STOP
    )
    done = with_parts(Transcript(REF, text, Finish.STOP), [part])
    assert texts(done).index(OTHER.strip()) == at
    assert len(list(blocks(done.text))) == len(own) + 1


@given(st.text(alphabet="<|>/dertf[]0123456789, abc\n", max_size=120))
def test_no_part_changes_what_else_is_on_the_page(said):
    part = Transcript(PageRef(REF.source, 1, part=(500, 0, 999, 999), printed=True), said, Finish.STOP)
    text = heads(("text", (50, 200, 480, 800), OWN), ("footer", FOOT, "7"))
    before, after = parse(text), parse(with_parts(Transcript(REF, text, Finish.STOP), [part]).text)
    assert [each for each in after if each in before] == list(before)
