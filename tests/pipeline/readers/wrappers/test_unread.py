"""Print that a text leaves out is found, counted and placed; print that it has is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.model.checkpoints.thresholds import Thresholds
from pipeline.readers.wrappers.certainty import Judging, certainty
from pipeline.readers.wrappers.unread import with_unread
from pipeline.transcript import Finish, PageRef, Source, Transcript
from pipeline.views.print_lines import lines_of_print
from pipeline.views.upright import turn_back
from tests.support.letters import LINE, block, page

LIMITS = Thresholds(0.5, 0.85, verified=True)
REF = PageRef(Source(Path("a.png"), "a.png"), 1)
HEAD, BODY, NOTE = (100, 100, 700, 124), (100, 200, 1100, 494), (100, 1500, 900, 1554)
SHEET = page([
    (100, 100, "Of ships that were late"),
    *((100, 200 + 30 * n, LINE) for n in range(10)),
    (100, 1500, LINE[:60]), (100, 1530, LINE[:50]),
])  # fmt: skip
TEXTS = (
    block("title", HEAD, "# Of ships that were late"),
    block("text", BODY, " ".join([LINE] * 10)),
    block("footnote", NOTE, f"{LINE[:60]} {LINE[:50]}"),
)


def read(text: str, sheet=SHEET, **fields) -> Transcript:
    found = lines_of_print(np.asarray(sheet))
    return with_unread(Transcript(REF, text, Finish.STOP, confidence=0.9, print=found, **fields))


def told(page: Transcript) -> list[tuple[int, bool]]:
    return [(place.lines, place.within) for place in page.unread]


def test_a_page_that_was_read_has_nothing_unread():
    done = read("".join(TEXTS))
    assert (done.unread, done.unread_share, done.print) == ((), 0.0, None)
    assert certainty(done) == 0.9


@pytest.mark.parametrize(("left_out", "lines"), [(0, 1), (1, 10), (2, 2)])
def test_a_block_that_is_left_out_is_counted_where_it_stands(left_out, lines):
    done = read("".join(text for at, text in enumerate(TEXTS) if at != left_out))
    assert told(done) == [(lines, False)]
    (x1, y1, x2, y2), wanted = done.unread[0].box, (HEAD, BODY, NOTE)[left_out]
    grid = [side * 999 / whole for side, whole in zip(wanted, SHEET.size * 2, strict=True)]
    assert abs(y1 - grid[1]) < 8 and abs(y2 - grid[3]) < 8 and abs(x1 - grid[0]) < 8 and x2 <= grid[2] + 8
    assert done.unread_share == pytest.approx((0.02, 0.87, 0.12)[left_out], abs=0.02)


def test_the_end_of_a_block_that_its_box_does_not_reach_is_unread():
    done = read(TEXTS[0] + block("text", (100, 200, 1100, 404), " ".join([LINE] * 7)) + TEXTS[2])
    assert told(done) == [(3, False)]


def test_a_column_that_is_left_out_is_told_beside_the_other():
    sheet = page([(x, 200 + 30 * n, LINE[:38]) for n in range(8) for x in (100, 600)])
    done = read(block("text", (100, 200, 560, 434), " ".join([LINE[:38]] * 8)), sheet)
    assert told(done) == [(8, False)]
    assert done.unread_share == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(("lines", "missing"), [(3, 6), (0, 10), (8, None)])
def test_a_block_with_too_little_text_for_its_print_lacks_lines(lines, missing):
    done = read(TEXTS[0] + block("text", BODY, " ".join([LINE] * lines)) + TEXTS[2])
    assert told(done) == ([] if missing is None else [(missing, True)])


def test_a_block_in_the_wrong_place_has_the_lines_beside_it():
    low = block("text", (100, 200, 1100, 254), " ".join([LINE] * 10))  # a box of two lines
    assert not read(TEXTS[0] + low + TEXTS[2]).unread
    assert told(read(TEXTS[0] + low)) == [(2, False)], "a note elsewhere is not its own"


def test_pictures_formulas_and_tables_behind_their_captions_hold_their_print():
    for label in ("image", "formula", "table"):
        assert not read(TEXTS[0] + block(label, BODY, "") + TEXTS[2]).unread
    assert told(read(TEXTS[0] + block("table", BODY, "<table><tr><td>The ship</td></tr></table>") + TEXTS[2]))


def test_what_stands_in_no_box_may_be_any_print():
    assert not read("\n".join([LINE] * 13)).unread
    assert not read(LINE + TEXTS[0]).unread
    assert not with_unread(Transcript(REF, TEXTS[0], Finish.STOP)).unread


def test_a_page_that_was_turned_has_its_places_as_it_lies():
    upright = read(TEXTS[0] + TEXTS[1])
    for turned in (1, 2, 3):
        done = read(turn_back(TEXTS[0] + TEXTS[1], turned), turned=turned)
        assert told(done) == told(upright)
        box = turn_back(f"<|ref|>x<|/ref|><|det|>[{list(upright.unread[0].box)}]<|/det|>", turned)
        assert str(list(done.unread[0].box)) in box


def test_the_more_of_a_page_is_unread_the_less_it_is_believed():
    judge = Judging(object(), LIMITS)  # type: ignore[arg-type]  # never asked
    whole = Transcript(REF, "".join(TEXTS), Finish.STOP, confidence=0.9, print=lines_of_print(np.asarray(SHEET)))
    kept, named, lost = (judge.judged(replace(whole, text=text)) for text in (
        "".join(TEXTS), TEXTS[0] + TEXTS[1], TEXTS[0] + TEXTS[2],
    ))  # fmt: skip
    assert (kept.finish, kept.doubtful) == (Finish.STOP, False)
    assert (named.finish, named.doubtful, told(named)) == (Finish.STOP, True, [(2, False)])
    assert (lost.finish, told(lost)) == (Finish.UNSURE, [(10, False)])


def test_a_page_that_ended_badly_is_told_what_it_lacks_too():
    loop = Transcript(REF, TEXTS[1], Finish.LOOP, print=lines_of_print(np.asarray(SHEET)))
    judged = Judging(object(), LIMITS).judged(loop)  # type: ignore[arg-type]
    assert (judged.finish, told(judged)) == (Finish.LOOP, [(1, False), (2, False)])
