"""Pages that a network was not sure of: read again, replaced by the PDF's own text, or marked; never passed as read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelError
from pipeline.model.checkpoints.source import nano_folder
from pipeline.model.checkpoints.thresholds import UNVERIFIED, Thresholds, thresholds_of
from pipeline.readers.wrappers.certainty import Judging, certainty, certainty_by_block
from pipeline.readers.wrappers.odd_words import odd_share
from pipeline.readers.wrappers.retries import Recovering
from pipeline.transcript import Finish, PageRef, Source, Transcript

LIMITS = Thresholds(0.6, 0.8, verified=True)
PAGES = [PageRef(Source(Path("a.pdf"), "a.pdf"), number) for number in (1, 2, 3)]


class Unsure:
    """Is as sure of each page, try by try, as it was told."""

    name, settings = "net", "net/1"

    def __init__(self, **sure: list[float]) -> None:
        self.sure = {int(key[1:]): list(values) for key, values in sure.items()}
        self.asked: list[tuple[int, int]] = []

    def transcribe(self, pages):
        for ref in pages:
            self.asked.append((ref.number, ref.attempt))
            yield Transcript(ref, "text", Finish.STOP, reader=self.name, confidence=self.sure[ref.number].pop(0))

    def close(self) -> None:
        pass


def test_below_the_lower_threshold_a_page_is_read_again_and_then_given_up():
    net = Unsure(p1=[0.9], p2=[0.3, 0.4], p3=[0.5, 0.95])
    done = {page.ref.number: page for page in Recovering(Judging(net, LIMITS)).transcribe(PAGES)}
    assert {number: page.finish for number, page in done.items()} == {1: "stop", 2: "unsure", 3: "stop"}
    assert not done[2].finish.good
    assert done[3].tried == ("net: unsure",)
    assert sorted(net.asked) == [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_between_the_thresholds_a_page_is_named_and_stays():
    (page,) = Judging(Unsure(p1=[0.7]), LIMITS).transcribe(PAGES[:1])
    assert (page.finish, page.doubtful) == (Finish.STOP, True)


@given(st.floats(0, 1), st.sampled_from(list(Finish)))
def test_only_what_ended_by_itself_is_judged(sure, finish):
    page = Transcript(PAGES[0], "text", finish, confidence=sure)
    judged = Judging(Unsure(), LIMITS).judged(page)
    if finish is not Finish.STOP:
        assert judged == page
    else:
        assert judged.finish is (Finish.UNSURE if sure < 0.6 else Finish.STOP)
        assert judged.doubtful is (0.6 <= sure < 0.8)


def test_a_reader_that_gives_no_probabilities_is_believed():
    page = Transcript(PAGES[0], "text", Finish.STOP)
    assert Judging(Unsure(), LIMITS).judged(page) == page


# Drawn pages: Russian as a network without Cyrillic reads it, and Polish, German and English as they are.
RUSSIAN = "KOToporo HyXKHO BbiHc7MTb CMHyC nporpaMMbL cTpaHMUbl yqanetHM3 caMbIM"
LATIN = "Przed każdą literą i cyfrą symbolu; Schaltfläche Änderungen übernehmen; the 3rd of LibreOffice's PDFs in 1997"


def test_words_that_no_language_writes_are_odd():
    assert odd_share(RUSSIAN) == pytest.approx(7 / 12)  # all but one of eight, beside four that count as even
    assert odd_share(LATIN) == pytest.approx(1 / 16)  # LibreOffice alone
    assert odd_share("") == odd_share("1997 12.5 kg") == 0.0


def test_markup_is_no_word():
    even = "<|ref|>eqUation<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nplain words \\mathRm <tdCol>here</tdCol>"
    assert odd_share(even) == 0.0


def test_a_page_of_odd_words_is_doubted_twice_as_much_and_a_sure_one_hardly():
    page = Transcript(PAGES[0], RUSSIAN, Finish.STOP, confidence=0.76)
    assert certainty(page) == pytest.approx(1 - 0.24 * (1 + 2 * 7 / 12))
    assert Judging(Unsure(), LIMITS).judged(page).finish is Finish.UNSURE
    assert Judging(Unsure(), LIMITS).judged(replace(page, text=LATIN)).doubtful
    codes = replace(page, text="A1B2C3 D4E5F6 " * 20, confidence=0.99)
    assert not Judging(Unsure(), LIMITS).judged(codes).doubtful


@given(st.floats(0, 1), st.text())
def test_odd_words_only_lower_certainty(sure, text):
    found = certainty(Transcript(PAGES[0], text, Finish.STOP, confidence=sure))
    assert found is not None
    assert 0 <= found <= sure + 1e-9


def test_each_block_is_doubted_for_its_own_words():
    text = f"<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n{RUSSIAN}\n\n<|ref|>text<|/ref|>plain words"
    page = Transcript(PAGES[0], text, Finish.STOP, confidence=0.8, by_block=(0.7, 0.9))
    assert certainty_by_block(page) == (pytest.approx(1 - 0.3 * (1 + 2 * 7 / 12)), pytest.approx(0.9))
    assert certainty_by_block(replace(page, by_block=(0.7,))) == (0.7,)  # of other blocks


def test_thresholds_are_part_of_the_settings():
    keys = {Judging(Unsure(), each).settings for each in (LIMITS, replace(LIMITS, doubtful=0.85), UNVERIFIED)}
    assert len(keys) == 3


def test_nano_brings_its_own_and_others_have_cautious_ones(tmp_path):
    assert thresholds_of(nano_folder()).verified
    assert thresholds_of(tmp_path) == UNVERIFIED


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"unreadable": 2, "doubtful": 3}', '{"unreadable": "x", "doubtful": 1}']
)
def test_a_file_that_is_none_is_one_line(tmp_path, text):
    (tmp_path / "thresholds.json").write_text(text)
    with pytest.raises(ModelError, match=r"thresholds\.json"):
        thresholds_of(tmp_path)


def test_the_file_says_what_it_was_set_on():
    stated = json.loads((nano_folder() / "thresholds.json").read_text())
    assert set(stated) == {"unreadable", "doubtful", "set on", "told by"}
