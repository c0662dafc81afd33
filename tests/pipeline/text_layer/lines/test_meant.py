"""Lines that were meant to end where they end, and such as were broken for want of room."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Word, line_of
from pipeline.text_layer.lines.meant import is_meant

ADDRESS = ["Mrs Ada Field", "12 Quay Street", "flat 3, second floor", "4711 Harbourton"]
VERSE = [
    "The tide comes in, the tide goes out,",
    "and no one asks it why;",
    "the boats lie still, the gulls about",
    "are crying in the sky.",
]
NARROW = [
    "The old mill stood where",
    "two rivers met, and each",
    "spring the water rose as",
    "far as the lower windows",
    "of the house.",
]


@pytest.mark.parametrize("lines", [ADDRESS, VERSE, VERSE[:3], [*VERSE, *VERSE]])
@pytest.mark.parametrize("x", [50, 140])
def test_an_address_or_a_verse_over_text_keeps_its_lines(page, read, column, prose, lines, x):
    column(page, lines, x, 100)
    column(page, [prose[:90]] * 4, 50, 260)
    assert "\n".join(lines) in [block.content for block in read(page)]


@pytest.mark.parametrize("lines", [NARROW, ["- " + VERSE[0], *VERSE[1:]]])
def test_lines_that_were_broken_run_on(page, read, column, prose, lines):
    column(page, lines, 50, 100)
    column(page, [prose[:90]] * 4, 50, 260)
    assert all("\n" not in block.content for block in read(page))


def test_lines_of_a_column_that_is_no_wider_run_on(page, read, column, prose):
    column(page, VERSE, 50, 100)
    column(page, [prose[:90]] * 4, 300, 100)
    assert all("\n" not in block.content for block in read(page))


def test_lines_that_end_at_their_left_are_left_alone():
    def block(text: str) -> Block:
        return block_of(
            [line_of([Word(text, Rect(0, 12 * i, 90 - 70 * (i % 2), 12 * i + 10), 10)]) for i in (0, 1, 3, 5)]
        )

    assert is_meant(block("tide"), 300)
    assert not is_meant(block("tide"), 95)
    assert not is_meant(block("\u05d0\u05d1"), 300)
