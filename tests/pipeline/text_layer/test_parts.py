"""The pure parts of the text layer: order, hyphens, vocabulary, quality, grammar. Properties by Hypothesis."""

from __future__ import annotations

from collections import Counter

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from output.grounding import parser
from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.text_layer.lines.order import reading_order
from pipeline.text_layer.lines.writer import Piece, grounded
from pipeline.text_layer.page import ground_page
from pipeline.text_layer.paragraphs.joining import join_lines
from pipeline.text_layer.quality import usable_text

coordinate = st.floats(-50, 1050, allow_nan=False)
rects = st.builds(lambda x, y, w, h: Rect(x, y, x + w, y + h), coordinate, coordinate, *[st.floats(0, 400)] * 2)
frames = st.builds(
    Frame, st.floats(1, 1000), st.floats(1, 1000), st.just((1.0, 0.0, 0.0, 1.0, 0.0, 0.0)), st.integers(0, 3)
)


@given(st.lists(rects, max_size=25), st.floats(0, 30))
def test_reading_order_is_a_permutation(boxes, gutter):
    assert sorted(reading_order(boxes, gutter)) == list(range(len(boxes)))


def test_reading_order_goes_down_each_column_and_not_across():
    left = [Rect(0, 20 * i, 100, 20 * i + 15) for i in range(4)]
    right = [Rect(120, 20 * i, 220, 20 * i + 15) for i in range(4)]
    assert reading_order([*right, *left], 10) == [4, 5, 6, 7, 0, 1, 2, 3]


@given(frames, rects)
def test_a_frame_maps_there_and_back(frame, box):
    there = frame.rect(box)
    back = frame.displayed(there)
    assert back == pytest.approx(tuple(box), abs=1e-6)


@pytest.mark.parametrize(
    ("lines", "words", "text"),
    [
        (["one", "two"], set(), "one two"),
        (["exam-", "ple"], set(), "example"),
        (["hadron-", "like matter"], {"hadron", "like"}, "hadron-like matter"),
        (["hadron-", "like matter"], {"hadron", "like", "hadronlike"}, "hadronlike matter"),
        (["well-", "known"], set(), "well-known"),  # English words, where the document is silent
        (["trans-", "former"], {"trans-former"}, "trans-former"),
        (["double-", "and triple"], set(), "double- and triple"),
        (["state-of-the-", "art"], set(), "state-of-the-art"),
        (["pages 3-", "5"], set(), "pages 3-5"),
        (["-", "x"], set(), "- x"),
        (["机器", "学习"], set(), "机器学习"),
        (["机器", "learning"], set(), "机器 learning"),
        (["fluctu\xad", "ations"], set(), "fluctuations"),
        ([" ", ""], set(), ""),
    ],
)
def test_lines_become_one_string(lines, words, text):
    assert join_lines(lines, Counter(words)) == text


ENGLISH = "whatever happens on the river above the mill is written down in the ledger before nightfall "


@pytest.mark.parametrize(
    ("raw", "usable"),
    [
        ("", False),
        (" \n ", False),
        (ENGLISH, True),
        ("1 234.5 6 789.0", True),
        ("机器学习", True),
        ("ab" * 3000, True),
        ("\ufffd" * 20 + "ok", False),
        ("\n".join(f"Mill {i} {chr(0xFFFD) * 30} mill.example" for i in range(9)), True),
        ("\ue012\ue013\ue014 text", False),
        ("\uf0b7 item \uf0b7 item", True),
        ("".join(chr(ord(c) << 8) for c in "swapped bytes"), False),
        ("".join(chr(ord(c) - 1) if c.isalpha() and c != "a" else c for c in ENGLISH * 4), False),
    ],
)
def test_garbled_text_is_told_from_text(raw, usable):
    assert usable_text(raw) is usable


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-20, 620), st.integers(-20, 820), st.integers(1, 60), st.sampled_from([0, 90, 180, 270]),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), min_size=1, max_size=25),
        ),
        max_size=15,
    ),
    st.lists(st.tuples(*[st.integers(0, 600)] * 4), max_size=12),
    st.sampled_from([0, 90, 180, 270]),
)  # fmt: skip
def test_any_page_gives_the_grammar_with_ordered_coordinates(blocks, texts, lines, rotation):
    page = pymupdf.open().new_page(width=600, height=800)
    for x, y, size, turn, text in texts:
        page.insert_text((x, y), text, fontsize=size, rotate=turn)
    for x0, y0, x1, y1 in lines:
        page.draw_line((x0, y0), (x1, y1))
    page.set_rotation(rotation)
    for block in blocks(ground_page(page)):
        x1, y1, x2, y2 = block.box
        assert 0 <= x1 <= x2 <= 999 and 0 <= y1 <= y2 <= 999


