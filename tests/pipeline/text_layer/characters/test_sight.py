"""What nobody sees is told apart; what somebody sees stays."""

from __future__ import annotations

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ledger.own_page import read_own_page
from pipeline.ledger.sight import blank_boxes
from pipeline.text_layer.characters.glyph import Box, Glyph, GlyphLine
from pipeline.text_layer.characters.sight import Sight
from pipeline.text_layer.lines.glyphs import read_glyphs
from tests.support.drawn import drawn_page, show

ABOVE, BELOW = show("The ledger is kept here.", 60, 700), show("Nets are dried there.", 60, 500)
SECRET = "never seen 4711"
GROUND = "q {color} rg 50 590 300 24 re f Q\n"


def read(content: str, state: str = "") -> tuple[list[str], str]:
    glyphs = read_glyphs(drawn_page(content, state=state))
    hidden = " ".join(x.text for x in glyphs.left_out if x.kind == "hidden")
    return sorted(line.text for line in glyphs.lines), hidden


PLAIN = sorted(["The ledger is kept here.", "Nets are dried there."])


@pytest.mark.parametrize(
    ("middle", "state"),
    [
        (show(SECRET, 60, 600, extra="1 1 1 rg"), ""),
        (show(SECRET, 60, 600, extra="0.99 1 0.99 rg"), ""),
        (show(SECRET, 60, 600, extra="3 Tr"), ""),
        (GROUND.format(color="0.9 0.9 0.6") + show(SECRET, 60, 600, extra="3 Tr"), ""),
        ("q 0 g 60 601 1 1 re 66 601 1 1 re f Q\n" + show(SECRET, 60, 600, extra="3 Tr"), ""),
        ("q 0 g 170 600 6 8 re f Q\n" + show(SECRET, 60, 600, extra="3 Tr"), ""),
        ("q 0 g 70 585 6 8 re 70 615 6 8 re f Q\n" + show(SECRET, 60, 600, extra="3 Tr"), ""),
        (show(SECRET, 60, 600, extra="/G gs"), "<</ca 0/CA 0>>"),
        (show(SECRET, 60, 600) + GROUND.format(color="0 0 0"), ""),
        (show(SECRET, 60, 600) + GROUND.format(color="1 1 1"), ""),
        (GROUND.format(color="0 0 0") + show(SECRET, 60, 600), ""),
        (GROUND.format(color="0.4 0.1 0.1") + show(SECRET, 60, 600, extra="0.4 0.1 0.1 rg"), ""),
    ],
    ids=[
        "white",
        "nearly white",
        "mode 3",
        "mode 3 on a ground",
        "mode 3 at dots",
        "mode 3 before",
        "mode 3 between",
        "opacity 0",
        "blacked out",
        "whited out",
        "black on black",
        "tone in tone",
    ],
)
def test_hidden_text_is_left_out_and_counted(middle, state):
    assert read(ABOVE + middle + BELOW, state) == (PLAIN, SECRET)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["0 0 0", "1 1 1", "0.2 0.3 0.8", "0.9 0.9 0.8"]), st.floats(0.15, 1), st.booleans())
def test_text_with_contrast_stays_on_every_ground(color, contrast, over):
    channels = [float(c) for c in color.split()]
    ink = " ".join(f"{c - contrast * c if c > 0.5 else c + contrast * (1 - c):.3f}" for c in channels)
    content = GROUND.format(color=color) + show(SECRET, 60, 600, extra=f"{ink} rg")
    assert read(ABOVE + content + BELOW) == (sorted([*PLAIN, SECRET]), "")


def test_only_the_covered_words_of_a_line_go():
    left = pymupdf.get_text_length("The thief was ", "helv", 11)
    name = pymupdf.get_text_length("John Doe", "helv", 11)
    cover = f"q 0 g {60 + left - 1} 595 {name + 2} 14 re f Q\n"
    lines, hidden = read(show("The thief was John Doe of Harbourton", 60, 600) + cover)
    assert (lines, hidden) == (["The thief was", "of Harbourton"], "John Doe")


def test_the_invisible_text_of_a_scan_stays():
    page = drawn_page(show("Printed words of a scan", 60, 600, extra="3 Tr") + show("Unseen", 60, 90, extra="3 Tr"))
    noise = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 20, 20), False)
    noise.clear_with(90)
    page.insert_image(pymupdf.Rect(40, 150, 560, 300), pixmap=noise)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert [line.text for line in glyphs.lines] == ["Printed words of a scan"]
    assert [(x.kind, x.text) for x in glyphs.left_out] == [("hidden", "Unseen")]


@pytest.mark.parametrize("sign", ["I", "l", "i", "1", "|"])
@pytest.mark.parametrize(("ink", "ground"), [("0 g", "0.6 0.8 1"), ("1 g", "0 0 0.4")])
def test_a_sign_that_is_nothing_but_a_stem_is_seen_on_its_ground(sign, ink, ground):
    bold = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>"
    content = GROUND.format(color=ground) + show(sign, 60.3, 600, 14, "B", extra=ink)
    glyphs = read_glyphs(drawn_page(ABOVE + content, fonts={"B": bold}))
    assert ([line.text for line in glyphs.lines], glyphs.left_out) == (["The ledger is kept here.", sign], ())


