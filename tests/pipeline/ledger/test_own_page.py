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
            page.insert_text(((84, 90)[i % 2], 100 + 20 * i), f"item {i} o", fontname=font)

    assert "o o o" not in " ".join(word.text for word in read(draw).words)
    texts = [word.text for word in read(draw).words]
    assert (texts.count("o"), texts.count("item")) == (3, 3)
    typewritten = read(lambda page: draw(page, "cour")).words
    assert [word.text for word in typewritten].count("o") == 6

    def half(page):
        draw(page)
        for i in range(2):
            page.insert_text((72, 300 + 20 * i), "typewritten", fontname="cour")

    assert [word.text for word in read(half).words].count("o") == 3  # most of its lines are not typewritten


def test_an_o_before_typewritten_words_is_a_word():
    def draw(page):
        page.insert_text((72, 100), "o code", fontname="cour")
        page.insert_text((72, 120), "o", fontname="cour")
        page.insert_text((85.2, 120), "code", fontname="cobo")
        for i in range(3):
            page.insert_text((72, 200 + 20 * i), "other lines")

    assert [word.text for word in read(draw).words].count("o") == 2


def test_a_letter_that_ticks_a_box_is_no_word():
    def draw(page):
        for x, y, mark in ((100, 300, "X"), (100, 340, "7")):
            page.draw_rect((x, y - 10, x + 12, y + 2))
            page.insert_text((x + 2, y), mark, fontsize=10)
            page.insert_text((x + 20, y), "Yes", fontsize=10)
        page.insert_text((140, 300), "X", fontsize=10)

    assert sorted(word.text for word in read(draw).words) == ["7", "X", "Yes", "Yes"]


@pytest.mark.parametrize(
    ("across", "down", "kind"),
    [(0.45, 0, "overprint"), (0, 0.55, "overprint"), (0.6, 0, "visible"), (0, 1.0, "visible")],
)
def test_what_a_scan_says_twice_lies_over_itself_by_half(across, down, kind):
    def draw(page):
        page.insert_image((50, 50, 300, 150), pixmap=pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 9, 9)))
        wide = pymupdf.get_text_length("recognised", fontsize=14)
        for share in (0, 1):
            page.insert_text(
                (72 + share * across * wide, 100 + share * down * 14), "recognised", fontsize=14, render_mode=3
            )

    assert kinds(draw) == [("recognised", "visible"), ("recognised", kind)]


@pytest.mark.parametrize("place", [(330, 100), (20, 100), (100, 30), (100, 420)])
def test_invisible_text_beside_a_picture_is_hidden(place):
    def draw(page):
        page.insert_image((80, 50, 300, 400), pixmap=pymupdf.Pixmap(pymupdf.csRGB, (0, 0, 9, 9)), keep_proportion=False)
        page.insert_text(place, "secret", render_mode=3)

    assert kinds(draw) == [("secret", "hidden")]


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
        page.insert_text((172, 140), "W", fontname="hebo", fontsize=12)
        page.insert_text((183.4, 140), "ord", fontsize=12)

        for x, letter, y, size in ((72, "H", 180, 12), (80.7, "2", 183, 7), (84.6, "O", 180, 12)):
            page.insert_text((x, y), letter, fontsize=size)

    words = read(draw).words
    assert [word.text for word in words] == ["10", "3", "kg", "Word", "H", "2", "O"]
    x0, y0, x1, y1 = words[3].box
    assert (round(x0), round(x1)) == (172, round(183.4 + pymupdf.get_text_length("ord", fontsize=12)))
    assert 120 < y0 < 130
    assert 140 < y1 < 148


def test_a_word_is_seen_where_any_of_it_is_painted():
    def draw(page):
        page.insert_text((72, 100), "W", fontsize=12)
        page.insert_text((83.4, 100), "ord", fontsize=12, render_mode=3)

    assert kinds(draw) == [("Word", "visible")]


def test_letters_with_a_space_behind_each_are_words():
    def draw(page):
        page.insert_text((72, 100), "x", fontsize=1)
        page.clean_contents()
        stream = page.get_contents()[0]
        spaced = b"\nBT /helv 12 Tf 4 Tc 72 600 Td (SPACED OUT) Tj ET"
        page.parent.update_stream(stream, page.parent.xref_stream(stream) + spaced)

    assert [text for text, _ in kinds(draw)] == ["x", "SPACED", "OUT"]


def test_an_accent_over_a_capital_is_of_its_letters_word():
    def draw(page):
        page.insert_text((72, 100), "Punkt ", fontsize=11)
        page.insert_text((105.4, 97.2), "\u00a8", fontsize=11)
        page.insert_text((104, 100), "Artig", fontsize=11)

    assert [text for text, _ in kinds(draw)] == ["Punkt", "\u00a8Artig"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_are_placed_on_the_displayed_page(rotation, turn):
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=400, height=600)
        page.insert_text((200, 300), "Own words", fontsize=20, rotate=turn)
        place = page.search_for("words")[0]
        page.set_rotation(rotation)
        shown = (place * page.rotation_matrix).normalize()
        words = read_own_page(page).words
    assert [word.text for word in words] == ["Own", "words"]
    assert words[1].box == pytest.approx(tuple(shown), abs=3)


