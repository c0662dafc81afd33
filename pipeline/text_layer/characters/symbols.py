"""Characters of symbol fonts and of fonts without a map, as what they show; what cannot be told is U+FFFD."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipeline.documents.letters import is_of_signs
from pipeline.text_layer.characters.glyph import Glyph, GlyphLine
from pipeline.text_layer.characters.sight import Sight

BULLET = "•"
UNKNOWN = "\ufffd"

_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]+")  # ligatures and Arabic presentation forms
# Corporate use of Adobe's glyph list: small capitals and old-style digits at 0xF700 and their Latin-1 code, and pieces
# of brackets from 0xF8E5 on.
_ADOBE_SMALL = range(0xF720, 0xF800)
_ADOBE_PIECES = dict(zip(range(0xF8E8, 0xF8FF), "®©™⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭", strict=True))
_PRIVATE_LATIN = range(0xF020, 0xF100)
_PRIVATE_BULLET = 0xF0B7  # of every font that has one


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
    if (code := ord(char)) >= 0xE000 and unicodedata.category(char) == "Co":
        return _private(code, glyph.font)
    return "" if unicodedata.category(char) in ("Cc", "Cs", "Cn") or char in "\u200b\ufeff" else char


def _private(code: int, font: str) -> str:
    """What a private character shows; fonts of signs have been read before (`documents.letters`)."""
    if is_of_signs(font):
        return _ADOBE_PIECES.get(code, UNKNOWN)
    if code == _PRIVATE_BULLET:
        return BULLET
    if code in _ADOBE_SMALL:
        small = chr(code - 0xF700).upper()
        return small if small.isprintable() and len(small) == 1 else UNKNOWN
    return _ADOBE_PIECES.get(code, UNKNOWN)
