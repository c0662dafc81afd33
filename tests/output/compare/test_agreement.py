"""The check against the PDF's own text: exact shares, and what does not count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.compare.agreement import agreement, doubtful, in_words
from output.compare.own import OwnWord
from output.grounding.accounts import Agreement
from output.grounding.blocks import Block, Box, PageBlocks

TEXT = "The quick brown fox jumps over the lazy dog near the river bank"


def page(*blocks):
    return PageBlocks(1, 600.0, 800.0, tuple(Block(label, (Box(*box),), text) for label, box, text in blocks))


def own(text, x=300.0, y=400.0):
    return [OwnWord(word, (x, y, x, y)) for word in text.split()]


def test_the_same_text_agrees_wholly():
    assert agreement(page(("text", (0, 0, 999, 999), TEXT)), own(TEXT)) == Agreement(1, 1, 1, 1)


@pytest.mark.parametrize(
    "read",
    [
        f"# **{TEXT}.**",
        f"<table><tr><td>{TEXT[:30]}</td><td colspan=2>{TEXT[30:]}</td></tr></table>",
        " ".join(reversed(TEXT.split())),
        rf"\(\mathrm{{{TEXT}}}\)",
        TEXT.replace("river", "ri-\nver"),
    ],
)
def test_markup_and_order_do_not_count(read):
    found = agreement(page(("text", (0, 0, 999, 999), read)), own(TEXT))
    assert found.character_recall == found.character_precision == 1
    assert not doubtful(found)


def test_lost_and_invented_text():
    lost = agreement(page(("text", (0, 0, 9, 9), TEXT[:19])), own(TEXT))
    assert (lost.character_precision, lost.word_precision) == (1, 1)
    assert lost.word_recall == 4 / 13
    invented = agreement(page(("text", (0, 0, 9, 9), TEXT + TEXT)), own(TEXT))
    assert (invented.character_recall, invented.character_precision) == (1, 0.5)
    assert doubtful(lost)
    assert doubtful(invented)


def test_words_inside_a_figure_may_be_read_but_need_not():
    figure = ("image", (0, 0, 999, 300), "")
    words = [*own(TEXT), *own("axis label", x=100, y=100)]
    assert agreement(page(figure, ("text", (0, 0, 9, 9), TEXT)), words) == Agreement(1, 1, 1, 1)
    assert agreement(page(figure, ("text", (0, 0, 9, 9), TEXT + " axis label")), words) == Agreement(1, 1, 1, 1)


def test_a_page_that_is_all_figure_was_not_read():
    found = agreement(page(("image", (0, 0, 999, 999), "")), own(TEXT))
    assert found.character_recall == 0
    assert doubtful(found)


def test_greek_letters_agree_with_their_commands():
    found = agreement(page(("text", (0, 0, 9, 9), TEXT + r" \(\alpha + \varepsilon = \Omega\)")), own(TEXT + " α ε Ω"))
    assert found == Agreement(1, 1, 1, 1)


def test_scripts_without_spaces_are_compared_by_character():
    text = "日本語の文章はこのように空白なしで書かれているのです。"
    assert agreement(page(("text", (0, 0, 9, 9), text[:10] + "\n" + text[10:])), own(text)) == Agreement(1, 1, 1, 1)


def test_little_own_text_says_nothing():
    assert agreement(page(("text", (0, 0, 9, 9), TEXT)), own("page 7")) is None


def test_shares_are_rounded_down():
    assert in_words(Agreement(0.9999, 1, 0.5, 0.019)) == (
        "99 % of the PDF's own characters and 50 % of its words were read; "
        "100 % of the characters and 1 % of the words that were read are in the PDF"
    )


@given(st.text(), st.text(), st.floats(0, 2000), st.floats(0, 2000))
def test_any_text_gives_shares(read, own_text, x, y):
    found = agreement(page(("image", (5, 5, 500, 500), read)), [OwnWord(own_text + TEXT, (x, y, x, y))])
    if found is not None:
        assert all(0 <= share <= 1 for share in vars(found).values())
