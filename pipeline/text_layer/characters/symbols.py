"""Characters of symbol fonts and of fonts without a map, as what they show; what cannot be told is U+FFFD."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipeline.documents.stated.fonts import dingbats
from pipeline.text_layer.characters.glyph import Glyph, GlyphLine
from pipeline.text_layer.characters.sight import Sight

BULLET = "•"
UNKNOWN = "\ufffd"

_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")  # ligatures and Arabic presentation forms
_SYMBOL_NAMES = re.compile(r"symbol(?!.*(?:ui|emoji))", re.I)
_WINGDINGS_NAMES = re.compile(r"wingdings(?!.*[23])", re.I)

# Adobe's Symbol encoding (PDF 32000-1, annex D.5) from code 0x20 to 0xFE.
_SYMBOL = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼"
    + UNKNOWN * 33
    + "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
    + UNKNOWN
    + "〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
# Microsoft's Wingdings, as far as Unicode had the signs before its version 7.
_WINGDINGS = {
    0x22: "✂", 0x23: "✁", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x3E: "✇", 0x3F: "✍", 0x41: "✌", 0x45: "☜",
    0x46: "☞", 0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4C: "☹", 0x4E: "☠", 0x51: "✈", 0x52: "☼", 0x54: "❄", 0x56: "✞",
    0x58: "✠", 0x59: "✡", 0x5A: "☪", 0x5B: "☯", 0x5D: "☸", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "□", 0x71: "❑",
    0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "⌧", 0x7A: "⌘", 0x80: "⓪", 0x8B: "⓿",
    0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "◻", 0xAA: "✦", 0xAB: "★", 0xAC: "✶",
    0xAD: "✴", 0xAE: "✹", 0xAF: "✵", 0xB1: "⌖", 0xB5: "✪", 0xB6: "✰", 0xD5: "⌫", 0xD6: "⌦", 0xD8: "➢", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xFB: "✗", 0xFC: "✓",
    0xFD: "☒", 0xFE: "☑",
    **{0x5E + i: chr(0x2648 + i) for i in range(12)},  # the zodiac
    **{0x81 + i: chr(0x2460 + i) for i in range(10)},  # digits in circles
    **{0x8C + i: chr(0x2776 + i) for i in range(10)},
}  # fmt: skip
# Corporate use of Adobe's glyph list: small capitals and old-style digits at 0xF700 and their Latin-1 code, and pieces
# of brackets from 0xF8E5 on.
_ADOBE_SMALL = range(0xF720, 0xF800)
_ADOBE_PIECES = dict(zip(range(0xF8E8, 0xF8FF), "®©™⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭", strict=True))
_PRIVATE_LATIN = range(0xF020, 0xF100)


def readable(lines: Sequence[GlyphLine], sight: Sight) -> list[GlyphLine]:
    """Lines with every character as text: ligatures apart, symbols as Unicode has them, control characters gone."""
    return [GlyphLine(line.direction, glyphs) for line in lines if (glyphs := _readable(line, sight))]


def _readable(line: GlyphLine, sight: Sight) -> tuple[Glyph, ...]:
    shown = [_text(glyph) for glyph in line.glyphs]
    for i, glyph in enumerate(line.glyphs):
        # The first question needs no pixels: it keeps pages of bullets from being drawn.
        if shown[i] == UNKNOWN and _is_marker(line, i):
            shown[i] = BULLET
        elif shown[i] == UNKNOWN and glyph.drawn and sight.is_blank(glyph):
            shown[i] = " "  # a glyph without ink is a space
    return tuple(
        g if g.text == text else g._replace(text=text) for g, text in zip(line.glyphs, shown, strict=True) if text
    )


def _is_marker(line: GlyphLine, i: int) -> bool:
    """Whether a private sign of a font that nobody knows stands alone before a line's text: then it is its bullet."""
    private = ord(line.glyphs[i].text) in _PRIVATE_LATIN
    before = all(g.is_space for g in line.glyphs[:i])
    behind = line.glyphs[i + 1 : i + 2]
    return private and before and (not behind or behind[0].text.isspace() or behind[0].font != line.glyphs[i].font)


def _text(glyph: Glyph) -> str:
    char = glyph.text
    # NFKC for ligatures and Arabic forms alone: of all text it would make ² a 2, and of ½ three signs.
    if _COMPATIBLE.match(char):
        return unicodedata.normalize("NFKC", char)
    if char.isspace():
        return " "
    if "!" <= char <= "~":
        return dingbats(char, glyph.font)
    if (code := ord(char)) >= 0xE000 and unicodedata.category(char) == "Co":
        return _private(code, glyph.font)
    return "" if unicodedata.category(char) in ("Cc", "Cs", "Cn") or char in "\u200b\ufeff" else char


def _private(code: int, font: str) -> str:
    if code in _PRIVATE_LATIN and (found := _of_font(code - 0xF000, font)):
        return found
    if code in _ADOBE_SMALL and not _SYMBOL_NAMES.search(font):
        small = chr(code - 0xF700).upper()
        return small if small.isprintable() and len(small) == 1 else UNKNOWN
    return _ADOBE_PIECES.get(code, UNKNOWN)


def _of_font(code: int, font: str) -> str:
    """The sign at a code of a symbol font, "" for an unknown font. Every symbol font has its bullet at B7."""
    if _WINGDINGS_NAMES.search(font):
        return _WINGDINGS.get(code, UNKNOWN)
    if _SYMBOL_NAMES.search(font):
        return _SYMBOL[code - 0x20] if code < 0xFF else UNKNOWN
    return BULLET if code == 0xB7 else ""
