"""Text that replaces drawn glyphs (ligatures, /ActualText): spread over the place of what it replaces."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.text_layer.characters.glyph import SAME_PLACE, Box, Glyph, GlyphLine

# Cosine of the slant up to which boxes are spread, 11 degrees. The box of a glyph that slants more is mostly air, so
# letters shared out over it would leave their line; up to here belong skewed scans, which slant by a degree or two.
_STRAIGHT = 0.98
# Letters that are drawn in a row and not said: two words; ligatures and broken words have fewer. Chosen; held from
# both sides by tests/pipeline/text_layer/characters.
_WORDS = 8
# Em between two drawn glyphs that one text replaces. It passes over a word space, .25 em, since a text may replace
# several words; smaller, and only the first word's room is shared; larger, and the next cell's drawing is taken in.
_TOUCHING = 0.3
# Em of height between glyphs of one baseline: more than a file's rounding, less than an index is lowered (.14).
_LEVEL = 0.1


def hides_words(lines: Sequence[GlyphLine], drawn: Sequence[GlyphLine]) -> bool:
    """Whether a replacement is shorter than what is `drawn` in its place by two words or more, which would be lost.

    Such is an empty one, or one that was put there by mistake. Signs without letters (ornaments, leaders, a hyphen at a
    line's end) may be replaced by nothing.
    """
    said = _places(lines)
    for line in drawn:
        signs = (glyph for glyph in line.glyphs if not glyph.is_space)
        for is_said, run in groupby(signs, key=lambda glyph: _rounded(glyph.origin) in said):
            if not is_said and sum(glyph.text.isalnum() for glyph in run) >= _WORDS:
                return True
    return False


def _places(lines: Sequence[GlyphLine]) -> set[tuple[int, int]]:
    """Where letters are read."""
    return {_rounded(glyph.origin) for line in lines for glyph in line.glyphs if not glyph.is_space}


def spread(lines: Sequence[GlyphLine], drawn: Sequence[GlyphLine] = ()) -> list[GlyphLine]:
    """Lines in which every letter has a place of its own. `drawn` is the text without its replacements, if it has any.

    MuPDF gives the letters of a replacement one after the other to the glyphs that are replaced: those in excess stand
    behind the last one without width, and where they run out, the rest of what is drawn is a gap. Such letters share
    the room of the glyph before them, and the last one has what is drawn right behind it.
    """
    read = _places(lines)
    glyphs = (glyph for line in drawn for glyph in line.glyphs if not glyph.text.isspace())
    rest = _Rest([(glyph.origin, glyph.box) for glyph in glyphs if _rounded(glyph.origin) not in read])
    return [_spread(line, rest) for line in lines]


class _Rest:
    """What is drawn and not read: origins and boxes, found by their height on the lines of a direction."""

    def __init__(self, places: Sequence[tuple[tuple[float, float], Box]]) -> None:
        self._places = places
        self._by_direction: dict[tuple[float, float], list[tuple[float, float, float]]] = {}

    def on_level(self, line: GlyphLine, level: float, apart: float) -> list[tuple[float, float]]:
        """Where those less than `apart` off a height begin and end along a line, in the order of their beginnings."""
        if not self._places:
            return []
        if line.direction not in self._by_direction:
            heights = ((line.across(*origin), *_interval(line, box)) for origin, box in self._places)
            self._by_direction[line.direction] = sorted(heights)
        known = self._by_direction[line.direction]
        near = known[bisect_left(known, (level - apart,)) : bisect_left(known, (level + apart,))]
        return sorted((start, end) for height, start, end in near if abs(height - level) < apart)


def _rounded(point: tuple[float, float]) -> tuple[int, int]:
    # Tenths of a point: the two readings give the same origin but for floats' last digits, and no two glyphs that a
    # reader could tell apart begin within a tenth of a point.
    return round(10 * point[0]), round(10 * point[1])


def _spread(line: GlyphLine, rest: _Rest) -> GlyphLine:
    if max(map(abs, line.direction)) < _STRAIGHT:
        return line
    glyphs: list[Glyph] = []
    filled = False  # whether the last gap is one of drawn glyphs
    for group in _groups(line):
        # The space stands for the gap that the drawn glyphs have just filled; kept, it would cut the word there.
        if filled and group[0].synthetic and group[0].is_space:
            continue
        start, end = line.extent(group[0])[0], max(line.extent(glyph)[1] for glyph in group)
        reach = _drawn_end(line, group[-1], end, rest)
        glyphs += _shared(line, group, start, reach) if len(group) > 1 or reach > end else group
        filled = reach > end
    return GlyphLine(line.direction, tuple(glyphs))


def _groups(line: GlyphLine) -> Iterator[list[Glyph]]:
    """Each glyph with the letters without width that stand at its end."""
    group = [line.glyphs[0]]
    for glyph in line.glyphs[1:]:
        start, end = line.extent(glyph)
        own = end - start > SAME_PLACE * glyph.size or unicodedata.combining(glyph.text)
        if own or glyph.synthetic:
            yield group
            group = []
        group.append(glyph)
    yield group


def _drawn_end(line: GlyphLine, last: Glyph, end: float, rest: _Rest) -> float:
    """The end of what is drawn right behind a glyph and read as part of it."""
    slack = _TOUCHING * last.size
    for start, stop in rest.on_level(line, line.across(*last.origin), _LEVEL * last.size):
        if end - slack <= start <= end + slack:
            end = max(end, stop)
    return end


def _interval(line: GlyphLine, box: Box) -> tuple[float, float]:
    a, b = sorted((line.along(box[0], box[1]), line.along(box[2], box[3])))
    return a, b


def _shared(line: GlyphLine, group: Sequence[Glyph], start: float, end: float) -> Iterator[Glyph]:
    """The glyphs side by side in equal parts of an interval along the line."""
    part = (end - start) / len(group)
    dx, dy = line.direction
    for i, glyph in enumerate(group):
        a, b = start + i * part, start + (i + 1) * part
        x0, y0, x1, y1 = glyph.box
        if abs(dx) > abs(dy):
            a, b = sorted((a * dx, b * dx))
            x, y = (a if dx > 0 else b), glyph.origin[1]
            yield glyph._replace(box=(a, y0, b, y1), origin=(x, y))
        else:
            a, b = sorted((a * dy, b * dy))
            x, y = glyph.origin[0], (a if dy > 0 else b)
            yield glyph._replace(box=(x0, a, x1, b), origin=(x, y))
