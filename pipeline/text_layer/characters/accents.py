"""Accents that are painted over their letters (TeX's OT1 fonts, old printer drivers) → one letter with its accent."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from pipeline.documents.nearby import Near
from pipeline.text_layer.characters.glyph import WORD_SPACE, Glyph, GlyphLine

_MARKS = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303",
    "ˇ": "\u030c", "˚": "\u030a", "°": "\u030a", "¸": "\u0327", "˘": "\u0306", "˙": "\u0307", "˝": "\u030b",
    "˛": "\u0328", "¯": "\u0304", "ˉ": "\u0304",
}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}
# Share of the narrower of the two that they have in common. An accent stands in the middle of its letter, so nearly
# all of it does; marks that stand beside a letter touch it by a side bearing at most. The
# drawn accents and the marks beside letters of tests/pipeline/text_layer/characters hold it. Lower, and a mark that
# kerning pushes against its neighbour becomes its accent; higher, and accents of italics, off the middle, stay loose.
_OVER = 0.6
# Em between the baselines of the two. TeX lifts an accent over a capital by the height that the capital has above an
# x, .25 em, which must be within; another line of text is an em or more away, and must not be.
_RAISED = 0.4
# Em around an accent in which its letter is looked for: more than the largest letter may be raised.
_AROUND = 1.0
# Glyphs before and behind an accent among which its letter is looked for: the letter beside it, and up to two spaces
# that MuPDF puts between them where the pen moves back. More costs time only, as the place decides in the end.
_NEAR = 3


def composed(lines: Sequence[GlyphLine]) -> list[GlyphLine]:
    """Lines whose accents are part of the letters that they lie over."""
    return [line for line in _from_elsewhere([_composed(line) for line in lines]) if line.glyphs]


def _composed(line: GlyphLine) -> GlyphLine:
    glyphs: list[Glyph | None] = list(line.glyphs)
    for i, accent in enumerate(line.glyphs):
        if accent.text not in _MARKS:
            continue
        # The letter behind first: that is the order of TeX.
        for j in (*range(i + 1, i + 1 + _NEAR), *range(i - 1, i - 1 - _NEAR, -1)):
            letter = glyphs[j] if 0 <= j < len(glyphs) else None
            if letter and (both := _together(line, accent, letter)):
                glyphs[j], glyphs[i] = both, None
                # Backing up to the accent and on again makes MuPDF see gaps on both sides; they would cut the word.
                for k in range(min(i, j) - 1, max(i, j) + 2):
                    if _is_gap_of_the_pen(line, glyphs, k):
                        glyphs[k] = None
                break
    return GlyphLine(line.direction, tuple(g for g in glyphs if g))


def _is_gap_of_the_pen(line: GlyphLine, glyphs: Sequence[Glyph | None], k: int) -> bool:
    """Whether glyph k is a space that no glyph stands for, between neighbours that touch now."""
    gap = glyphs[k] if 0 <= k < len(glyphs) else None
    if not (gap and gap.synthetic and gap.is_space):
        return False
    before = next((glyph for glyph in reversed(glyphs[:k]) if glyph), None)
    behind = next((glyph for glyph in glyphs[k + 1 :] if glyph), None)
    if before is None or behind is None or before.is_space or behind.is_space:
        return True
    return line.extent(behind)[0] - line.extent(before)[1] < WORD_SPACE * gap.size


def _from_elsewhere(lines: list[GlyphLine]) -> list[GlyphLine]:
    """The same for accents that the file paints apart from the line of their letter."""
    apart = [i for i, line in enumerate(lines) if all(glyph.text in _MARKS or glyph.is_space for glyph in line.glyphs)]
    if not apart:
        return lines
    others = sorted(set(range(len(lines))) - set(apart))
    places = ((i, j, glyph) for i in others for j, glyph in enumerate(lines[i].glyphs))
    letters = Near([(glyph.box, (i, j)) for i, j, glyph in places if glyph.text.isalpha()])
    for i in apart:
        direction = lines[i].direction
        rest = [g for g in lines[i].glyphs if not g.is_space and not _put_on(lines, direction, g, letters)]
        lines[i] = GlyphLine(direction, tuple(rest))
    return lines


def _put_on(
    lines: list[GlyphLine], direction: tuple[float, float], accent: Glyph, letters: Near[tuple[int, int]]
) -> bool:
    x0, y0, x1, y1 = accent.box
    reach = _AROUND * accent.size
    for k, j in letters.touching((x0 - reach, y0 - reach, x1 + reach, y1 + reach)):
        line = lines[k]
        if line.direction == direction and (both := _together(line, accent, line.glyphs[j])):
            lines[k] = GlyphLine(direction, (*line.glyphs[:j], both, *line.glyphs[j + 1 :]))
            return True
    return False


def _together(line: GlyphLine, accent: Glyph, letter: Glyph) -> Glyph | None:
    """The letter with the accent, where the one lies over the other and Unicode has the two as one."""
    if not letter.text.isalpha():
        return None
    lift = line.across(*letter.origin) - line.across(*accent.origin)
    # An accent is of its letter's type. Between .6 and 1.7 lie small capitals under accents of full size, and the
    # reverse; a mark that differs more belongs to other text.
    if abs(lift) > _RAISED * letter.size or not 0.6 < accent.size / letter.size < 1.7:
        return None
    (a, b), (c, d) = line.extent(accent), line.extent(letter)
    if min(b, d) - max(a, c) < _OVER * min(b - a, d - c) or b == a:
        return None
    # A pair that Unicode has no letter for stays two signs: that is what a reader can copy and search.
    base = _DOTLESS.get(letter.text, letter.text)
    text = unicodedata.normalize("NFC", base + _MARKS[accent.text])
    return letter._replace(text=text) if len(text) == 1 else None
