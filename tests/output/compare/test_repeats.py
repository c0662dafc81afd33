"""A block that was read again at once, where it stands already, is shown once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from output.compare.repeats import apart
from output.grounding.blocks import Block, Box
from output.grounding.parser import parse


def shown(blocks):
    return list(apart(blocks)[0])


STRAYED = """<|ref|>text<|/ref|><|det|>[[516, 289, 912, 300]]<|/det|>
With n tiles the decoder is shown

<|ref|>equation<|/ref|><|det|>[[640, 310, 910, 330]]<|/det|>
\\[ T = 256 + 144n + 1 \\]

<|ref|>text<|/ref|><|det|>[[516, 290, 911, 302]]<|/det|>
With n tiles the dedocter is shown

<|ref|>equation<|/ref|><|det|>[[641, 312, 912, 331]]<|/det|>
\\[ T = 256 + 144n + 1 \\tag{1} \\]

<|ref|>text<|/ref|><|det|>[[516, 340, 912, 380]]<|/det|>
tokens: those of the global view."""

places = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), *([st.integers(0, 400)] * 4))
blocks = st.lists(
    st.builds(
        lambda label, box, text: Block(label, (box,), text), st.sampled_from(["text", "image"]), places, st.text()
    ),
    max_size=12,
)


def test_the_first_of_each_is_kept():
    assert [block.text for block in shown(parse(STRAYED))] == [
        "With n tiles the decoder is shown", "\\[ T = 256 + 144n + 1 \\]", "tokens: those of the global view.",
    ]  # fmt: skip


def test_other_text_other_places_other_labels_and_no_place_are_no_repeats():
    box, beside = Box(100, 100, 400, 120), Box(100, 130, 400, 150)
    page = [
        Block("text", (box,), "the same words"),
        Block("text", (box,), "1,204.50 in all"),  # a form printed over
        Block("text", (beside,), "the same words"),
        Block("title", (box,), "the same words"),
        Block("text", (), "the same words"),
        Block("text", (), "the same words"),
    ]
    assert shown(page) == page


def test_what_only_begins_alike_and_what_has_no_words_is_kept():
    """Nothing of a table may vanish because its head was read before."""
    box, head = Box(100, 100, 400, 900), "<tr><td>Year</td><td>Sum</td></tr>" * 20
    page = [
        Block("table", (box,), head + "<tr><td>1990</td></tr>" * 90),
        Block("table", (box,), head + "<tr><td>2024</td></tr>" * 90),
        Block("equation", (box,), "a + b"),
        Block("equation", (box,), "+ +"),
    ]
    assert shown(page) == page


def test_the_same_letter_beside_itself_is_no_repeat():
    page = [Block("text", (Box(x, 100, x + 5, 110),), "T") for x in (100, 106)]
    assert shown(page) == page


def test_a_picture_that_is_named_twice_is_one():
    box = Box(0, 0, 999, 999)
    assert shown([Block("image", (box,), ""), Block("image", (box,), "")]) == [Block("image", (box,), "")]


@given(blocks)
def test_what_is_left_is_in_order_and_has_no_repeats_itself(page):
    kept = shown(page)
    rest = iter(page)
    assert all(block in rest for block in kept)
    assert shown(kept) == kept
    assert shown(page[:1]) == page[:1]


def test_what_is_left_out_is_named():
    first, again = Block("text", (Box(0, 0, 99, 99),), "one two three"), Block("text", (Box(1, 0, 99, 98),), "one two")
    assert apart([first, again]) == ((first,), (again,))
