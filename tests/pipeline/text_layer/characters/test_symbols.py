"""Signs of symbol fonts come as what they show, or count as unread."""

from __future__ import annotations

import pytest

from pipeline.text_layer.lines.glyphs import read_glyphs
from pipeline.text_layer.quality import usable_text
from tests.support.drawn import page_with_map, show


def line(base: str, point: int, before: str = "wide ", behind: str = " so") -> str:
    """A sign at a code point of a font between words."""
    content = f"BT /F 11 Tf 60 600 Td ({before}) Tj /S 11 Tf (a) Tj /F 11 Tf ({behind}) Tj ET"
    return read_glyphs(page_with_map(base, {0x61: chr(point)}, content)).lines[0].text


@pytest.mark.parametrize(
    ("base", "point", "sign"),
    [
        ("SymbolMT", 0xF061, "α"), ("Symbol", 0xF06D, "µ"), ("ABCDEF+SymbolMT", 0xF0B0, "°"), ("Symbol", 0xF0B1, "±"),
        ("Symbol", 0xF0B3, "≥"), ("Symbol", 0xF0A3, "≤"), ("Symbol", 0xF0B7, "•"), ("Symbol", 0xF0AE, "→"),
        ("Symbol", 0xF057, "Ω"), ("Symbol", 0xF0E5, "∑"), ("Symbol", 0xF0FE, "⎭"),
        ("Wingdings-Regular", 0xF0FC, "✓"), ("Wingdings", 0xF0E0, "→"), ("Wingdings", 0xF0A7, "▪"),
        ("Wingdings", 0xF08C, "❶"), ("AnyFont", 0xF0B7, "•"),
        ("Garamond-Expert", 0xF731, "1"), ("Garamond-Expert", 0xF761, "A"), ("Garamond-Expert", 0xF7E9, "É"),
        ("Garamond-Expert", 0xF7DF, "\ufffd"), ("Garamond-Expert", 0xF785, "\ufffd"), ("AnyFont", 0xE000, "\ufffd"),
        ("MathExtra", 0xF8EB, "⎛"),
    ],
)  # fmt: skip
def test_a_known_code_is_its_sign(base, point, sign):
    assert line(base, point) == f"wide {sign} so"


@pytest.mark.parametrize("point", [0xF041, 0xE123, 0xF0FF])
def test_a_sign_that_nobody_knows_is_not_made_a_bullet(point):
    assert line("AnyFont", point) == "wide \ufffd so"


def test_the_lone_sign_before_an_item_is_its_bullet():
    assert line("AnyFont", 0xF076, before="") == "• so"


@pytest.mark.parametrize("words", [1, 6])
def test_words_in_signs_that_nobody_knows_do_not_count_as_read(words):
    content = show("aaaa " * words, 60, 600, font="S") + show("The rest is plain.", 60, 580)
    raw = read_glyphs(page_with_map("Courier", {0x61: "\uf041"}, content)).raw
    assert raw.startswith("\ufffd" * 4)  # and no bullet before the rest
    assert not usable_text(raw)


def test_a_glyph_without_ink_and_without_a_map_is_a_space():
    content = (
        "BT /F 11 Tf 60 600 Td (The) Tj /S 11 Tf ( ) Tj /F 11 Tf (harbour) Tj /S 11 Tf ( ) Tj /F 11 Tf (keeps) Tj ET"
    )
    glyphs = read_glyphs(page_with_map("Courier", {0x20: "\ufffd"}, content))
    assert [one.text for one in glyphs.lines] == ["The harbour keeps"]
    assert usable_text(glyphs.raw)


@pytest.mark.parametrize("over", [[119.5], [119.5, 79.5]])
def test_a_space_that_a_neighbour_hangs_over_is_one_like_the_others(over):
    """Of five spaces without a map one or two have ink of another letter in their box."""
    spaced = " Tj /S 11 Tf ( ) Tj /F 11 Tf ".join(
        f"({word})" for word in ("The", "bell", "of", "each", "clock", "rang")
    )
    content = f"BT /F 11 Tf 60 600 Td {spaced} Tj ET" + "".join(show("/", x, 600) for x in over)  # "of" and "The"
    (line, *_) = read_glyphs(page_with_map("Courier", {0x20: "\ufffd"}, content)).lines
    assert "\ufffd" not in line.text
