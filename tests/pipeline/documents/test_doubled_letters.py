"""Doubled letters of fonts whose size says nothing of their letters stay two; letters printed twice stay one."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from tests.support.drawn import drawn_page, show

TEXT = "all buffers will shrink to 1100 books"


def type3(page: pymupdf.Page, text: str, width: int) -> bytes:
    """The page's file with font F in place of it: boxes for glyphs, `width` thousandths of the size wide."""
    pdf = page.parent
    letters = sorted(set(text) - {" "})
    glyphs = pdf.get_new_xref()
    pdf.update_object(glyphs, "<<>>")
    pdf.update_stream(glyphs, f"{width} 0 0 0 {width - 20} 120 d1 0 0 {width - 20} 120 re f".encode(), new=1)
    names = [chr(c) for c in range(32, 127)]
    spelled = {" ": "space", "0": "zero", "1": "one"}
    differences = " ".join(f"/{spelled.get(name, name if name.isalpha() else '.notdef')}" for name in names)
    procs = "".join(f"/{spelled.get(letter, letter)} {glyphs} 0 R" for letter in letters)
    for xref, *_ in pdf[0].get_fonts():
        pdf.update_object(
            xref,
            "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]"
            "/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 32/LastChar 126"
            f"/Widths[{' '.join([str(width)] * 95)}]/CharProcs<<{procs}>>/Encoding<</Differences[32 {differences}]>>>>",
        )
    return bytes(pdf.tobytes())


@pytest.mark.parametrize("width", [60, 88, 150, 500])
def test_in_type_3_fonts(width):
    result = convert(type3(drawn_page(show(TEXT, 60, 600, size=5000 / width)), TEXT, width), model="text-layer")
    assert (result.markdown.strip(), result.warnings) == (TEXT, ())


@pytest.mark.parametrize("width", [20, 88, 500, 2500, 40_000])
def test_sizes_of_type_3_fonts_are_those_of_their_letters(width):
    """The heading is larger than the text, and the lines are apart, whatever size the file states."""
    size = 5000 / width  # letters of five points
    lines = ["about buffers and harbours", "every buffer of the harbour will", "float where the ferry lands and"]
    content = show(lines[0], 60, 640, size * 2) + "".join(
        show(line, 60, 600 - 12 * i, size) for i, line in enumerate(lines[1:])
    )
    text = convert(type3(drawn_page(content), "".join(lines), width), model="text-layer").markdown
    assert text == f"# {lines[0]}\n\n{lines[1]} {lines[2]}\n"


def test_printed_twice_for_bold():
    twice = "".join(show(TEXT, 60 + step, 600) for step in (0, 0.3))
    assert convert(drawn_page(twice).parent.tobytes(), model="text-layer").markdown.strip("#\n ") == TEXT
