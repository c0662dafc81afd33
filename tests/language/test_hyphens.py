"""What a hyphen at the end of a line was, by the document's own words first."""

from __future__ import annotations

from collections import Counter

import pytest

from language.hyphens import between


@pytest.mark.parametrize(
    ("first", "second", "known", "link"),
    [
        ("exam", "ple", {}, ""),
        ("high", "quality", {}, "-"),
        ("trans", "former", {"trans-former": 1}, "-"),
        ("high", "quality", {"highquality": 2, "high-quality": 1}, ""),
        ("Über", "gang", {}, ""),
        ("Über", "gang", {"über": 1, "gang": 1}, "-"),
        ("x", "axis", {}, "-"),
        ("Baden", "Baden", {}, "-"),
        ("double", "and", {}, "- "),
        ("Haupt", "und", {}, "- "),
        ("anti", "y", {}, "- "),
        ("rifiu", "to", {}, ""),  # an ending that is also a word
        ("mach", "en", {"mach": 1, "machen": 1}, ""),
        ("thous", "and", {}, ""),
        ("a", "tion", {}, ""),
        ("3", "dimensional", {}, "-"),
    ],
)
def test_the_document_decides_before_the_list(first, second, known, link):
    assert between(first, second, Counter(known)) == link


def test_a_chain_keeps_its_hyphen():
    assert between("the", "art", Counter()) == "-"
    assert between("exam", "ple", Counter(), in_chain=True) == "-"
