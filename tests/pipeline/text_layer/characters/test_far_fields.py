"""Forms whose words stand in one column and whose fields in another: each value belongs to the words of its row."""

from __future__ import annotations

import pymupdf
import pytest

NAMES = ["Name", "Harbour", "Night berth", "Day berth"]


def form(page: pymupdf.Page, x: float, column) -> None:
    column(page, NAMES, 60, 100, size=16)
    kinds = (pymupdf.PDF_WIDGET_TYPE_TEXT, pymupdf.PDF_WIDGET_TYPE_COMBOBOX, *(pymupdf.PDF_WIDGET_TYPE_CHECKBOX,) * 2)
    for i, (kind, value) in enumerate(zip(kinds, ("Ada Field", "North", True, False), strict=True)):
        field = pymupdf.Widget()
        field.field_type, field.field_name = kind, NAMES[i]
        field.rect = pymupdf.Rect(x, 86 + 19.2 * i, x + (120 if i < 2 else 14), 101 + 19.2 * i)
        field.choice_values = ["North", "South"] if i == 1 else None
        field.field_value = value
        page.add_widget(field)


def words(blocks) -> str:
    return " ".join(" ".join(block.content for block in blocks).split())


@pytest.mark.parametrize("x", [180, 250, 400])
@pytest.mark.parametrize("framed", [False, True])
def test_values_stand_behind_the_words_of_their_row(page, read, column, x, framed):
    form(page, x, column)
    for i in range(4 if framed else 0):
        page.draw_rect((x - 1, 85 + 19.2 * i, x + (121 if i < 2 else 15), 102 + 19.2 * i))
    assert words(read(page)) == "Name Ada Field Harbour North Night berth ☒ Day berth ☐"


def test_the_cell_of_a_table_keeps_its_value(page, read, column):
    form(page, 250, column)
    page.draw_line((230, 80), (230, 170))
    assert "Name Ada Field" not in words(read(page))


def test_words_between_belong_to_the_field(page, read, column):
    form(page, 300, column)
    column(page, ["(in full)"], 210, 100)
    assert "(in full) Ada Field" in words(read(page)) and "Name Ada" not in words(read(page))
