"""The numbered steps of an algorithm stay with their numbers, one step a paragraph."""

from __future__ import annotations

import pytest

from ocr2cli import convert
from tests.support.drawn import drawn_page, show

STEPS = ["x := 0", "while x < n do", "read the next line of the log", "x := x + 1", "end", "return x"]


@pytest.mark.parametrize("mark", ["{}:", "{} :", "{}."])
@pytest.mark.parametrize(("gap", "size"), [(14, 10), (18, 6), (30, 8)])
def test_steps_stand_behind_their_numbers(mark, gap, size):
    content = show("Algorithm 3 counts the lines of a log that the ferry writes.", 60, 700)
    for i, step in enumerate(STEPS):
        content += show(mark.format(i + 1), 60, 670 - 13 * i, size) + show(step, 60 + gap, 670 - 13 * i, 10)
    markdown = convert(drawn_page(content).parent.tobytes(), model="text-layer").markdown
    steps = [f"{mark.format(i + 1)} {step}" for i, step in enumerate(STEPS)]
    shown = markdown.replace("\\", "").replace("&lt;", "<").split("\n")
    assert [line for line in shown if line][1:] == steps