@given(st.lists(st.tuples(rects, st.text(max_size=40)), max_size=6), frames)
def test_pieces_of_any_size_stay_on_the_grid(blocks, pieces, frame):
    text = grounded([Piece("image", box) for box, _ in pieces], frame)
    found = blocks(text)
    assert len(found) == len(pieces)
    assert all(0 <= value <= 999 for block in found for value in block.box)


@settings(max_examples=200, deadline=None)
@given(st.floats(20, 5000), st.floats(20, 5000), st.integers(0, 3), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_comes_back_to_half_a_unit_of_the_grid(width, height, turns, shares):
    """What the text layer writes is what the reader of grounded text divides by."""
    frame = Frame(width, height, turns=turns)
    x0, x1 = sorted(share * frame.size[0] for share in shares[:2])
    y0, y1 = sorted(share * frame.size[1] for share in shares[2:])
    (block,) = parser.parse(grounded([Piece("text", Rect(x0, y0, x1, y1), "words")], frame))
    shown, (box,) = frame.displayed(Rect(x0, y0, x1, y1)), block.boxes
    for wrote, real, full in zip((box.x1, box.y1, box.x2, box.y2), shown, (width, height) * 2, strict=True):
        assert abs(wrote / parser.GRID * full - real) <= 0.5001 / parser.GRID * full


@pytest.mark.parametrize("wide", [60, 120, 230])
def test_a_centred_heading_stands_over_both_columns(wide):
    """Under it short lines of the columns leave white beside it; what follows shows where the columns are."""
    heading = Rect(300 - wide / 2, 50, 300 + wide / 2, 64)
    short = [Rect(60, 100, 110, 110), Rect(315, 100, 365, 110)]
    texts = [Rect(60, 120, 285, 160), Rect(315, 120, 540, 170)]
    assert reading_order([heading, *short, *texts], 7.0) == [0, 1, 3, 2, 4]


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("count", [4, 5, 6])
def test_cards_that_are_numbered_in_rows_are_read_in_rows(page, read, column, prose, columns, count):
    for i in range(count):
        x, y = 50 + 520 / columns * (i % columns), 80 + 120 * (i // columns)
        column(page, [f"{i + 1}. Pump"], x, y, size=13, fontname="hebo")
        column(page, [f"Card {i}: {prose[:20]}", prose[20:40], prose[40:60]], x, y + 20)
    text = " ".join(block.content for block in read(page))
    places = [text.index(part) for i in range(count) for part in (f"{i + 1}. Pump", f"Card {i}")]
    assert places == sorted(places)


def test_sections_that_are_numbered_in_columns_are_read_in_columns(page, read, column, prose):
    for i in range(4):
        x, y = 50 + 270 * (i // 2), 80 + 120 * (i % 2)
        column(page, [f"{i + 1}. Pump"], x, y, size=13, fontname="hebo")
        column(page, [prose[:45], prose[45:90], prose[90:130]] * 2, x, y + 20)
    text = " ".join(block.content for block in read(page))
    places = [text.index(f"{i + 1}. Pump") for i in range(4)]
    assert places == sorted(places)
