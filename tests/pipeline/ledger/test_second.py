"""Words that MuPDF does not read are told by a second opinion, and no others."""

import math

import pymupdf
import pytest

from pipeline.documents.pdfium.printed import runs
from pipeline.ledger.own_page import Kind, read_own_page
from pipeline.ledger.second import with_second_opinion

FONT = pymupdf.Font("helv")


def opinion(pdf):
    """The words of a first page that PDFium alone reads."""
    with pymupdf.open("pdf", pdf.tobytes()) as again:
        own = with_second_opinion(again[0], read_own_page(again[0]))
    return [word.text for word in own.words if word.kind is Kind.UNREAD]


def page_with(operators, rotation=0, **size):
    """A page with a line of plain text, and what the operators paint in Helvetica, /helv."""
    pdf = pymupdf.open()
    page = pdf.new_page(**size)
    page.insert_text((72, 700), "Plain words below stay where they are, all 12 of 1907.")
    stream = pdf.get_new_xref()
    pdf.update_object(stream, "<<>>")
    pdf.update_stream(stream, operators.encode("latin-1"))
    pdf.xref_set_key(page.xref, "Contents", f"[{page.get_contents()[0]} 0 R {stream} 0 R]")
    page.set_rotation(rotation)
    return pdf


def along_a_curve(text, radius, size=14):
    """Each letter turned as the curve is, from the left over the top."""
    painted, angle = "", 0.9 * math.pi
    for letter in text:
        half = FONT.text_length(letter, size) / 2
        angle -= half / radius
        c, s = math.sin(angle), -math.cos(angle)
        x, y = 300 + radius * math.cos(angle) - c * half, 400 + radius * math.sin(angle) - s * half
        if letter != " ":
            painted += f"BT /helv {size} Tf {c:.4f} {s:.4f} {-s:.4f} {c:.4f} {x:.3f} {y:.3f} Tm ({letter}) Tj ET\n"
        angle -= half / radius
    return painted


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("radius", [50, 80, 120, 180])
def test_letters_along_a_curve(radius, rotation):
    found = opinion(page_with(along_a_curve("Universal Company of Lisbon 1907", radius), rotation))
    assert {"Universal", "Company"} <= set(found) <= {"Universal", "Company", "Lisbon", "1907"}


@pytest.mark.parametrize(("size", "side"), [(3, 800), (8, 800), (12, 800), (20, 800), (60, 14000)])
def test_letters_far_apart(size, side):
    apart = f"BT /helv {size} Tf {0.9 * size} Tc 30 500 Td (LETTERS APART 2024) Tj ET"
    assert opinion(page_with(apart, width=side, height=side)) == ["LETTERS", "APART", "2024"]


def test_operators_within_an_array_of_text():
    array = "BT /helv 10 Tf 1 0 0 1 22 500 Tm [(Grandes) 0.0 Tc -250.0 (affaires,) 0.0 Tc -250.0 (1907) ] TJ ET"
    assert opinion(page_with(array)) == ["Grandes", "affaires", "1907"]


def named_only(operators):
    """A page with text in an old encoding of a Japanese font, /old, which the file does not hold."""
    pdf = page_with(operators)
    family, font = pdf.get_new_xref(), pdf.get_new_xref()
    pdf.update_object(family, (
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/HeiseiMin-W3"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/DW 1000>>"
    ))  # fmt: skip
    pdf.update_object(font, (
        "<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/90ms-RKSJ-H"
        f"/DescendantFonts[{family} 0 R]>>"
    ))  # fmt: skip
    resources = int(pdf.xref_get_key(pdf[0].xref, "Resources")[1].split()[0])
    pdf.xref_set_key(resources, "Font/old", f"{font} 0 R")
    return pdf


def test_an_old_encoding_of_a_font_that_is_only_named():
    """Whether this machine has such a font or not."""
    pdf = named_only("BT /old 14 Tf 72 500 Td <93FA967B8CEA836583588367> Tj ET")
    assert opinion(pdf) == ["日本語テスト"]


