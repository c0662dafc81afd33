"""The size of Type 3 fonts whose stated one cannot be true is told by all their letters on the page."""

from __future__ import annotations

import pymupdf
import pytest

from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import LATIN, drawn_page

WIDTHS = {"W": 950, "i": 250, "m": 800}


def page(content: str) -> pymupdf.Page:
    """A page whose font T has squares for letters, in a box of fifteen em."""
    document = drawn_page("").parent
    letters = [chr(code) for code in range(0x41, 0x7B) if chr(code).isalpha()]
    stream = document.get_new_xref()
    document.update_object(stream, "<<>>")
    document.update_stream(stream, content.encode(), new=1)
    shapes = []
    for letter in letters:
        shape = document.get_new_xref()
        document.update_object(shape, "<<>>")
        document.update_stream(shape, f"{WIDTHS.get(letter, 500)} 0 d0 50 0 150 600 re f".encode(), new=1)
        shapes.append(f"/{letter} {shape} 0 R")
    widths = " ".join(str(WIDTHS.get(chr(code), 500)) for code in range(0x41, 0x7B))
    names = " ".join(f"{ord(letter)} /{letter}" for letter in letters)
    font, latin = document.get_new_xref(), document.get_new_xref()
    document.update_object(
        font,
        "<</Type/Font/Subtype/Type3/FontBBox[0 -5000 1000 10000]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 65"
        f"/LastChar 122/Widths[{widths}]/Encoding<</Type/Encoding/Differences[{names}]>>"
        f"/CharProcs<<{''.join(shapes)}>>>>",
    )
    document.update_object(latin, LATIN)
    xref = document[0].xref
    document.xref_set_key(xref, "Contents", f"{stream} 0 R")
    document.xref_set_key(xref, "Resources", f"<</Font<</F {latin} 0 R/T {font} 0 R>>>>")
    return pymupdf.open("pdf", document.tobytes())[0]


@pytest.mark.parametrize("alone", ["W", "i", "mm", "ill"])
def test_letters_by_themselves_are_as_large_as_the_others(alone):
    texts = ["mediumsizedwindows", alone, "ofthehouseonthehill"]
    content = "".join(f"BT /T 10 Tf 1 0 0 1 60 {600 - 40 * i} Tm ({text}) Tj ET\n" for i, text in enumerate(texts))
    lines = read_glyphs(page(content)).lines
    assert [line.text for line in lines] == texts
    assert len({word.size for line in lines for word in line.words}) == 1
