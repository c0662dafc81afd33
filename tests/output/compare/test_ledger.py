"""The ledger of a page, and of the way from its blocks to the Markdown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.compare import ledger
from output.compare.own import Kind, OwnPage, OwnWord
from output.compare.writing import lost
from output.grounding.accounts import Dropped, Ledger
from output.grounding.blocks import Block, Box, PageBlocks

WHOLE = (Box(0, 0, 999, 999),)


def page(*texts, number=1, **labelled):
    blocks = [Block("text", WHOLE, text) for text in texts]
    return PageBlocks(number, 600, 800, (*blocks, *(Block(label, WHOLE, text) for label, text in labelled.items())))


def own(text, kind=Kind.VISIBLE, x=300.0):
    return tuple(OwnWord(word, (x, 400, x, 400), kind) for word in text.split())


def total(found):
    classes = ("text", "running", "repeated", "pictured", "overprint", "hidden", "outside", "unreadable")
    return sum(getattr(found, name) for name in classes) + len(found.missing)


def test_every_class_is_counted_once():
    words = (
        *own("Plain text of 12 words. Journal 7 Axis label Head"),
        *own("twice", Kind.OVERPRINT), *own("not seen", Kind.HIDDEN), *own("off", Kind.OUTSIDE),
        *own("\ufffd\ufffd", Kind.UNREADABLE), *own("gone 1,000"),
    )  # fmt: skip
    blocks = page("Plain text of 12 words. New", "Journal 7", "Head", image="Axis label")
    left = [Dropped(1, 0, "running", "Journal 7"), Dropped(1, 0, "table_head", "Head")]
    found = ledger.page_ledger(blocks, OwnPage(words), left)
    assert found == Ledger(
        17, text=5, running=2, repeated=1, pictured=2, overprint=1, hidden=2, outside=1, unreadable=1,
        missing=("gone", "1,000"), added=1,
    )  # fmt: skip
    assert found.numbers == ("1,000",)
    assert total(found) == found.words


def test_a_part_of_a_block_that_is_left_out_is_told():
    table = page("<tr><td>Year</td></tr><tr><td>1999</td></tr>")
    found = ledger.page_ledger(
        table, OwnPage(own("Year 1999")), [Dropped(1, 0, "table_head", "<tr><td>Year</td></tr>")]
    )
    assert found == Ledger(2, text=1, repeated=1)


def test_near_copies_excuse_only_what_stands_elsewhere():
    copied = replace(page("one two three"), repeated=(Block("text", WHOLE, "one two other"),))
    found = ledger.page_ledger(copied, OwnPage(own("one two three one two other")))
    assert found == Ledger(6, text=3, repeated=2, missing=("other",))


def test_a_network_need_not_read_words_in_a_figure_and_the_text_layer_must_keep_them():
    blocks = PageBlocks(1, 600, 800, (Block("image", (Box(0, 400, 500, 600),), ""), Block("text", WHOLE, "read axis")))
    words = OwnPage((*own("read axis", x=500.0), *own("axis label", x=100.0)))
    assert ledger.page_ledger(blocks, words, by_network=True) == Ledger(4, text=2, pictured=2)
    assert ledger.page_ledger(blocks, words).missing == ("label", "axis")


def test_names_of_tags_and_commands_are_words_where_the_page_is_about_them():
    found = ledger.page_ledger(
        page(r"Write <center> and \frac in TeX <td>"), OwnPage(own("Write center and frac in TeX"))
    )
    assert found.missing == ()
    assert ledger.page_ledger(page('<td colspan="2">a</td>'), OwnPage(own("a 2"))).missing == ("2",)


@pytest.mark.parametrize(
    ("missing", "told"),
    [((), False), (("word",), False), (("word",) * 2, True), (("7",), True), (("1,000",), True)],
)
def test_above_one_percent_or_a_number_is_told(missing, told):
    assert ledger.told(Ledger(100, 100 - len(missing), missing=missing), by_network=False) is told


def test_what_a_network_misread_is_for_the_check_and_what_was_not_written_is_told():
    assert not ledger.told(Ledger(100, 0, missing=("7",) * 100), by_network=True)
    found = ledger.with_unwritten(None, ("7", "words"), by_network=True)
    assert found == Ledger(0, 0, unwritten=("7", "words"))
    assert ledger.told(found, by_network=True)
    assert ledger.in_words(found, by_network=True) == "2 words that were read are missing: 7, words"


def test_own_words_that_were_not_written_are_missing():
    found = ledger.with_unwritten(Ledger(10, 9, missing=("a",)), ("b", "3"), by_network=False)
    assert found == Ledger(10, 7, missing=("a", "b", "3"), unwritten=("b", "3"))
    assert ledger.in_words(found, by_network=False) == "3 of 10 words of the PDF's own text are missing: 3, a, b"
    assert ledger.with_unwritten(found, (), by_network=False) is found


def test_one_line_names_few():
    names = tuple("abcdefghijklmn")
    assert ledger.in_words(Ledger(99, 85, missing=names), by_network=False).endswith(
        ": " + ", ".join(names[:12]) + " …"
    )
    assert ledger.in_words(Ledger(99, 98, missing=("a",)), by_network=False) == (
        "1 of 99 words of the PDF's own text is missing: a"
    )


def test_which_words_may_be_unseen():
    words = OwnPage((*own("seen (gone)"), *own("gone", Kind.HIDDEN)))
    assert ledger.may_be_unseen(words, Ledger(2, 1, missing=("gone",))) == [1]
    assert ledger.may_be_unseen(words, Ledger(2, 2)) == []


def test_the_counts_of_a_report():
    assert ledger.counts(Ledger(3, 1, missing=("a", "7"), unwritten=("a",))) == {
        "words": 3, "text": 1, "running": 0, "repeated": 0, "pictured": 0, "overprint": 0, "hidden": 0, "outside": 0,
        "unreadable": 0, "added": 0, "missing": 2, "missing_numbers": 1, "unwritten": 1,
    }  # fmt: skip


texts = st.lists(st.sampled_from(["a", "of", "river", "bank", "12", "1,000", "7", "<b>", "日"]), max_size=15).map(
    " ".join
)


@given(texts, texts, texts, texts, st.booleans())
def test_the_sum_of_all_classes_is_the_number_of_words(own_text, hidden, read, left, by_network):
    words = OwnPage((*own(own_text), *own(hidden, Kind.HIDDEN)))
    found = ledger.page_ledger(page(read, left, image=read), words, [Dropped(1, 0, "running", left)], by_network)
    assert total(found) == found.words
    settled = ledger.with_unwritten(found, ("a", "7"), by_network)
    assert total(settled) == settled.words


def written(*lines):
    return lambda: [line + "\n" for line in lines]


def test_words_that_no_stage_wrote_are_named_with_their_page():
    pages = [page("the first page says 12", number=1), page("the second page says 13 in all", number=2)]
    assert lost(pages, [], written("the first page says 12", "the second page says 13 in all")) == {}
    assert lost(pages, [], written("the first page says 12")) == {
        2: ("the", "second", "page", "says", "13", "in", "all")
    }
    assert lost(pages, [], written("the first page says", "the second page says 13 in all")) == {1: ("12",)}


def test_what_a_page_end_broke_is_there():
    pages = [page("we consoli-", number=1), page("date it, see 1, 2", number=2)]
    assert lost(pages, [], written("we consolidate it, see [^1],[^2]")) == {}


def test_what_is_left_out_must_stand_elsewhere():
    pages = [page("Journal 4", "body", number=4), page("Journal 5", "text", number=5), page("Claim 800", number=6)]
    left = [
        Dropped(4, 0, "running", "Journal 4"),
        Dropped(5, 0, "running", "Journal 5"),
        Dropped(6, 0, "running", "Claim 800"),
    ]
    assert lost(pages, left, written("Journal", "body", "text")) == {6: ("claim", "800")}
    assert lost(pages, left, written("body", "text", "Claim 800")) == {4: ("journal",), 5: ("journal",)}
    assert lost(pages, left, written("body", "text", "Claim 800"), before={"journal"}) == {}
    number = [Dropped(4, 0, "page_number", "- 4 -")]
    assert lost([page("- 4 -", "body", number=4)], number, written("body")) == {}


def test_marks_of_footnotes_are_numbered_anew():
    noted = Block("text", WHOLE, "as said 3 in 1999", shown="as said \ufdd01\ufdd1 in 1999", notes=(1,))
    pages = [PageBlocks(1, 600, 800, (noted,))]
    assert lost(pages, [], written("as said[^1] in 1999")) == {}
    assert lost(pages, [], written("as said[^1] in")) == {1: ("1999",)}


def test_a_letter_that_marks_a_footnote_is_a_number_now():
    noted = Block("text", WHOLE, "as said a in a town", shown="as said \ufdd01\ufdd1 in a town", notes=(1,))
    pages = [PageBlocks(1, 600, 800, (noted,))]
    assert lost(pages, [], written("as said[^1] in a town")) == {}
    assert lost(pages, [], written("as said[^1] in town")) == {1: ("a",)}


def test_alternative_texts_keep_words():
    pages = [page(image="axis label")]
    assert lost(pages, [], written("![axis label](a/p001-1.png)")) == {}
    assert lost(pages, [], written("![axis](a/p001-1.png)")) == {1: ("label",)}