@pytest.mark.parametrize("degrees", [5, -5, 40, 130, 220])
def test_words_of_lines_askew_are_placed_in_their_order(degrees):
    with pymupdf.open() as pdf:
        page, middle = pdf.new_page(), pymupdf.Point(300, 400)
        page.insert_text(middle, "first second third", fontsize=20, morph=(middle, pymupdf.Matrix(degrees)))
        found = [(word.box[0] + word.box[2], word.box[1] + word.box[3]) for word in read_own_page(page).words]
        told = [(word[0] + word[2], word[1] + word[3]) for word in page.get_text("words")]
    way = max(
        (0, 1), key=lambda side: abs(told[2][side] - told[0][side])
    )  # a span's box is shared out along its longer side
    rising = told[2][way] > told[0][way]
    assert [at for _, at in sorted((place[way], at) for at, place in enumerate(found))] == [0, 1, 2][
        :: 1 if rising else -1
    ]


def test_a_word_begins_with_a_blank_of_another_face():
    def draw(page):
        page.insert_text((72, 100), "bold", fontname="hebo")
        page.insert_text((72 + pymupdf.get_text_length("bold", fontname="hebo"), 100), " plain")

    assert [text for text, _ in kinds(draw)] == ["bold", "plain"]


def test_words_that_are_read_from_right_to_left_are_placed_so():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_htmlbox(
            (72, 72, 400, 200), "<p dir=rtl>שלום עולם ספרים רבים</p><p>caf\u00e9 na\u00efve r\u00e9sum\u00e9</p>"
        )
        found = {word.text: word.box for word in read_own_page(page).words}
        told = {word[4]: word[:4] for word in page.get_text("words")}
    assert found.keys() == told.keys()
    assert len(found) == 7
    for text, box in found.items():
        assert (box[0], box[2]) == pytest.approx((told[text][0], told[text][2]), abs=6), text


def test_codes_without_a_meaning_are_counted_and_letters_of_a_symbol_font_are_letters():
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 100), "Sec xx dexne wxr ox Og 123 word")
        codes = {
            "Sec": "\uf053\uf065\uf063", "Og": "\uf04f\uf067", "123": 3 * "\uf030", "xx": 2 * "\ufffd", "x": "\ufffd",
        }  # fmt: skip
        with pymupdf.open("pdf", pdf.tobytes()) as again:
            words = read_own_page(Recoded(again[0], codes))
    assert [(word.text, word.kind) for word in words.words] == [
        ("Sec", Kind.VISIBLE), ("\ufffd\ufffd", Kind.UNREADABLE), ("de\ufffdne", Kind.VISIBLE),
        ("w\ufffdr", Kind.VISIBLE), ("o\ufffd", Kind.UNREADABLE), ("\uf04f\uf067", Kind.UNREADABLE),
        ("000", Kind.VISIBLE), ("word", Kind.VISIBLE),
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


@pytest.fixture
def extractions(monkeypatch):
    """Each time that MuPDF was asked for a page's text, and how."""
    asked = []
    take = pymupdf.Page.get_text

    def get_text(page, option="text", **how):
        asked.append((option, how["flags"]))
        return take(page, option, **how)

    monkeypatch.setattr(pymupdf.Page, "get_text", get_text)
    return asked


def _replaced(page):
    """A number that an /ActualText puts right, and words whose letters stand apart."""
    page.insert_text((72, 100), "x")
    text = "BT /helv 11 Tf 72 700 Td /Span <</ActualText (88,100)>> BDC (99) Tj 12 0 Td (,100) Tj EMC ET"
    text += " BT /helv 11 Tf 3 Tc 72 660 Td (LETTERS APART IN ROWS) Tj ET"
    page.parent.update_stream(page.get_contents()[0], text.encode())


def test_a_page_is_read_once_in_each_way(extractions):
    assert [word.text for word in read(_replaced).words][:1] == ["88,100"]
    assert len(extractions) == len(set(extractions)) == 5  # spans, letters, and their text, as said or drawn


def test_letters_are_looked_at_only_where_boxes_are_drawn(extractions):
    def plain(page):
        page.insert_text((72, 100), "a page that has words")

    def boxed(page):
        plain(page)
        page.draw_rect(pymupdf.Rect(60, 92, 70, 102))

    read(plain)
    assert [option for option, _ in extractions] == ["dict"]
    read(boxed)
    assert [option for option, _ in extractions] == ["dict", "dict", "rawdict"]
