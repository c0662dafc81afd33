"""Glyphs and lines of them as the file draws them, and the runs that are not part of what a reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Box = tuple[float, float, float, float]
Kind = Literal["hidden", "outside", "overprint"]

# Between rounding and type: coordinates are good to .002 em of small print, and the narrowest letters are .2 em wide.
# Smaller, and letters without width (of a replacement) get places of their own; larger, and thin letters lose theirs.
SAME_PLACE = 0.02
"""Of an em: glyphs whose origins lie closer stand at one place (MuPDF's coordinates are exact to a hundredth)."""

# Files that move the pen instead of printing spaces leave .2 to .3, kerning and letterspacing less. Smaller, and words
# fall apart (at their accents, too); larger, and they run together.
WORD_SPACE = 0.13
"""Em between two letters from which they are of two words: half of a word space."""


# By which sine and cosine differ, at 41 and 49 degrees: there an error of rounding in the box is ten times as large in
# the width.
_ASKEW = 0.1


class Glyph(NamedTuple):
    """A character where a page draws it, in points of the page's own frame. `size` is the em; `color` is 0xRRGGBB."""

    text: str
    origin: tuple[float, float]
    box: Box
    size: float
    font: str
    bold: bool
    mono: bool
    color: int
    drawn: bool  # filled, stroked or a window; else the file draws it invisibly
    span: int  # number of the text object, unique on the page
    synthetic: bool = False  # a space that no glyph stands for
    clips: bool = False  # a window to what is painted behind it, if anything is
    inner: bool = False  # within a letterspaced word: the white behind it is no space

    @property
    def is_space(self) -> bool:
        return self.text == " "


@dataclass(frozen=True)
class GlyphLine:
    """Glyphs that MuPDF takes for one line, in the order of the file; `direction` is a unit vector."""

    direction: tuple[float, float]
    glyphs: tuple[Glyph, ...]

    def along(self, x: float, y: float) -> float:
        """How far a point lies in the direction of the line."""
        return self.direction[0] * x + self.direction[1] * y

    def across(self, x: float, y: float) -> float:
        """How far a point lies under the line's zero, at a right angle to its direction."""
        return self.direction[0] * y - self.direction[1] * x

    def extent(self, glyph: Glyph) -> tuple[float, float]:
        """Where a glyph begins and ends along the line; from its origin on where that slants."""
        x0, y0, x1, y1 = glyph.box
        if self.direction == (1.0, 0.0):  # nearly all text, and this is asked of each letter several times
            return x0, x1
        if abs(self.direction[1]) < SAME_PLACE or abs(self.direction[0]) < SAME_PLACE:
            ends = sorted((self.along(x0, y0), self.along(x1, y1)))
            return ends[0], ends[1]
        # A slanting glyph's box is that of its corners: a rectangle, turned. Near half a right angle it does not tell
        # how high that is: then an em.
        start = self.along(*glyph.origin)
        dx, dy = map(abs, self.direction)
        wide, high = x1 - x0, y1 - y0
        if abs(dx - dy) > _ASKEW:
            return start, start + max((wide * dx - high * dy) / (dx * dx - dy * dy), 0.0)
        return start, start + max((wide - glyph.size * dy) / dx, 0.0)


@dataclass(frozen=True)
class LeftOut:
    """Text that a page's file has and its reader does not see as text of its own; `box` is in the page's own frame,
    but of what is outside in the reading frame.

    `hidden`: painted invisibly, in the colour of its ground, or under something opaque. `outside`: beyond the page's
    edges. `overprint`: printed once more at the place of the same text (shadows, poor man's bold).
    """

    kind: Kind
    text: str
    box: Box


def left_out(kind: Kind, glyphs: Sequence[Glyph]) -> LeftOut:
    """A run of at least one glyph as what it is left out for."""
    x0, y0, x1, y1 = zip(*(g.box for g in glyphs), strict=True)
    return LeftOut(kind, "".join(g.text for g in glyphs), (min(x0), min(y0), max(x1), max(y1)))
