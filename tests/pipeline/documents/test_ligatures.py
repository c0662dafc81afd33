"""Ligatures have all of their letters in the order in which they are read, and blanks without room part no words."""

from __future__ import annotations

import pymupdf
import pytest

from ocr2cli import convert
from pipeline.documents import letters
from pipeline.ledger.own_page import read_own_page
from tests.support.drawn import page_with_map

SALAAM = "\u0633\u0644\u0627\u0645"  # read from the right: seen, lam, alef, meem

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


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("[(sev) 20 ( ) 268 (en)] TJ", "seven"),  # what kerning took and a hundredth of an em
        ("[(sev) 20 ( ) 290 (en)] TJ", "seven"),
        ("[(sev) 20 ( ) 178 (en)] TJ", "sev en"),  # a tenth: as narrow as blanks of tight lines are
        ("[(sev) -300 ( ) 268 (en)] TJ", "sev en"),  # the pen was moved before the blank
        ("[(sev) 300 ( ) 268 (en)] TJ", "sev en"),  # letters that lie over each other are no word
        ("3 Tr [(sev) 20 ( ) 268 (en)] TJ", "sev en"),  # what OCR found touches
    ],
)
def test_a_blank_whose_room_is_taken_back_parts_no_word(shown, text):
    """Ghostscript writes such ones where a word was kerned."""
    sheet = page_with_map("Helvetica", {ord(c): c for c in "seven "}, f"BT /S 10 Tf 72 700 Td {shown} ET")
    chars = [c["c"] for line in letters.text_lines(sheet) for span in line["spans"] for c in span["chars"]]
    assert "".join(chars) == text


def arabic(named: str, sign: str = "\x02") -> pymupdf.Page:
    """A word of three signs that is drawn from the left: meem, `sign` named as given, seen."""
    codes = {1: SALAAM[3], ord(sign): named, 3: SALAAM[0]}
    return page_with_map("Helvetica", codes, f"BT /S 20 Tf 72 700 Td (\x01{sign}\x03) Tj ET")


@pytest.mark.parametrize("letters_of_it", [SALAAM[1:3], "\u0644\u0644\u0651\u0647", "\u05d0\u05dc"])
def test_letters_of_one_sign_are_in_the_order_of_the_file_from_right_to_left_too(letters_of_it):
    """MuPDF turns them round with all others."""
    word = SALAAM[0] + letters_of_it + SALAAM[3]
    assert convert(arabic(letters_of_it).parent.tobytes(), model="text-layer").markdown == word + "\n"
    assert [found.text for found in read_own_page(arabic(letters_of_it)).words] == [word]


def test_an_accent_of_its_own_stays_behind_its_letter():
    """It takes no room either, and stands where the sign of the next letter ends."""
    codes = {1: SALAAM[3], 2: SALAAM[1:3], 3: "\u064b", 4: SALAAM[0]}
    page = page_with_map("Helvetica", codes, "BT /S 20 Tf 72 700 Td (\x01\x02\x03\x04) Tj ET")
    pdf = page.parent
    font = next(font[0] for font in page.get_fonts() if font[4] == "S")
    for key, value in (("FirstChar", "1"), ("LastChar", "4"), ("Widths", "[500 500 0 500]")):
        pdf.xref_set_key(font, key, value)
    lines = letters.text_lines(pymupdf.open("pdf", pdf.tobytes())[0])
    text = "".join(char["c"] for span in lines[0]["spans"] for char in span["chars"])
    assert text == SALAAM[0] + "\u064b" + SALAAM[1:]
