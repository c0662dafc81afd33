"""Ligatures that a font names by their letters have all of them, with a map in the file and without."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from pipeline.documents import letters
from pipeline.ledger.own_page import read_own_page
from tests.support.drawn import page_with_map

# A glyph of MuPDF's own Times, under a name of as many bytes: the program needs no other change.
NAMES = {"T_h_e_r_e": "There", "f_f_i_c_e": "ffice", "T_h.aalt0": "Th", "uni_X.wid": None, "Tabulator": None}


def page(name: str) -> bytes:
    pdf = pymupdf.open()
    sheet = pdf.new_page()
    program, descriptor, font, stream = (pdf.get_new_xref() for _ in range(4))
    pdf.update_object(program, "<</Subtype/Type1C>>")
    pdf.update_stream(program, pymupdf.Font("tiro").buffer.replace(b"afii10017", name.encode()), new=1)
    pdf.update_object(descriptor, f"<</Type/FontDescriptor/FontName/Ab/Flags 4/FontFile3 {program} 0 R>>")
    widths = " ".join(["900"] + ["500"] * 255)
    pdf.update_object(
        font,
        f"<</Type/Font/Subtype/Type1/BaseFont/Ab/FirstChar 1/LastChar 255/Widths[{widths}]"
        f"/FontDescriptor {descriptor} 0 R"
        f"/Encoding<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[1/{name}]>>>>",
    )
    pdf.update_object(stream, "<<>>")
    pdf.update_stream(stream, b"BT /F 12 Tf 72 700 Td (\x01 is a ferry at the pier) Tj ET", new=1)
    pdf.set_metadata({})
    pdf.xref_set_key(sheet.xref, "Contents", f"{stream} 0 R")
    pdf.xref_set_key(sheet.xref, "Resources", f"<</Font<</F {font} 0 R>>>>")
    return bytes(pdf.tobytes())


@pytest.mark.parametrize(("name", "letters"), NAMES.items())
def test_all_letters_are_there(name, letters):
    result = convert(page(name), model="text-layer")
    if letters is None:
        assert not result.markdown.startswith("".join(name))
    else:
        assert (result.markdown, result.warnings) == (f"{letters} is a ferry at the pier\n", ())


@pytest.mark.parametrize(("moved", "text"), [("0 ( ) 0", "Zweifl ung"), ("300 ( ) -22", "Zweiflung")])
def test_a_space_behind_a_ligature_parts_words_only_where_it_takes_room(moved, text):
    """Some writers print one within the ligature's own room."""
    named = {ord(c): c for c in "Zweifung "} | {ord("L"): "fl"}
    sheet = page_with_map("Helvetica", named, f"BT /S 10 Tf 72 700 Td [(ZweiL) {moved} (ung)] TJ ET")
    chars = [c["c"] for line in letters.text_lines(sheet) for span in line["spans"] for c in span["chars"]]
    assert "".join(chars) == text
    assert [word.text for word in read_own_page(sheet).words] == text.split()