def test_a_sign_of_bars_is_seen_on_its_ground():
    with pymupdf.open() as document:
        page = document.new_page()
        page.draw_rect((50, 80, 200, 120), fill=(0.9, 0.9, 0.7), color=None)
        page.insert_text((60, 105), "\u4e8c", fontname="china-s", fontsize=11)
        glyphs = read_glyphs(pymupdf.open("pdf", document.tobytes())[0])
    assert ([line.text for line in glyphs.lines], glyphs.left_out) == (["\u4e8c"], ())


@pytest.mark.parametrize("first", [True, False])
def test_white_words_below_a_scan_are_what_it_says(first):
    page = drawn_page("q BT 1 1 1 rg /F 11 Tf 1 0 0 1 60 600 Tm (What the scan says) Tj ET Q")
    scan = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 20, 20), False)
    scan.clear_with(250)
    page.insert_image(page.rect, pixmap=scan, overlay=first)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert [line.text for line in glyphs.lines] == (["What the scan says"] if first else [])


@pytest.mark.parametrize("behind", ["", "q 1 0 0 rg 0 480 600 100 re f Q"])
def test_letters_that_are_windows_show_what_is_painted_behind_them(behind):
    page = drawn_page(f"{ABOVE}q BT 7 Tr /F 40 Tf 60 500 Td (Sale 75 now) Tj ET {behind} Q")
    shown = ["Sale 75 now"] if behind else []
    assert [line.text for line in read_glyphs(page).lines] == ["The ledger is kept here.", *shown]
    words = read_own_page(page).words[5:]
    blank = blank_boxes(page, [word.box for word in words])
    assert [(word.text, word.kind.value, bare) for word, bare in zip(words, blank, strict=True)] == [
        (text, "visible", not behind) for text in ("Sale", "75", "now")
    ]


def test_invisible_words_whose_letters_are_traced_stay():
    traced = "".join(f"q 0 g {60 + 6 * i} 600 4 8 re f Q\n" for i in range(8))
    assert read(ABOVE + traced + show("Traced so", 60, 600, extra="3 Tr")) == (
        ["The ledger is kept here.", "Traced so"],
        "",
    )


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [(0, 0, 600, 800), (40, 60, 500, 760)])
def test_what_is_hidden_is_so_on_turned_and_cut_pages(rotation, box):
    page = drawn_page(ABOVE + GROUND.format(color="0 0 0") + show("Seen", 60, 610, extra="1 g") + show(SECRET, 60, 592))
    page.set_cropbox(pymupdf.Rect(box))
    page.set_rotation(rotation)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert sorted(w for line in glyphs.lines for w in line.text.split()) == sorted(
        ["Seen", *["The", "ledger", "is", "kept", "here."]]
    )
    assert [x.text for x in glyphs.left_out] == SECRET.split()


@pytest.mark.parametrize("word", ["ax", "axes"])
@pytest.mark.parametrize("turn", ["1 0 0 1", "0 1 -1 0"])
def test_a_bar_over_the_middle_of_a_word_hides_it_whichever_way_it_runs(word, turn):
    """Its letters are low: above the bar and below it the word's box is empty."""
    bar = f"0 g -1 -1 {pymupdf.get_text_length(word, 'helv', 11) + 2} 9.5 re f"
    page = drawn_page(f"{ABOVE}q {turn} 300 500 cm BT /F 11 Tf ({word}) Tj ET {bar} Q")
    glyphs = read_glyphs(page)
    assert [line.text for line in (*glyphs.lines, *glyphs.turned)] == ["The ledger is kept here."]
    assert [(x.kind, x.text) for x in glyphs.left_out] == [("hidden", word)]


def test_a_page_without_doubt_is_never_drawn(monkeypatch):
    def drawn(*_: object) -> None:
        raise AssertionError("pixels of a page whose paint says enough")

    monkeypatch.setattr("pipeline.documents.mupdf.small_raster", drawn)
    assert read(ABOVE + show("grey is seen", 60, 600, extra="0.7 g") + BELOW)[0] == sorted([*PLAIN, "grey is seen"])


def test_a_line_of_hidden_words_is_nobodys_label():
    page = drawn_page(ABOVE + show("hidden words", 60, 600, extra="1 g"))
    field = pymupdf.Widget()
    field.field_name, field.field_type, field.rect = (
        "name",
        pymupdf.PDF_WIDGET_TYPE_TEXT,
        pymupdf.Rect(140, 190, 300, 204),
    )
    field.field_value = "Ada"
    page.add_widget(field)
    glyphs = read_glyphs(pymupdf.open("pdf", page.parent.tobytes())[0])
    assert [line.text for line in glyphs.lines] == ["The ledger is kept here.", "Ada"]


def test_lines_of_which_nothing_is_seen_are_none():
    def glyph(text: str, box: Box) -> Glyph:
        return Glyph(text, box[:2], box, 10, "F", bold=False, mono=False, color=0, drawn=text != "x", span=0)

    hidden, space, seen = glyph("x", (60, 90, 65, 100)), glyph(" ", (65, 90, 68, 100)), glyph("a", (68, 90, 73, 100))
    lines = [GlyphLine((1.0, 0.0), glyphs) for glyphs in ((hidden,), (hidden, space), (space,), (hidden, space, seen))]
    kept, gone = Sight(drawn_page(ABOVE)).seen(lines)
    assert kept == [GlyphLine((1.0, 0.0), (space, seen))]
    assert [(one.kind, one.text, one.box) for one in gone] == [("hidden", "x", hidden.box)] * 3
