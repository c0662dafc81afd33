"""Captions: paired with what they describe, beside it, as facts in the blocks of their page."""

import pytest

from output.document.captions import place
from output.grounding.blocks import Block, Box, PageBlocks


def page(*blocks):
    return PageBlocks(1, 600, 800, tuple(Block(label, (Box(*box),), label) for label, box in blocks))


def test_a_caption_moves_to_its_figure_and_both_know_it():
    placed = place(
        page(
            ("image", (100, 100, 450, 300)), ("text", (500, 100, 900, 300)), ("image_caption", (100, 310, 450, 330)),
            ("table_caption", (500, 400, 900, 420)), ("table", (500, 430, 900, 500)),
        )
    )  # fmt: skip
    assert [(b.label, b.caption, b.caption_of) for b in placed.blocks] == [
        ("image", 1, ()), ("image_caption", None, (0,)), ("text", None, ()),
        ("table_caption", None, (4,)), ("table", 3, ()),
    ]  # fmt: skip


def test_figures_before_a_captioned_one_share_its_caption():
    placed = place(page(*[("image", (9, 9, 99, 99))] * 2, ("image_caption", (9, 100, 99, 110))))
    assert placed.blocks[2].caption_of == (0, 1)


@pytest.mark.parametrize(("texts", "caption"), [(498, 1), (499, None)])
def test_on_a_page_of_more_than_500_blocks_nothing_is_paired(texts, caption):
    blocks = [("image", (9, 9, 99, 99)), ("image_caption", (9, 100, 99, 110)), *[("text", (9, 200, 99, 210))] * texts]
    assert place(page(*blocks)).blocks[0].caption == caption
