"""Words that a line end broke: joined, hyphenated or left, with what decides in each case."""

from collections import Counter

import pytest

from output.text.words import mend, vocabulary


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a trans- former of high- quality", "a transformer of high-quality"),
        ("the quanti- tative tokeni-\nzation", "the quantitative tokenization"),
        ("two- dimensional, non- abelian, graph- based", "two-dimensional, non-abelian, graph-based"),
        ("double- and triple-annotated", "double- and triple-annotated"),
        ("state-of-the- art", "state-of-the-art"),
        ("PubTables- 1M in Baden- Baden", "PubTables-1M in Baden-Baden"),
        ("x- axis and e- mail", "x-axis and e-mail"),
        (r"\(a- b\) of Über- gang", r"\(a- b\) of Übergang"),
        ("in\u00adter\u00ad est", "interest"),
        ("5 - 6, a -b, trail-", "5 - 6, a -b, trail-"),
    ],
)
def test_english_decides_where_the_document_is_silent(text, mended):
    assert mend(text, Counter()) == mended


def test_the_document_overrules_english():
    assert mend("a trans- former", vocabulary(["trans-former of high-quality"])) == "a trans-former"
    assert mend("highqua- lity", vocabulary(["highquality, highqua-lity, highquality"])) == "highquality"


def test_halves_of_a_broken_word_are_no_words():
    assert vocabulary(["a trans- former, a trans-\nformer"]) == Counter({"a": 2})
