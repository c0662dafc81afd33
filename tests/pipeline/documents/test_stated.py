"""What a PDF states about itself: outline, title, author, date, and the words that links lie on."""

import pymupdf
import pytest

from pipeline.documents.stated.emphasis import Style
from pipeline.documents.stated.facts import Entry, Facts, read_facts
from pipeline.documents.stated.fields import page_fields


@pytest.fixture
def pdf():
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 100), "A first page", fontsize=11)
        document.new_page().insert_text((72, 100), "A second", fontsize=11)
        yield document


def test_a_document_that_states_nothing(pdf):
    assert read_facts(pdf, [1, 2]) == Facts()


def test_outline_title_author_and_date(pdf):
    pdf.set_toc([[1, "One\n thing", 1], [2, "Two", 2], [2, "Nowhere", -1]])
    pdf.set_metadata({"title": "  A\ttitle ", "author": "A. Author", "creationDate": "D:20240229120000+01'00'"})
    found = read_facts(pdf, [1])
    assert found.about.outline == (Entry(1, "One thing", 1), Entry(2, "Two", 2), Entry(2, "Nowhere", 0))
    assert (found.about.title, found.about.author, found.about.date) == ("A title", "A. Author", "2024-02-29")


@pytest.mark.parametrize(("stated", "date"), [("D:2024", "2024"), ("D:202405", "2024-05"), ("yesterday", ""), ("", "")])
def test_dates(pdf, stated, date):
    pdf.set_metadata({"creationDate": stated})
    assert read_facts(pdf, []).about.date == date


def test_a_link_has_its_words_and_what_stands_beside(pdf):
    page = pdf[0]
    page.insert_link({"kind": pymupdf.LINK_URI, "from": page.search_for("first")[0], "uri": "https://example.org"})
    page.insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(0, 0, 9, 9), "uri": "https://nowhere.example"})
    page.insert_link({"kind": pymupdf.LINK_LAUNCH, "from": page.search_for("page")[0], "file": "x.exe"})
    with pymupdf.open("pdf", pdf.tobytes()) as written:
        link, launched = read_facts(written, [1, 2]).links
    assert (launched.text, launched.uri.partition(":")[0]) == ("page", "file")  # whoever writes links must refuse it
    assert (link.page, link.text, link.before, link.after.strip(), link.uri) == (
        1, "first", "A ", "page", "https://example.org",
    )  # fmt: skip


def test_pages_that_are_not_there_have_none(pdf):
    assert read_facts(pdf, [7]).links == ()


def test_emphasis_by_fonts_and_by_lines_through_words(pdf):
    page = pdf[0]
    for x, text, font in (
        (72, "bold", "hebo"),
        (110, "slanted", "heit"),
        (160, "both", "hebi"),
        (200, "x = 1", "cour"),
    ):
        page.insert_text((x, 200), text, fontname=font)
    page.insert_text((72, 240), "no longer valid here")
    page.draw_line((72, 237), (72 + pymupdf.get_text_length("no longer"), 237))
    page.insert_text((72, 280), "and under this")
    page.draw_line((72, 282), (150, 282))
    page.draw_line((60, 257), (400, 257))  # the rule of a table that passes words
    page.insert_text((72, 260), "cell of a table")
    page.insert_text((72, 300), "taken back by hand")
    page.add_strikeout_annot(page.search_for("taken back")[0])
    page.insert_text((72, 320), "A variable x is plain, and so are many more of these words.")
    found = read_facts(pdf, [1]).emphasis
    assert [(run.text, run.style) for run in found] == [
        ("bold", Style(bold=True)), ("slanted", Style(italic=True)), ("both", Style(bold=True, italic=True)),
        ("x = 1", Style(mono=True)), ("no longer", Style(struck=True)),
        ("taken back", Style(struck=True)),
    ]  # fmt: skip
    assert found[-2].after.startswith("valid here")


