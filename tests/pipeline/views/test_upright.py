"""Pages that lie on their side or stand on their head are found, and boxes come back to where they were."""

from __future__ import annotations

import numpy as np
import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.document import DocumentCache
from pipeline.transcript import PageRef, Source
from pipeline.views.ready_page import ReadyPage, make_ready
from pipeline.views.upright import quarter_turns, turn_back, written_turns

PROSE = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "wife. However little known the feelings or views of such a man may be on his first entering a neighbourhood, this "
    "truth is so well fixed in the minds of the surrounding families, that he is considered as the rightful property. "
)


@pytest.fixture(scope="module")
def prose():
    """A page of text as pixels."""
    file = pymupdf.open()
    page = file.new_page()
    page.insert_textbox((60, 60, 540, 780), PROSE * 4, fontsize=11, fontname="tiro")
    drawn = page.get_pixmap(dpi=144)
    return np.frombuffer(drawn.samples, np.uint8).reshape(drawn.h, drawn.w, 3)


@pytest.mark.parametrize("turns", range(4))
def test_a_page_of_text_is_set_upright(prose, turns):
    lying = np.rot90(prose, -turns)
    assert quarter_turns(lying) == turns


@pytest.mark.parametrize(
    "pixels",
    [np.full((1684, 1190, 3), 255, np.uint8), np.random.default_rng(1).integers(0, 255, (900, 700, 3), np.uint8)],
    ids=["empty", "noise"],
)
def test_what_shows_no_text_stays_as_it_is(pixels):
    assert [quarter_turns(np.rot90(pixels, k)) for k in range(4)] == [0, 0, 0, 0]


def test_columns_of_figures_stay_as_they_are():
    file = pymupdf.open()
    page = file.new_page()
    for row in range(45):
        for column in range(7):
            page.insert_text(
                (60 + 70 * column, 60 + 15 * row), f"{(row * 7 + column) * 37 % 90 + 10},{row * 97 % 1000:03}"
            )
    drawn = page.get_pixmap(dpi=144)
    assert quarter_turns(np.frombuffer(drawn.samples, np.uint8).reshape(drawn.h, drawn.w, 3)) == 0


@pytest.mark.parametrize("shown", [0, 90, 180, 270])
@pytest.mark.parametrize("written", [0, 90, 180, 270])
def test_a_pdfs_own_text_says_how_it_stands(shown, written):
    page = pymupdf.open().new_page(width=500, height=500)
    for line in range(6):
        across = 200 + 20 * line
        at = (across, 250) if written in (90, 270) else (250, across)
        page.insert_text(at, "some words in a line", rotate=written)  # against the clock
    page.set_rotation(shown)  # with the clock
    assert written_turns(page) == (shown - written) // 90 % 4


def test_too_little_text_says_nothing():
    page = pymupdf.open().new_page()
    page.insert_text((100, 100), "a stamp", rotate=90)
    assert written_turns(page) is None


boxes = st.tuples(*[st.integers(0, 999)] * 4).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


@given(boxes, st.integers(0, 3))
def test_boxes_come_back_as_the_page_does(box, turns):
    """A rectangle of ones on the page as it lies, turned with it, is where `turn_back` finds it again."""
    x1, y1, x2, y2 = box
    page = np.zeros((1000, 1000), bool)
    page[y1 : y2 + 1, x1 : x2 + 1] = True
    rows, columns = (np.nonzero(np.rot90(page, turns).any(axis=axis))[0] for axis in (1, 0))
    seen = f"<|det|>[[{columns[0]}, {rows[0]}, {columns[-1]}, {rows[-1]}]]<|/det|>"
    assert turn_back(seen, turns) == f"<|det|>[[{x1}, {y1}, {x2}, {y2}]]<|/det|>"


def test_only_boxes_are_turned():
    text = "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4], [5, 6, 7, 8]]<|/det|>\nsee [1, 2, 3, 4] and [[9]]"
    assert turn_back(text, 2) == (
        "<|ref|>text<|/ref|><|det|>[[996, 995, 998, 997], [992, 991, 994, 993]]<|/det|>\nsee [1, 2, 3, 4] and [[9]]"
    )


@pytest.mark.parametrize("turns", range(4))
def test_a_scan_is_made_ready_upright(prose, tmp_path, turns):
    """A picture of a page in a PDF without text: the views are the same whichever way it lay."""
    lying = np.ascontiguousarray(np.rot90(prose, -turns))
    height, width = lying.shape[:2]
    file = pymupdf.open()
    page = file.new_page(width=width / 2, height=height / 2)
    page.insert_image(page.rect, pixmap=pymupdf.Pixmap(pymupdf.csRGB, width, height, lying.tobytes(), False))
    file.save(tmp_path / "scan.pdf")
    with DocumentCache() as documents:
        ready = make_ready(documents, PageRef(Source(tmp_path / "scan.pdf", "scan.pdf"), 1), 144)
    assert isinstance(ready, ReadyPage)
    assert ready.turned == turns
    assert (ready.views.columns, ready.views.rows) == (2, 3)
    assert (ready.width, ready.height) == (width / 2, height / 2)


def test_places_with_their_label_are_turned_back_as_well():
    text = "<|det|>text [100, 200, 300, 250]<|/det|>a [1, 2, 3, 4]\n<|det|>title [0, 0, 999, 9]<|/det|>b"
    assert turn_back(text, 1) == (
        "<|det|>text [749, 100, 799, 300]<|/det|>a [1, 2, 3, 4]\n<|det|>title [990, 0, 999, 999]<|/det|>b"
    )