@pytest.mark.parametrize("hidden", ["3 Tr", "7 Tr", "1 1 1 rg"], ids=["unpainted", "a path", "white"])
def test_a_font_that_is_only_named_and_hides_its_text(hidden):
    assert opinion(named_only(f"BT {hidden} /old 14 Tf 72 500 Td <93FA967B8CEA836583588367> Tj ET")) == []


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_nothing_is_told_of_what_both_read(rotation):
    pdf = pymupdf.open()
    page = pdf.new_page()
    page.insert_htmlbox((72, 50, 500, 300), (
        "<p>office fluffy raffle <b>bold</b>er 10<sup>3</sup> don't hyphen-ated Ärger naïve</p>"
        "<p>日本語の文 한국어 Ελληνικά кириллица مرحبا بالعالم ١٢٣ שלום עולם</p>"
    ))  # fmt: skip
    for i in range(6):
        page.insert_text((72 + 9 * i, 400), str(i), fontsize=9)
        page.insert_text((72, 420 + 9 * i), f"{i}{i} close rows", fontsize=8)
    for gap, y in ((0.2, 500), (0.4, 520)):
        for i, letter in enumerate("SPACED OUT"):
            page.insert_text((72 + i * 12 * (0.7 + gap), y), letter, fontsize=12)
    page.insert_text((72, 600), "Slanting words", morph=(pymupdf.Point(72, 600), pymupdf.Matrix(30)))
    page.insert_text((72, 650), "abc", fontname="zadb")
    page.set_cropbox(pymupdf.Rect(20, 30, 560, 800))
    page.set_rotation(rotation)
    assert opinion(pdf) == []


def test_what_nobody_sees_is_not_told():
    white = "1 1 1 rg " + along_a_curve("Universal Company", 80)
    assert opinion(page_with(white)) == []
    hidden = page_with(along_a_curve("Universal Company", 80))
    hidden.add_ocg("drafts", on=False)
    assert opinion(hidden) == []


def test_a_file_that_pdfium_cannot_open_has_the_first_opinion(monkeypatch):
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 100), "Plain words")
        own = read_own_page(pdf[0])
        monkeypatch.setattr("pipeline.documents.mupdf.alone", lambda page: (b"no PDF", None))
        assert with_second_opinion(pdf[0], own) == own


@pytest.mark.parametrize(("theirs", "told"), [("Plainwords", []), ("Plainwords extra", ["extra"])])
def test_letters_that_the_two_see_at_other_places_are_not_told(monkeypatch, theirs, told):
    """As in columns of Japanese, whose letters PDFium sets closer."""
    with pymupdf.open() as ours, pymupdf.open() as other:
        ours.new_page().insert_text((72, 100), "Plain words")
        other.new_page().insert_text((72, 300), theirs)
        own, data = read_own_page(ours[0]), other.tobytes()
        monkeypatch.setattr("pipeline.documents.mupdf.alone", lambda page: (data, lambda x, y: (x, 842 - y)))
        found = with_second_opinion(ours[0], own).words
    assert [word.text for word in found if word.kind is Kind.UNREAD] == told


def test_of_two_lines_over_each_other_no_word_is_made(monkeypatch):
    first, second = "afterwards", "themselves"
    with pymupdf.open() as ours, pymupdf.open() as other:
        page, mixed = ours.new_page(), other.new_page()
        page.insert_text((72, 100), first, fontname="cour", fontsize=12)
        page.insert_text((75.6, 100), second, fontname="cour", fontsize=12)
        for i, pair in enumerate(zip(first, second, strict=True)):
            for x, letter in zip((72, 75.6), pair, strict=True):
                mixed.insert_text((x + 7.2 * i, 100), letter, fontname="cour", fontsize=12)
        data = other.tobytes()
        monkeypatch.setattr("pipeline.documents.mupdf.alone", lambda page: (data, lambda x, y: (x, 842 - y)))
        own = read_own_page(page)
        assert with_second_opinion(page, own) == own


@pytest.mark.parametrize(
    ("text", "words"),
    [("", []), (" ", []), ("m2 kg", ["m", "2", "kg"]), ("(don't)", ["don", "t"]), ("a\u0301b", ["a", "b"])],
)
def test_letters_and_digits_that_stand_together_are_compared(text, words):
    assert [text[run.start : run.stop] for run in runs(text)] == words
