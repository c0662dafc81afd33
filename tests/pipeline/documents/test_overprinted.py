"""Words that are printed twice with a small step are bold, and said once."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.documents.stated.emphasis import Style
from pipeline.documents.stated.facts import read_facts

LINE = "The old mill stood where two rivers met, and each spring the water rose."


def emphasis(*printed):
    """The emphasis of a page of plain lines and of (text, x, y) beside."""
    with pymupdf.open() as document:
        page = document.new_page(width=600, height=800)
        for i in range(4):
            page.insert_text((50, 100 + 14 * i), LINE, fontsize=10)
        for text, x, y in printed:
            page.insert_text((x, y), text, fontsize=10)
        with pymupdf.open("pdf", document.tobytes()) as file:
            return [(run.text, run.style) for run in read_facts(file, [1]).emphasis]


@pytest.mark.parametrize("step", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (0.5, 0.5), (-0.3, 0.2)])
@pytest.mark.parametrize("times", [2, 3])
def test_printed_more_than_once_is_bold(step, times):
    words = [("who had built it", 50 + i * step[0] / times, 200 + i * step[1] / times) for i in range(times)]
    assert emphasis(*words, ("and why", 140, 200)) == [("who had built it", Style(bold=True))]


@pytest.mark.parametrize(
    "printed",
    [
        [("who had built it", 50, 200), ("who had built it", 53, 200)],
        [("who had built it", 50, 200), ("who had built it", 50, 212)],
        [("balloons roll", 50, 200)],
    ],
    ids=["a step too wide", "a line below", "letters in pairs"],
)
def test_what_is_no_copy_is_plain(printed):
    assert emphasis(*printed) == []
