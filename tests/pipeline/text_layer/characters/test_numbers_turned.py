"""Numbers in the digits of Arabic and Persian run from left to right within text that runs from right to left."""

from __future__ import annotations

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.text_layer.lines.glyphs import read_glyphs

ARABIC, PERSIAN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"), str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def page(number: str) -> pymupdf.Page:
    document = pymupdf.open()
    document.new_page().insert_htmlbox((60, 60, 540, 300), f"<p dir=rtl>رقم {number} في</p>")
    return pymupdf.open("pdf", document.tobytes())[0]


@settings(max_examples=12, deadline=None)
@given(st.integers(10, 10**7), st.sampled_from([ARABIC, PERSIAN]))
def test_its_digits_come_as_they_are_read(number, digits):
    shown = str(number).translate(digits)
    drawn = page(shown)
    assert shown in " ".join(line.text for line in read_glyphs(drawn).lines).split()
    assert shown in [word.text for word in read_own_page(drawn).words]


@pytest.mark.parametrize("date", ["2024/05/12", "12.50"])
def test_its_parts_stay_in_their_order(date):
    shown = date.translate(ARABIC)
    assert shown in " ".join(line.text for line in read_glyphs(page(shown)).lines).split()
