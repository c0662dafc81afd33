"""The witness: what a page's text layer holds, by a path of its own."""

import ast
from pathlib import Path

import pymupdf
import pytest

import pipeline.ledger
from pipeline.ledger.own_page import Kind, read_own_page


def read(draw, **page):
    """The words of a page that `draw` has drawn on, with their kinds."""
    with pymupdf.open() as pdf:
        draw(pdf.new_page(**page))
        with pymupdf.open("pdf", pdf.tobytes()) as again:
            return read_own_page(again[0])


def kinds(draw, **page):
    return [(word.text, word.kind.value) for word in read(draw, **page).words]


def test_it_shares_nothing_with_the_path_that_writes_blocks():
    """But the judgement whether a text layer can be believed, which is about the layer and not about its reading."""
    for path in Path(pipeline.ledger.__path__[0]).glob("*.py"):
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert {name for name in imported if name.startswith("pipeline.text_layer")} <= {"pipeline.text_layer.quality"}


def test_a_typewriters_o_is_a_bullet_unless_the_page_is_typewritten():
    def draw(page, font="helv"):
        for i in range(3):
            page.insert_text((72, 100 + 20 * i), "o", fontname="cour")
            page.insert_text((90, 100 + 20 * i), f"item {i} o", fontname=font)

    assert "o o o" not in " ".join(word.text for word in read(draw).words)
    assert [word.text for word in read(draw).words].count("o") == 3
    typewritten = read(lambda page: draw(page, "cour")).words
    assert [word.text for word in typewritten].count("o") == 6


def test_what_is_not_to_be_seen_is_told_apart():
    def draw(page):
        page.insert_text((72, 100), "plain words 1,000.50")
        page.insert_text((72, 130), "unpainted", render_mode=3)
        page.insert_text((72, 160), "transparent", fill_opacity=0, stroke_opacity=0)
        page.insert_text((72, 190), "stroked", render_mode=1)
        page.insert_text((72, 220), "shadow")
        page.insert_text((72.6, 220.4), "shadow")
        page.insert_text((72, 250), "again")
        page.insert_text((172, 250), "again")
        page.insert_text((900, 280), "outside")

    assert kinds(draw) == [
        ("plain", "visible"), ("words", "visible"), ("1,000.50", "visible"), ("unpainted", "hidden"),
        ("transparent", "hidden"), ("stroked", "visible"), ("shadow", "visible"), ("shadow", "overprint"),
        ("again", "visible"), ("again", "visible"), ("outside", "outside"),
    ]  # fmt: skip


def test_invisible_text_over_a_picture_is_what_a_scan_says():
    def draw(page):
        page.insert_image((50, 50, 300, 150), pixmap=pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 9, 9)))
        page.insert_text((72, 100), "recognised", render_mode=3)
        page.insert_text((72, 400), "secret", render_mode=3)

    assert kinds(draw) == [("recognised", "visible"), ("secret", "hidden")]


def test_a_power_is_apart_from_its_number_and_a_bold_letter_is_not_from_its_word():
    def draw(page):
        page.insert_text((72, 100), "10", fontsize=12)
        page.insert_text((85.4, 95), "3", fontsize=7)
        page.insert_text((89.4, 100), "kg", fontsize=12)
        page.insert_text((72, 140), "W", fontname="hebo", fontsize=12)
        page.insert_text((83.4, 140), "ord", fontsize=12)

    assert [text for text, _ in kinds(draw)] == ["10", "3", "kg", "Word"]


def test_an_accent_over_a_capital_is_of_its_letters_word():
    def draw(page):
        page.insert_text((72, 100), "Punkt ", fontsize=11)
        page.insert_text((105.4, 97.2), "\u00a8", fontsize=11)
        page.insert_text((104, 100), "Artig", fontsize=11)

    assert [text for text, _ in kinds(draw)] == ["Punkt", "\u00a8Artig"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_are_placed_on_the_displayed_page(rotation):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=400, height=600)
        page.insert_text((100, 200), "Own words", fontsize=20)
        place = page.search_for("words")[0]
        page.set_rotation(rotation)
        shown = (place * page.rotation_matrix).normalize()
        words = read_own_page(page).words
    assert [word.text for word in words] == ["Own", "words"]
    x0, y0, x1, y1 = words[1].box
    assert shown.contains(pymupdf.Point((x0 + x1) / 2, (y0 + y1) / 2))


def test_codes_without_a_meaning_are_counted_and_letters_of_a_symbol_font_are_letters():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "Sec xx dexne word")
        with pymupdf.open("pdf", pdf.tobytes()) as again:
            words = read_own_page(Recoded(again[0], {"Sec": "\uf053\uf065\uf063", "xx": "\ufffd\ufffd", "x": "\ufffd"}))
    assert [(word.text, word.kind) for word in words.words] == [
        ("Sec", Kind.VISIBLE), ("\ufffd\ufffd", Kind.UNREADABLE), ("de\ufffdne", Kind.VISIBLE), ("word", Kind.VISIBLE),
    ]  # fmt: skip


class Recoded:
    """A page whose letters come out as other codes, as a broken character map makes them."""

    def __init__(self, page, codes):
        self._page, self._codes = page, codes

    def __getattr__(self, name):
        return getattr(self._page, name)

    def get_text(self, *arguments, **options):
        found = self._page.get_text(*arguments, **options)
        for span in (span for block in found["blocks"] for line in block["lines"] for span in line["spans"]):
            for letters, codes in self._codes.items():
                span["text"] = span["text"].replace(letters, codes)
        return found


def test_a_garbled_layer_is_not_sound():
    assert read(lambda page: page.insert_text((72, 100), "Sound words of a page")).sound
    assert not read(lambda page: page.insert_text((72, 100), "wrtb kljm " * 60, fontsize=2)).sound
    assert not read(lambda page: None).sound