def test_how_most_of_a_document_is_set_is_no_emphasis(pdf):
    page = pdf[1]
    page.insert_text((72, 200), "All of this document is set in bold type, as slides are.", fontname="hebo")
    page.insert_text((72, 220), "a", fontname="heit")  # a variable
    page.insert_text((72, 240), "12.50", fontname="cour")  # a number of a column
    assert read_facts(pdf, [1, 2]).emphasis == ()


def test_a_crowded_page_has_its_fonts_told_and_lines_through_words_are_not_asked_for(pdf, monkeypatch):
    """MuPDF compares each letter with all others for them."""
    page = pdf[0]
    page.insert_text((72, 140), "heavy words", fontname="hebo", fontsize=11)
    page.insert_text((72, 180), "no longer", fontsize=11)
    page.draw_line((72, 176.5), (72 + pymupdf.get_text_length("no longer", fontsize=11), 176.5))
    page.insert_text((72, 220), "plain words of this page " * 3, fontsize=11)

    def texts():
        return {run.text for run in read_facts(pdf, [1]).emphasis}

    assert texts() == {"heavy words", "no longer"}
    monkeypatch.setattr("pipeline.documents.stated.emphasis._FEW_BYTES", 10)
    assert texts() == {"heavy words", "no longer"}
    monkeypatch.setattr("pipeline.documents.stated.emphasis._MOST_LETTERS", 20)
    assert texts() == {"heavy words"}
    monkeypatch.setattr("pipeline.documents.stated.emphasis._FEW_BYTES", 10_000)
    assert texts() == {"heavy words", "no longer"}


def test_thousands_of_links_each_have_their_words():
    count = 3000
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=2000, height=3000)
        painted, kids = [], []
        for i in range(count):
            x, y = 20 + i % 40 * 48, 40 + i // 40 * 30
            painted.append(f"BT /helv 8 Tf {x} {3000 - y} Td (w{i}) Tj ET")
            kids.append(
                f"<</Type/Annot/Subtype/Link/Rect[{x} {2998 - y} {x + 40} {3008 - y}]/Border[0 0 0]"
                f"/A<</S/URI/URI(https://example.org/{i})>>>>"
            )
        page.insert_text((20, 20), "x", fontsize=1)
        stream = page.get_contents()[0]
        pdf.update_stream(stream, "\n".join(painted).encode())
        pdf.xref_set_key(page.xref, "Annots", f"[{''.join(kids)}]")
        with pymupdf.open("pdf", pdf.tobytes()) as again:
            links = read_facts(again, [1]).links
    assert [(link.text, link.uri) for link in links] == [(f"w{i}", f"https://example.org/{i}") for i in range(count)]


@pytest.mark.parametrize(("options", "value"), [("[(north)(south)]", "south"), ("[(north)]", "1"), ("null", "1")])
def test_a_radio_button_whose_states_are_places_in_a_list_of_texts(options, value):
    pdf = pymupdf.open()
    sheet, look, button = pdf.new_page(), pdf.get_new_xref(), pdf.get_new_xref()
    pdf.update_object(look, "<</Type/XObject/Subtype/Form/BBox[0 0 10 10]>>")
    pdf.update_stream(look, b"", new=True)
    pdf.update_object(
        button,
        f"<</Type/Annot/Subtype/Widget/FT/Btn/Ff 32768/T(berth)/F 4/Rect[50 100 60 110]/V/1/AS/1/Opt {options}"
        f"/AP<</N<</1 {look} 0 R/Off {look} 0 R>>>>>>",
    )
    pdf.xref_set_key(sheet.xref, "Annots", f"[{button} 0 R]")
    pdf.xref_set_key(pdf.pdf_catalog(), "AcroForm", f"<</Fields[{button} 0 R]>>")
    again = pymupdf.open("pdf", pdf.tobytes())
    assert [(field.kind, field.value) for field in page_fields(again[0])] == [("radio", value)]
