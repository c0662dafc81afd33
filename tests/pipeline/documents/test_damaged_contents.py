"""Pages whose contents are damaged: what MuPDF gives up on altogether is read as far as PDFium gets."""

import random
import zlib

import pymupdf
import pytest

from pipeline.documents import letters
from pipeline.text_layer.page import ground_page

LINES = 50


def page_of_words(rotation):
    """A PDF with lines of words in three faces, sizes and colours."""
    chance = random.Random(3)
    pdf = pymupdf.open()
    page = pdf.new_page()
    for i in range(LINES):
        words = " ".join(f"word{chance.randint(100, 999)}" for _ in range(6))
        font, size, color = (("helv", 11, (0, 0, 0)), ("hebo", 9, (0.8, 0, 0)), ("cour", 10, (0, 0, 1)))[i % 3]
        page.insert_text((72, 60 + 14 * i), words, fontname=font, fontsize=size, color=color)
    page.clean_contents()
    page.set_rotation(rotation)
    return pdf


def damaged(pdf):
    """The same with bytes in the middle of its compressed contents that say nothing."""
    number = pdf[0].get_contents()[0]
    data = bytearray(zlib.compress(pdf.xref_stream(number)))
    data[len(data) // 2 : len(data) // 2 + 12] = b"\xff" * 12
    pdf.update_stream(number, bytes(data), compress=0)
    pdf.xref_set_key(number, "Filter", "/FlateDecode")
    return pymupdf.open("pdf", pdf.tobytes())


def described(lines):
    """What the text layer and the ledger take from lines, from top to bottom, coordinates to a point."""
    found = [
        (
            "".join(char["c"] for char in span["chars"]).strip(), span["font"], round(span["size"], 1), span["color"],
            line["dir"], span["char_flags"] & 16, [round(side) for side in span["chars"][0]["origin"]],
            [round(side) for side in (span["bbox"][0], span["bbox"][2])],
        )
        for line in lines for span in line["spans"]
    ]  # fmt: skip
    return sorted(found, key=lambda one: one[6][1])  # of a turned page PDFium has the last line first


@pytest.mark.parametrize("rotation", [0, 90])
def test_what_comes_before_the_damage_is_as_it_was(rotation):
    pdf = page_of_words(rotation)
    whole = described(letters.text_lines(pdf[0]))
    with damaged(pdf) as broken:
        found = described(letters.text_lines(broken[0]))
        assert [span["text"] for line in letters.WholeLines(broken[0]).by_spans for span in line["spans"]]
        assert 10 < len(found) < LINES
        assert found[:-1] == whole[: len(found) - 1]
        assert whole[3][0] in ground_page(broken[0])


def test_a_page_without_contents_and_a_page_that_nobody_can_read_have_no_lines(monkeypatch):
    with pymupdf.open() as pdf:
        assert letters.text_lines(pdf.new_page()) == []
    with damaged(page_of_words(0)) as broken:
        monkeypatch.setattr("pipeline.documents.mupdf.alone", lambda page: (b"no PDF", None))
        assert letters.text_lines(broken[0]) == []
