"""The captions of push buttons are text like any other of the page, however large they are."""

from __future__ import annotations

import pymupdf


def test_a_push_button_s_caption_is_no_heading(page, read, column, prose):
    button = pymupdf.Widget()
    button.field_type, button.field_name = pymupdf.PDF_WIDGET_TYPE_BUTTON, "reset"
    button.rect, button.button_caption = pymupdf.Rect(50, 60, 200, 85), "Begin anew"
    button.text_fontsize, button.text_font = 16, "HeBo"
    page.add_widget(button)
    column(page, [prose[:90]] * 4, 50, 120)
    found = {block.content: block.label for block in read(page)}
    assert found["Begin anew"] == "text"
