"""Boxes of a page with their labels: fields of a form, and such as are only drawn."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.documents.stated.facts import read_facts


@pytest.fixture
def page():
    return pymupdf.open().new_page(width=600, height=800)


def draw(page, x, y, text, label_at=16.0, ticked=False):
    """A square with its label on the baseline y."""
    page.draw_rect((x, y - 9, x + 10, y + 1))
    if ticked:
        page.draw_line((x + 1, y - 8), (x + 9, y))
        page.draw_line((x + 9, y - 8), (x + 1, y))
    page.insert_text((x + label_at, y), text, fontsize=10)


def found(page):
    with pymupdf.open("pdf", page.parent.tobytes()) as file:
        return [(one.text, one.checked, one.is_last) for one in read_facts(file, [1]).boxes]


def test_each_drawn_box_has_what_follows_up_to_the_next(page):
    page.insert_text((50, 100), "Smoker:", fontsize=10)
    draw(page, 100, 100, "Yes", ticked=True)
    draw(page, 160, 100, "No, not now")
    assert found(page) == [("Yes", True, False), ("No, not now", False, False)]


def test_a_field_s_state_and_what_stands_beside_its_label(page):
    for x, name, is_on in ((50, "Boats", True), (150, "Nets", False)):
        widget = pymupdf.Widget()
        widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, name
        widget.rect, widget.field_value = pymupdf.Rect(x, 91, x + 10, 101), is_on
        page.add_widget(widget)
        page.insert_text((x + 15, 100), name, fontsize=10)
    assert found(page) == [("Boats", True, False), ("Nets", False, False)]


def test_a_box_behind_its_label_at_the_line_s_end(page):
    draw(page, 200, 100, "Insured against fire", label_at=-98)
    assert found(page) == [("Insured against fire", False, True)]


def test_a_box_far_from_any_words_has_no_label(page):
    draw(page, 100, 100, "Insured against fire", label_at=200)
    draw(page, 100, 300, "Two lines below", label_at=16)
    page.draw_rect((100, 330, 110, 340))
    assert found(page) == [("Two lines below", False, False)]


def test_thousands_of_squares_are_a_pattern_and_hundreds_are_boxes():
    def squares(count):
        with pymupdf.open() as pdf:
            page = pdf.new_page(width=1600, height=2400)
            page.insert_text((100, 100), "Yes", fontsize=10)
            stream = page.get_contents()[0]
            drawn = "\n".join(f"{84 + 14 * (i % 100)} {2200 - 14 * (i // 100)} 10 10 re S" for i in range(count))
            pdf.update_stream(stream, pdf.xref_stream(stream) + b"84 2299 10 10 re S " + drawn.encode())
            return found(page)

    assert squares(900) == [("Yes", False, False)]
    assert squares(10_000) == []
