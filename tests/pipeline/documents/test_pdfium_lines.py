"""Lines that PDFium makes of a page are those that MuPDF makes of it: in their place they stand."""

import pymupdf
import pytest

from pipeline.documents import mupdf
from pipeline.documents.pdfium.lines import parsed_lines
from pipeline.documents.pdfium.one_page import one_page


def drawn(rotation=0):
    """Faces, sizes and colours, invisible words, letters that are wider than high, slanting and upright lines."""
    pdf = pymupdf.open()
    page = pdf.new_page()
    page.insert_text((72, 100), "plain words", fontsize=11)
    page.insert_text((72, 140), "bold words", fontname="hebo", fontsize=9, color=(0.8, 0.4, 0.2))
    page.insert_text((72, 180), "typewritten", fontname="cour", fontsize=10, color=(0, 0, 1))
    page.insert_text((72, 220), "hidden words", render_mode=3)
    slanting = pymupdf.Point(300, 300)
    page.insert_text(slanting, "slanting words", morph=(slanting, pymupdf.Matrix(30)))
    page.insert_text((500, 500), "upright words", rotate=90)
    page.insert_text((72, 540), "A")
    page.clean_contents()
    contents = page.get_contents()[0]
    pdf.update_stream(contents, b"BT /helv 1 Tf 11 0 0 12 72 700 Tm (matrix) Tj ET\n" + pdf.xref_stream(contents))
    page.set_rotation(rotation)
    return pdf


def described(lines):
    """What the text layer and the ledger take from lines, coordinates to a point."""
    return sorted(
        (
            "".join(char["c"] for char in span["chars"]).strip(), span["font"], round(span["size"], 1), span["color"],
            tuple(round(part, 2) for part in line["dir"]), span["char_flags"] & 51,
            [round(side) for side in span["chars"][0]["origin"]],
        )
        for line in lines for span in line["spans"]
    )  # fmt: skip


@pytest.mark.parametrize("rotation", [0, 90, 180])
def test_both_make_the_same_lines(rotation):
    with pymupdf.open("pdf", drawn(rotation).tobytes()) as pdf:
        theirs, ours = described(mupdf.raw_lines(pdf[0], True, False)), described(parsed_lines(pdf[0]))
    assert ours == theirs
    assert [line[0] for line in ours if not line[5]] == ["hidden words"]


def test_spaces_that_no_file_has_stand_where_the_next_word_begins_and_are_set_as_the_one_before():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for x, word, font in ((72, "a", "hebo"), (84, "plain", "helv"), (120, "b", "helv")):
            page.insert_text((x, 160), word, fontname=font)
        (line,) = parsed_lines(page)
    chars = [char for span in line["spans"] for char in span["chars"]]
    assert "".join(char["c"] for char in chars) == "a plain b"
    assert [span["text"] for span in line["spans"]] == ["a ", "plain b"]
    for at in (1, 7):
        assert chars[at]["synthetic"]
        assert chars[at]["origin"] == chars[at + 1]["origin"]


@pytest.mark.parametrize("code", ["D800", "DBFF", "DFFF"])
def test_halves_of_characters_are_unreadable(code):
    with drawn() as pdf:
        font = next(font[0] for font in pdf[0].get_fonts() if font[3] == "Helvetica")
        codes = pdf.get_new_xref()
        pdf.update_object(codes, "<<>>")
        pdf.update_stream(codes, (
            "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
            f"1 beginbfchar <6D> <{code}> endbfchar endcmap end"
        ).encode())  # fmt: skip
        pdf.xref_set_key(font, "ToUnicode", f"{codes} 0 R")
        assert "\ufffdatrix" in [line["spans"][0]["text"] for line in parsed_lines(pdf[0])]


def test_a_page_is_closed_whatever_happens_to_it(monkeypatch):
    import pypdfium2

    closed = []
    close = pypdfium2.PdfDocument.close
    monkeypatch.setattr(pypdfium2.PdfDocument, "close", lambda self: (closed.append(self), close(self)))
    with drawn() as pdf, pytest.raises(ValueError, match="body"), one_page(pdf[0]):
        raise ValueError("body")
    assert len(closed) == 1
