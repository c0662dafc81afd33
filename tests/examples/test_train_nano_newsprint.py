"""Pages of small prose in narrow columns: what is drawn is what the transcript says, in order, down to the margin."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import numpy as np
import pytest
from train_nano import data
from train_nano.cast import Cast
from train_nano.cell_text import lines_of
from train_nano.curriculum import CELLS, NEWSPRINT, NOTICES
from train_nano.measure import TextStyle, measure
from train_nano.pages import make_page
from train_nano.tables import BREAK, from_rows
from train_nano.targets import example
from train_nano.tokens import BLOCK_HEAD

from pipeline.views.crops import narrow_lines

AROUND = ("header", "footer", "page_number", "footnote")


def columns_of(page):
    """The glyphs of the page's text in the transcript's order, cut where the next one stands higher up the page."""
    label, boxes = "", []
    heads = {head.start(): head[0] for head in BLOCK_HEAD.finditer(page.text)}
    for at, glyph in enumerate(page.glyph_of_char.tolist()):
        label = re.match(r"<\|ref\|>(\w+)", heads[at])[1] if at in heads else label
        if glyph >= 0 and label not in AROUND:
            boxes.append(page.glyph_boxes[glyph])
    middles = [(box[1] + box[3]) / 2 for box in boxes]
    cuts = [i for i in range(1, len(boxes)) if middles[i] < boxes[i - 1][1] - (boxes[i - 1][3] - boxes[i - 1][1])]
    return [np.array(boxes[a:b]) for a, b in zip([0, *cuts], [*cuts, len(boxes)], strict=True)]


@pytest.mark.parametrize("difficulty", [NEWSPRINT, NOTICES], ids=["newsprint", "notices"])
@pytest.mark.parametrize("seed", range(6))
def test_columns_are_read_one_after_the_other_and_are_full(assets, difficulty, seed):
    page = make_page(np.random.default_rng(seed), assets, difficulty)
    columns = columns_of(page)
    assert 1 <= len(columns) <= 5
    for left, right in itertools.pairwise(columns):
        assert left[:, 2].max() < right[:, 0].min() + 1  # nothing of a column stands within the next
    tops = np.array([column[:, 1].min() for column in columns])
    assert np.ptp(tops) < 0.05 * page.pixels.shape[0]
    for column in columns[:-1]:
        assert column[:, 3].max() > 0.75 * page.pixels.shape[0]
        assert (np.diff(column[:, 1]) > -2 * np.diff(column[:, [1, 3]]).max()).all()


@pytest.mark.parametrize("difficulty", [NEWSPRINT, NOTICES, CELLS], ids=["newsprint", "notices", "cells"])
def test_the_transcript_is_exactly_what_is_drawn(assets, difficulty):
    for seed in range(4):
        page = make_page(np.random.default_rng(seed), assets, difficulty)
        written = re.sub(r"^#+ ", "", re.sub(r"</?t[^>]*>", "", BLOCK_HEAD.sub("\n", page.text)), flags=re.M)
        glyphs = page.glyph_of_char[page.glyph_of_char >= 0]
        assert len(set(glyphs.tolist())) == len(glyphs)  # each glyph once
        assert "".join(page.glyph_chars[g] for g in glyphs) == re.sub(r"\s", "", written)
        unsaid = Counter(page.glyph_chars) - Counter(page.glyph_chars[g] for g in glyphs)
        assert set(unsaid) <= {"-"}  # hyphens at the ends of lines


def test_the_pages_are_full_of_narrow_lines(assets):
    pages = [make_page(np.random.default_rng(seed), assets, NEWSPRINT) for seed in range(8)]
    assert np.median([len(page.glyph_chars) for page in pages]) > 3000
    assert np.mean([narrow_lines(page.pixels) for page in pages]) > 0.7


def test_a_word_of_the_cast_is_the_same_wherever_it_comes():
    text = "We saw Alice and Robert. Later Alice met Robert in Paris, and Alice was considerably considerably late."
    renamed = Cast(np.random.default_rng(3), 1.0, 1.0).rename(text)
    words = dict(zip(text.split(), renamed.split(), strict=True))
    assert renamed == " ".join(words[word] for word in text.split())
    assert words["Alice"] != "Alice" and words["considerably"] != "considerably"
    assert words["We"] == "We" and words["was"] == "was"  # the first word of a sentence, and a short one
    assert Cast(np.random.default_rng(3), 0.0, 0.0).rename(text) == text


def test_a_cell_may_hold_lines_of_its_own(assets):
    table = from_rows([[(f"one{BREAK}two three{BREAK}four", 1, 1)]], head=0, bold=False, limit=1)
    assert table.html()[0] == "<table><tr><td>one two three four</td></tr></table>"
    text = table.cells[0].text
    m = measure(text.replace(BREAK, " "), TextStyle(assets.families[0], 10.0, 12.0))
    assert [text[a:b] for a, b, _ in lines_of(text, m, 1000.0)] == ["one", "two three", "four"]
    narrow = [text[a:b] for a, b, _ in lines_of(text, m, float(m.cumulative[13] - m.cumulative[8]) + 1)]
    assert narrow == ["one", "two", "three", "four"]


def test_pages_of_narrow_lines_are_learned_in_more_tiles_and_now_and_then_the_other_way(assets, tokenizer):
    page = make_page(np.random.default_rng(1), assets, NEWSPRINT)
    assert narrow_lines(page.pixels)
    rng = np.random.default_rng(0)
    drawn = Counter(data._most_tiles(rng, page, 12) for _ in range(400))
    assert set(drawn) == {6, 12}
    assert 0.8 < drawn[12] / 400 < 0.95
    assert {data._most_tiles(rng, page, 0) for _ in range(50)} == {6}
    told = example(page, tokenizer, most=12)
    assert told.columns * told.rows > 6
    assert told.places.shape == (144 * told.columns * told.rows, 32)
    assert data.shape_of(12, 700) == (12, 768) and data.shape_of(9, 700) == (9, 1536)
