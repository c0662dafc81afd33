"""What is filled in right behind its label is read once, whether or not both are one line for MuPDF."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.text_layer.lines.glyphs import read_glyphs


def fill(page: pymupdf.Page, x: float, y: float, value: str) -> None:
    field = pymupdf.Widget()
    field.field_type, field.field_name = pymupdf.PDF_WIDGET_TYPE_TEXT, value
    field.rect, field.field_value = pymupdf.Rect(x, y - 12, x + 80, y + 3), value
    page.add_widget(field)


def words(page: pymupdf.Page) -> list[str]:
    with pymupdf.open("pdf", page.parent.tobytes()) as file:
        return [line.text for line in read_glyphs(file[0]).lines]


@pytest.mark.parametrize("gap", [1, 4, 8, 12, 20, 40])
def test_a_value_is_read_once(page, column, gap):
    column(page, ["Fee"], 50, 100)
    fill(page, 50 + pymupdf.get_text_length("Fee", fontsize=10) + gap, 100, "1,250.00")
    assert words(page) == ["Fee 1,250.00"]


def test_a_value_that_the_file_does_not_draw_runs_as_it_is_read(page):
    fill(page, 300, 100, "Ada Field")
    drawn = page.parent.xref_get_key(next(page.widgets()).xref, "AP/N")[1]
    page.parent.update_stream(int(drawn.split()[0]), b" ")
    with pymupdf.open("pdf", page.parent.tobytes()) as file:
        (line,) = read_glyphs(file[0]).lines
    first, last = line.words
    assert (first.text, last.text) == ("Ada", "Field")
    assert first.box.x0 == 300 and first.box.x1 < last.box.x0 and last.box.x1 < 380


@pytest.mark.parametrize(("x", "texts"), [(100, ["☐", "Yes"]), (152, ["Yes", "☐"])])
def test_the_sign_of_a_box_has_the_place_of_the_box(page, column, x, texts):
    """Before its label, or behind it: as high as type, on the label's baseline."""
    page.draw_rect((x, 91, x + 10, 101))
    column(page, ["Yes"], 116 if x == 100 else 130, 100)
    with pymupdf.open("pdf", page.parent.tobytes()) as file:
        (line,) = read_glyphs(file[0]).lines
    assert [word.text for word in line.words] == texts
    sign, label = sorted(line.words, key=lambda word: word.text.isalpha())
    assert abs(sign.box.x0 - x) < 5
    assert (sign.box.y1 - sign.box.y0, sign.box.y1) == (10, label.box.y1)


@pytest.mark.parametrize("gap", [4, 8, 20])
def test_two_fields_of_a_row_keep_their_places(page, column, gap):
    x = 50.0
    for label, value in (("Fee", "1,250.00"), ("Berth", "12")):
        column(page, [label], x, 100)
        x += pymupdf.get_text_length(label, fontsize=10) + gap
        fill(page, x, 100, value)
        x += 84
    assert " ".join(words(page)).split() == ["Fee", "1,250.00", "Berth", "12"]


@pytest.mark.parametrize(("middle", "lines"), [(88, 2), (90, 1), (102, 1), (104.5, 2)])
def test_a_box_is_of_the_label_whose_letters_are_at_its_height(page, column, middle, lines):
    """Letters of ten points on 100: from eleven over it to three and a half below."""
    field = pymupdf.Widget()
    field.field_type, field.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, "box"
    field.rect = pymupdf.Rect(100, middle - 5, 110, middle + 5)
    page.add_widget(field)
    column(page, ["Yes"], 116, 100)
    assert sorted(words(page)) == (["☐ Yes"] if lines == 1 else ["Yes", "☐"])
