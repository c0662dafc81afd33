"""The second look, at pixels."""

import pymupdf
import pytest

from pipeline.ledger.own_page import read_own_page
from pipeline.ledger.sight import blank_boxes


def test_white_covered_and_clipped_words_show_nothing():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "black")
        page.insert_text((72, 130), "white", color=(1, 1, 1))
        page.draw_rect((60, 150, 200, 170), fill=(0.9, 0.9, 0.3), color=None)
        page.insert_text((72, 165), "on", color=(1, 1, 1))
        page.insert_text((72, 190), "covered")
        page.draw_rect((60, 175, 200, 200), fill=(0, 0, 0), color=None)
        page.insert_text((72, 230), "pale", color=(0.9, 0.9, 0.9))
        words = read_own_page(page).words
        assert dict(zip([w.text for w in words], blank_boxes(page, [w.box for w in words]), strict=True)) == {
            "black": False, "white": True, "on": False, "covered": True, "pale": False,
        }  # fmt: skip


def test_a_box_that_is_hardly_there_is_not_judged_and_one_off_the_page_is_blank():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        boxes = [(10, 10, 11, 30), (10, 300, 30, 301), (10, 10, 30, 30), (5000, 10, 5030, 30)]
        assert blank_boxes(page, boxes) == [False, False, True, True]


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_a_rule_that_touches_a_word_is_none_of_its_ink(side):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=300, height=200)
        page.insert_text((72, 100), "white", fontsize=20, color=(1, 1, 1))
        (word,) = read_own_page(page).words
        x0, y0, x1, y1 = word.box
        rules = {
            "left": (x0, y0, x0 + 1, y1), "top": (x0, y0, x1, y0 + 1), "right": (x1 - 1, y0, x1, y1),
            "bottom": (x0, y1 - 1, x1, y1),
        }  # fmt: skip
        page.draw_rect(rules[side], fill=(0, 0, 0), color=None)
        assert blank_boxes(page, [word.box]) == [True]


def test_a_huge_sheet_is_drawn_small():
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=14000, height=14000)
        page.insert_text((1000, 1000), "wide", fontsize=400)
        assert blank_boxes(page, [(1000, 650, 1700, 1000), (5000, 5000, 5700, 5400)]) == [False, True]


def test_words_that_a_pattern_covers_and_words_outside_their_clip_path_show_nothing():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "buried", color=(1, 1, 1))
        page.insert_text((72, 140), "above", color=(1, 1, 1))
        for top in (80, 120):
            page.draw_rect((40, top, 200, top + 30), fill=(0.1, 0.2, 0.3), color=None, overlay=top == 80)
            page.draw_rect((85, top, 95, top + 30), fill=(0.2, 0.3, 0.4), color=None, overlay=top == 80)
        page.draw_rect((60, 185, 140, 188), fill=(0, 0, 0), color=None)
        shape = page.new_shape()
        shape.insert_text((72, 190), "clipped")
        shape.commit()
        page.clean_contents()
        stream = page.get_contents()[0]
        content = pdf.xref_stream(stream)
        start = content.rindex(b"BT")
        pdf.update_stream(stream, content[:start] + b"q 0 0 10 10 re W n\n" + content[start:] + b"\nQ")
        page = pymupdf.open("pdf", pdf.tobytes())[0]
        words = {word.text: word.box for word in read_own_page(page).words}
        assert dict(zip(words, blank_boxes(page, list(words.values())), strict=True)) == {
            "buried": True, "above": False, "clipped": True,
        }  # fmt: skip


COLOURS = [(0.9, 0.1, 0.1), (0.1, 0.5, 0.1), (0, 0, 0.8), (0.5, 0.5, 0.5)]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("ground", [(1, 1, 1), (0.2, 0.3, 0.4), (0.95, 0.9, 0.6)])
def test_a_word_shows_in_its_colour_unless_something_lies_over_it(colour, ground):
    """Words of the same colour all around it do not count as its own, nor do lines of another colour in its place."""
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=300, height=200)
        page.draw_rect(page.rect, fill=ground, color=None)
        for y in (60, 84, 108):
            for x, text in ((40, "left"), (90, "middle"), (160, "right")):
                page.insert_text((x, y), text, fontsize=14, color=colour)
        words = [word.box for word in read_own_page(page).words]
        assert blank_boxes(page, words) == 9 * [False]
        x0, y0, x1, y1 = words[4]
        page.draw_rect((x0 - 3, y0 - 1, x1 + 3, y1 + 1), fill=(0, 0, 0), color=None)
        page.draw_rect((x0 - 3, y0 + 8, x1 + 3, y0 + 10), fill=(0.1, 0.1, 0.1), color=None)
        assert blank_boxes(page, words) == [i == 4 for i in range(9)]


@pytest.mark.parametrize("place", [(0, 8), (0, 198), (270, 8), (270, 198)])
def test_words_at_the_page_s_edges_are_seen(place):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=300, height=200)
        page.insert_text(place, "Edges", fontsize=11)
        page.insert_text((100, 100), "White", fontsize=11, color=(1, 1, 1))
        boxes = {word.text: word.box for word in read_own_page(page).words}
        assert blank_boxes(page, [boxes["Edges"], boxes["White"]]) == [False, True]
