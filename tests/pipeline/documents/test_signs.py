"""Fonts of signs show what viewers show, however a PDF encodes them."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from pipeline.documents import letters


def page(base: str, text: str, subtype: str = "Type1", encoding: str = "null", behind: str = "") -> pymupdf.Page:
    """A page with text in a font of this name that the file does not hold."""
    pdf = pymupdf.open()
    sheet = pdf.new_page()
    sheet.insert_text((72, 72), text, fontname="zadb")
    sheet.insert_text((90, 72), behind)
    font = sheet.get_fonts()[0][0]
    for key, value in (("BaseFont", f"/{base}"), ("Subtype", f"/{subtype}"), ("Encoding", encoding)):
        pdf.xref_set_key(font, key, value)
    return pymupdf.open("pdf", pdf.tobytes())[0]


def read(sheet: pymupdf.Page) -> str:
    spans = (span for line in letters.text_lines(sheet) for span in line["spans"])
    return "".join(char["c"] for span in spans for char in span["chars"])


@pytest.mark.parametrize("encoding", ["null", "/WinAnsiEncoding"])
@pytest.mark.parametrize(("codes", "signs"), [("4", "✔"), ("8lnqu", "✘●■❑◆"), ("\xac\xb6\xd5", "①❶→"), (" v ", " ❖ ")])
def test_dingbats_by_the_names_of_glyphs_and_by_codes(encoding, codes, signs):
    assert read(page("ZapfDingbats", codes, encoding=encoding)).strip() == signs.strip()


@pytest.mark.parametrize(
    ("base", "codes", "signs"),
    [
        ("Wingdings", "\xa7\xfc", "▪✓"), ("ABCDEF+Wingdings-Regular", "q", "❑"), ("Webdings", "a", "\uf061"),
        ("Wingdings2", "P", "\uf050"), ("SymbolMT", "ab", "αβ"), ("Symbola", "ab", "ab"), ("SegoeUISymbol", "ab", "ab"),
    ],
)  # fmt: skip
def test_signs_of_other_fonts_with_the_codes_of_letters(base, codes, signs):
    assert read(page(base, codes, "TrueType", "/WinAnsiEncoding")) == signs


def test_a_map_of_the_file_is_believed_for_symbol():
    sheet = page("SymbolMT", "x", "TrueType", "/WinAnsiEncoding")
    pdf, font = sheet.parent, sheet.get_fonts()[0][0]
    stream = pdf.get_new_xref()
    pdf.update_object(stream, "<<>>")
    text = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <78> <00d7> endbfchar"
    pdf.update_stream(stream, b"/CMapType 2 def begincmap " + text + b" endcmap", new=True)
    pdf.xref_set_key(font, "ToUnicode", f"{stream} 0 R")
    assert read(pymupdf.open("pdf", pdf.tobytes())[0]) == "×"


def test_bullets_of_dingbats_are_a_list():
    pdf = pymupdf.open()
    sheet = pdf.new_page()
    for y, text in ((100, "Oars and sails are stored in the loft."), (116, "Ropes hang behind the door.")):
        sheet.insert_text((72, y), "l", fontname="zadb", fontsize=8)
        sheet.insert_text((86, y), text)
    pdf.xref_set_key(sheet.get_fonts()[0][0], "Encoding", "null")
    markdown = convert(pdf.tobytes(), model="text-layer").markdown
    assert markdown == "- Oars and sails are stored in the loft.\n- Ropes hang behind the door.\n"


def test_a_number_in_a_frame_is_no_tick():
    pdf = pymupdf.open()
    sheet = pdf.new_page()
    sheet.insert_text((72, 80), "How did you like the ferry to the island? Ring one of these.")
    for i in range(5):
        sheet.draw_rect((72 + 30 * i, 100, 84 + 30 * i, 112))
        sheet.insert_text((75.5 + 30 * i, 109.5), str(i + 1), fontsize=9)
    result = convert(pdf.tobytes(), model="text-layer")
    assert not result.warnings
    assert [digit for digit in "12345" if digit in result.markdown] == list("12345")
    assert "[x]" not in result.markdown
