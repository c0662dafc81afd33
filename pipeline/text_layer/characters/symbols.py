"""Characters of symbol fonts and of fonts without a map, as what they show; what cannot be told is U+FFFD."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
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
_Face = tuple[str, int, int]


def readable(lines: Sequence[GlyphLine], sight: Sight) -> list[GlyphLine]:
    """Lines with every character as text: ligatures apart, symbols as Unicode has them, control characters gone."""
    spaces = _spaces(lines, sight)
    return [GlyphLine(line.direction, glyphs) for line in lines if (glyphs := _readable(line, spaces, sight))]


def _spaces(lines: Sequence[GlyphLine], sight: Sight) -> set[_Face]:
    """Which signs without a map are the space of their font: most of them leave no ink.

    Not each by itself: the hook of an f before it, or the serif of a letter behind it, is ink in a space's box.
    """
    ink: dict[_Face, list[bool]] = defaultdict(list)
    for line in lines:
        for i, glyph in enumerate(line.glyphs):
            # The first questions need no pixels: they keep pages of bullets from being drawn.
            if glyph.drawn and _text(glyph) == UNKNOWN and not _is_marker(line, i):
                ink[_face(glyph)].append(not sight.is_blank(glyph))
    return {face for face, seen in ink.items() if 2 * sum(seen) < len(seen)}


def _face(glyph: Glyph) -> _Face:
    """Whose glyph it is, and how wide, in hundredths of an em: all that is known of a sign without a map."""
    x0, y0, x1, y1 = glyph.box
    return glyph.font, round(100 * min(x1 - x0, y1 - y0) / glyph.size), round(100 * max(x1 - x0, y1 - y0) / glyph.size)


def _readable(line: GlyphLine, spaces: set[_Face], sight: Sight) -> tuple[Glyph, ...]:
    shown = [_text(glyph) for glyph in line.glyphs]
    for i, glyph in enumerate(line.glyphs):
        if shown[i] == UNKNOWN and _is_marker(line, i):
            shown[i] = BULLET
        elif shown[i] == UNKNOWN and glyph.drawn and (_face(glyph) in spaces or sight.is_blank(glyph)):
            shown[i] = " "
    return tuple(
        g if g.text == text else g._replace(text=text) for g, text in zip(line.glyphs, shown, strict=True) if text
    )


def _is_marker(line: GlyphLine, i: int) -> bool:
    """Whether a private sign of a font that nobody knows stands alone before a line's text: then it is its bullet."""
    private = ord(line.glyphs[i].text) in _PRIVATE_LATIN
    before = all(g.is_space for g in line.glyphs[:i])
    behind = next(iter(line.glyphs[i + 1 :]), None)
    return private and before and (not behind or behind.text.isspace() or behind.font != line.glyphs[i].font)


def _text(glyph: Glyph) -> str:
    char = glyph.text
    # NFKC for ligatures and Arabic forms alone: of all text it would make ² a 2, and of ½ three signs.
    if _COMPATIBLE.match(char):
        return unicodedata.normalize("NFKC", char)
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Co":
        return _private(ord(char), glyph.font)
    return "" if category in ("Cc", "Cs", "Cn") or char in "\u200b\ufeff" else char


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
