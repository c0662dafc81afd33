"""What a document says in place of its pictures stands with the figures that were read there."""

from __future__ import annotations

import pytest

from output.formats.markdown import document_markdown
from output.grounding.blocks import Block, Box, Document, PageBlocks, Picture

FIGURE = Box(100, 100, 500, 500)


IMAGE = Block("image", (FIGURE,), "")


def written(*pictures, blocks=(IMAGE,)):
    page = PageBlocks(1, 600, 800, blocks, pictures=tuple(Picture(box, alt) for box, alt in pictures))
    return document_markdown(Document("a", (page,)), links={"p001-1.png": "a/p001-1.png"}).rstrip("\n")


@pytest.mark.parametrize("box", [FIGURE, Box(110, 90, 495, 505), Box(200, 200, 300, 300), Box(0, 0, 600, 600)])
def test_a_figure_s_own_words_are_its_alternative_text(box):
    long = "A boat at sea, " * 12
    assert written((box, f"{long}[here]")) == f"![{long}(here)](a/p001-1.png)"


@pytest.mark.parametrize("box", [Box(450, 450, 900, 900), Box(600, 100, 900, 500), Box(0, 0, 999, 999)])
def test_words_of_another_picture_are_not(box):
    assert written((box, "A boat")) == "![Figure on page 1](a/p001-1.png)"


def test_they_come_before_a_caption_and_text_has_none():
    caption = Block("image_caption", (Box(100, 510, 500, 530),), "Figure 1: Boats.")
    text = Block("text", (Box(100, 100, 500, 500),), "Text.")
    assert written((FIGURE, "A boat"), blocks=(IMAGE, caption)).startswith("![A boat](")
    assert written((FIGURE, "A boat"), blocks=(text,)) == "Text."


def test_parts_of_one_figure_are_told_together():
    left, right = Box(100, 100, 300, 500), Box(300, 100, 500, 500)
    assert written((left, "A boat"), (right, "A net")).startswith("![A boat A net](")
