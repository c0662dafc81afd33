"""Bad pages are read again in other ways; each is answered once, with the best that was read of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.readers.wrappers.retries import Recovering
from pipeline.transcript import Finish, PageRef, Source, Transcript

SOURCE = Source(Path("a.pdf"), "a.pdf")


def page(number, attempt=0):
    return PageRef(SOURCE, number, attempt)


class Scripted:
    """Ends as the script says for (page, attempt), else well. `eager` pulls all pages before it answers; some readings
    leave a share of the print out, or are doubtful."""

    name, settings = "scripted", "scripted/1"

    def __init__(self, script, eager=False, unread=(), doubtful=(), confidence=None):
        self.script, self.eager, self.asked, self.confidence = script, eager, [], confidence
        self.unread, self.doubtful = dict(unread), doubtful

    def close(self):
        self.asked.append("closed")

    def transcribe(self, pages):
        for ref in list(pages) if self.eager else pages:
            self.asked.append((ref.number, ref.attempt))
            finish, text = self.script.get((ref.number, ref.attempt), (Finish.STOP, "good"))
            known = ref.number, ref.attempt
            share, doubtful = self.unread.get(known, 0.0), known in self.doubtful
            sure = self.confidence
            yield Transcript(
                ref, text, finish, 1, 1, self.name, unread_share=share, doubtful=doubtful, confidence=sure
            )  # fmt: skip


@pytest.mark.parametrize("eager", [False, True])
def test_bad_pages_come_again_in_other_ways(eager):
    inner = Scripted({(1, 0): (Finish.LOOP, "la"), (1, 1): (Finish.EMPTY, ""), (3, 0): (Finish.ERROR, "")}, eager)
    answers = {each.ref: each for each in Recovering(inner).transcribe(map(page, [1, 2, 3]))}
    assert answers.keys() == {page(1), page(2), page(3)}
    assert all((each.finish, each.text) == (Finish.STOP, "good") for each in answers.values())
    assert answers[page(1)].tried == ("scripted: loop", "scripted, wider n-gram window: empty")
    assert (answers[page(2)].tried, answers[page(3)].tried) == ((), ("scripted: error",))
    assert sorted(inner.asked) == [(1, 0), (1, 1), (1, 2), (2, 0), (3, 0), (3, 1)]


def test_what_stays_bad_comes_with_the_longest_text():
    inner = Scripted({(1, n): (Finish.LOOP, "x" * length) for n, length in enumerate((5, 9, 3))})
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert (answer.finish, answer.text, answer.ref) == (Finish.LOOP, "x" * 9, page(1))
    assert answer.tried == ("scripted: loop", "scripted, another crop grid: loop")


def test_where_print_was_left_out_other_tiles_are_tried_at_once():
    inner = Scripted({(1, 0): (Finish.UNSURE, "half")}, unread={(1, 0): 0.4})
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert inner.asked == [(1, 0), (1, 2)]
    assert (answer.finish, answer.text, answer.tried) == (Finish.STOP, "good", ("scripted: unsure",))


def test_other_tiles_count_only_where_they_are_sure():
    """Fewer tiles read worse, so that what is doubtful in them is no better than what was unsure before."""
    inner = Scripted({(1, 0): (Finish.UNSURE, "half")}, unread={(1, 0): 0.4}, doubtful={(1, 2)})
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert (answer.finish, answer.text) == (Finish.UNSURE, "half")
    assert answer.tried == ("scripted, another crop grid: stop",)


@pytest.mark.parametrize(("left", "kept"), [(0.1, "nearly all"), (0.6, "nearly all"), (0.7, "a running head")])
@pytest.mark.parametrize("other", [Finish.STOP, Finish.UNSURE])
def test_nearly_nothing_of_a_page_gives_way_to_more_of_it(left, kept, other):
    """Both stay unsure: the page is marked, but its text is there."""
    script = {(1, 0): (Finish.UNSURE, "a running head"), (1, 2): (other, "nearly all")}
    doubtful = {(1, 2)} if other is Finish.STOP else ()
    inner = Scripted(script, unread={(1, 0): 0.9, (1, 2): left}, doubtful=doubtful, confidence=0.8)
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert (answer.finish, answer.text, answer.doubtful) == (Finish.UNSURE, kept, False)
    assert len(answer.tried) == 1


@pytest.mark.parametrize("first", [Finish.UNSURE, Finish.LOOP])
def test_what_stays_unsure_is_as_it_was_read_first(first):
    inner = Scripted({(1, 0): (first, "a"), (1, 1): (Finish.UNSURE, "as"), (1, 2): (Finish.UNSURE, "longest")})
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert (answer.finish, answer.text) == (Finish.UNSURE, "a" if first is Finish.UNSURE else "as")


def test_a_page_that_took_all_tokens_is_tried_only_once_more():
    inner = Scripted({(1, n): (Finish.LENGTH, "long") for n in range(9)})
    (answer,) = Recovering(inner).transcribe([page(1)])
    assert inner.asked == [(1, 0), (1, 1)]
    assert answer.finish is Finish.LENGTH


def test_pages_are_pulled_as_they_are_wanted():
    pulled = []

    def supply():
        for number in (1, 2, 3):
            pulled.append(number)
            yield page(number)

    stream = Recovering(Scripted({})).transcribe(supply())
    assert [next(stream).ref.number, len(pulled)] == [1, 1]
    assert [each.ref.number for each in stream] == [2, 3]


def test_settings_follow_the_inner_ones():
    inner = Scripted({})
    assert Recovering(inner).settings.startswith("scripted/1")
    assert Recovering(inner).settings != inner.settings
    assert Recovering(inner).name == "scripted"


def test_closing_closes_the_inner_one():
    inner = Scripted({})
    Recovering(inner).close()
    assert inner.asked == ["closed"]
