"""The second look, at pixels."""

import pymupdf

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
        assert blank_boxes(page, [(10, 10, 11, 30), (10, 10, 30, 30), (5000, 10, 5030, 30)]) == [False, True, True]


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
