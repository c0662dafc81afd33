"""Pages that are read again where they were read: found, and real pages spared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.decoding.loops import LoopWatch
from pipeline.engine.decoding.reread import find_rereading
from pipeline.model.family.grammar import as_written

WORDS = ["harbour", "lantern", "meadow", "copper", "winter", "ladder", "velvet", "orchard", "thunder", "marble"]


def block(box, text="words", label="text"):
    return f"<|ref|>{label}<|/ref|><|det|>[[{', '.join(map(str, box))}]]<|/det|>\n{text}\n\n"


def column(count, x=100):
    """Blocks one below the other, a little into each other as real ones are."""
    return [(x, 30 + 30 * i, x + 380, 62 + 30 * i) for i in range(count)]


def page(boxes):
    return "".join(block(box, " ".join(WORDS[(i + k) % 10] for k in range(4))) for i, box in enumerate(boxes))


def test_reading_that_goes_on_in_one_place_is_found_and_cut_where_it_begins():
    good = page(column(20))
    lost = page([(540, 911, 834 - i, 923) for i in range(14)])
    found = find_rereading(good + lost)
    assert found is not None
    assert (good + lost)[:found] == good + block((540, 911, 834, 923), "harbour lantern meadow copper")
    assert find_rereading(good) is None


def test_boxes_without_an_area_count_too():
    good = page(column(20))
    lost = page([(111, 855 + i, 881, 617 + i) for i in range(13)])
    assert find_rereading(good + lost) == len(good)


@pytest.mark.parametrize("label", ["image", "table"])
def test_labels_in_a_picture_and_lines_in_a_table_are_none(label):
    inside = [(120 + 40 * (i % 9), 120 + 25 * (i // 9), 150 + 40 * (i % 9), 140 + 25 * (i // 9)) for i in range(40)]
    assert find_rereading(block((100, 100, 900, 900), "", label) + page(inside)) is None


def test_two_columns_and_a_page_of_short_lines_are_none():
    assert find_rereading(page(column(30) + column(30, x=520))) is None


@given(st.text(alphabet="<|ref>/det[] ,0123456789text\n", max_size=400))
def test_any_text_is_taken(text):
    found = find_rereading(text)
    assert found is None or 0 <= found <= len(text)


def test_an_answer_is_ended_while_it_is_written():
    """It says so before the text ends, and gives what was good."""
    text = page(column(8)) + page([(540, 911, 834 - i, 923) for i in range(60)])
    pieces = [text[i : i + 5] for i in range(0, len(text), 5)]
    watch = LoopWatch(lambda ids: "".join(pieces[i] for i in ids))
    loop = watch.feed(np.arange(len(pieces)))
    assert loop is not None
    assert watch.count < len(pieces) // 2
    assert text.startswith(watch.text(loop))
    assert watch.text(loop).count("<|ref|>") in (8, 9)


def test_heads_of_the_other_grammar_are_told_as_well():
    good, lost = page(column(20)), page([(540, 911, 834 - i, 923) for i in range(14)])
    first = as_written(page(column(20)), "det") + "\n"
    text = first + as_written(lost, "det") + "\n"
    assert find_rereading(good + lost) is not None
    found = find_rereading(text)
    assert found is not None
    assert text[:found] == first + text[len(first) :].splitlines(keepends=True)[0]
    assert find_rereading(first) is None
