"""What of a page's text can be seen: asked of the page's paint, and where that leaves a doubt, of its pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.documents import mupdf
from pipeline.text_layer.characters.glyph import Box, Glyph, GlyphLine, LeftOut, left_out
from pipeline.transcript import Pixels

Order = NDArray[np.int_]
"""Places in the order of painting."""

# Pixels of the longer side of the raster that is searched. Of A4 that is 1.9 pixels per point, so that print of 5
# points is 9 high; of an A0 poster, small print of 9 points is 4 high. Fewer, and thin letters blur into their ground
# and count as hidden; more costs time on each page in doubt.
_SIDE = 1600.0
# Pixels per point, so that a postage stamp is not drawn like a poster. Chosen, not measured.
_FINEST = 2.0
# Of 255: less contrast than this nobody sees. The palest stamps on known pages have 20, and texts that are drawn with
# contrasts from 30 on must stay in tests/pipeline/text_layer/characters. Above 20, pale stamps are lost.
_FLAT = 8
# Each of red, green and blue above this may be white on white. Darker text has more than _FLAT of contrast on paper,
# so it is asked only where something is painted there. Lower, and more pages are drawn for the same result; above
# 0xF7, and near-white on white goes unseen.
_PALE = 0xE0
# Em: how much of a word a cover may leave free at either end. People black out by hand, and short; more, and a word
# half of which is legible counts as hidden.
_SIDES = 0.1
# Share of a blank glyph's box that is left out on either side, where its neighbours' ink may be: italics and kerning
# reach over by a tenth or two. Smaller, and a space without a map becomes an unread sign; chosen, not measured.
_INNER = 0.2
_FILLS = ("fill-path", "fill-shade")
_TEXTS = ("fill-text", "stroke-text")
_PICTURES = ("fill-image", "fill-imgmask")
# Of an em: vector paths so high at the place of an invisible text are its letters, traced. Dots are lower, rules and
# grounds longer. Too wide a range lets decoration vouch for hidden text; too narrow loses the text of traced pages.
_LETTER = (0.2, 2.5)


class _Painted:
    """Boxes of what a page paints, each with its place in the order of painting."""

    def __init__(self, painted: Sequence[tuple[int, Box]]) -> None:
        self._order = np.array([at for at, _ in painted], int)
        # In one array: a page of tiny cells has thousands, and asks of each word what covers it.
        self._boxes = np.array([box for _, box in painted], float).reshape(len(painted), 4)

    def covering(self, box: Box) -> Order:
        """The places in the order of painting of those over the middle of a box."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        x0, y0, x1, y1 = self._boxes.T
        return self._order[(x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)]

    def cover(self, box: Box) -> bool:
        """Whether one is over the middle of a box."""
        return self.covering(box).size > 0

    def touching(self, box: Box) -> Iterator[Box]:
        """Those that have more than an edge in common with a box."""
        x0, y0, x1, y1 = self._boxes.T
        found = self._boxes[(x0 < box[2]) & (box[0] < x1) & (y0 < box[3]) & (box[1] < y1)]
        return ((float(a), float(b), float(c), float(d)) for a, b, c, d in found)


class Sight:
    """Asks of one page; its pixels are drawn at most once, and only where its paint leaves a doubt."""

    def __init__(self, page: mupdf.Page) -> None:
        self._page = page

    def seen(self, lines: Sequence[GlyphLine]) -> tuple[list[GlyphLine], list[LeftOut]]:
        """The lines with what a reader sees, and the words that are hidden from him.

        Hidden is what the file paints invisibly, unless a picture or traced letters show it (the layer of text that
        goes with a scan), and what has no contrast with what is around it: white on white, or under something opaque.
        """
        kept: list[GlyphLine] = []
        hidden: list[LeftOut] = []
        for line in lines:
            glyphs: list[Glyph] = []
            for word in _words(line):
                if word[0].is_space or not self._is_hidden(word, line.direction):
                    glyphs += word
                else:
                    hidden.append(left_out("hidden", word))
            if any(not glyph.is_space for glyph in glyphs):
                kept.append(GlyphLine(line.direction, tuple(glyphs)))
        return kept, hidden

    def is_blank(self, glyph: Glyph) -> bool:
        """Whether a glyph leaves no ink."""
        x0, y0, x1, y1 = glyph.box
        inner = _INNER * (x1 - x0)
        return self._is_flat((x0 + inner, y0, x1 - inner, y1))

    def _is_hidden(self, word: Sequence[Glyph], direction: tuple[float, float]) -> bool:
        box = mupdf.joined_bounds([glyph.box for glyph in word])
        if not word[0].drawn:
            return not self._is_shown_otherwise(box, word[0].size)
        # The order is what keeps this cheap: the file's paint first, and pixels only for a word that it puts in doubt.
        doubtful = word[0].clips or _is_pale(word[0].color) or self._grounds.cover(box)
        return doubtful and not self._is_under_a_picture(box) and self._is_flat(_heart(box, word, direction))

    def _is_under_a_picture(self, box: Box) -> bool:
        """Whether all text here is painted before a picture that lies over it: some programs write what a scan says in
        white, and the scan on top."""
        pictures = self._pictures.covering(box)
        return pictures.size > 0 and self._texts.covering(box).max(initial=-1) < pictures[-1]

    def _is_shown_otherwise(self, box: Box, size: float) -> bool:
        if self._pictures.cover(box):
            return True
        low, high = _LETTER[0] * size, _LETTER[1] * size
        return any(low < y1 - y0 < high and x1 - x0 < high for x0, y0, x1, y1 in self._fills.touching(box))

    @cached_property
    def _painted(self) -> list[tuple[str, Box]]:
        return mupdf.painted(self._page)

    @cached_property
    def _fills(self) -> _Painted:
        return self._of(_FILLS)

    @cached_property
    def _pictures(self) -> _Painted:
        return self._of(_PICTURES)

    @cached_property
    def _texts(self) -> _Painted:
        return self._of(_TEXTS)

    @cached_property
    def _grounds(self) -> _Painted:
        """What may lie over text or be of its colour; pictures over text are scans, which show it."""
        notes = enumerate(mupdf.annotation_boxes(self._page), len(self._painted))
        return _Painted([*((at, box) for at, (kind, box) in enumerate(self._painted) if kind in _FILLS), *notes])

    def _of(self, kinds: Sequence[str]) -> _Painted:
        return _Painted([(at, box) for at, (kind, box) in enumerate(self._painted) if kind in kinds])

    @cached_property
    def _displayed(self) -> mupdf.Displayed:
        return mupdf.displayed(self._page)

    @cached_property
    def _zoom(self) -> float:
        return min(_FINEST, _SIDE / max(self._displayed.width, self._displayed.height, 1.0))

    @cached_property
    def _pixels(self) -> Pixels:
        return mupdf.small_raster(self._page, self._zoom)

    def _is_flat(self, box: Box) -> bool:
        """Whether nothing is to be seen in a box of the page's own frame; what lies off the raster is not asked."""
        a, b, c, d, e, f = self._displayed.matrix
        corners = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
        xs, ys = (sorted(round(p[i] * self._zoom) for p in corners) for i in (0, 1))
        # One pixel more than the box holds at least: a thin letter must not fall between two of them.
        part = self._pixels[max(ys[0], 0) : max(ys[-1], ys[0] + 1), max(xs[0], 0) : max(xs[-1], xs[0] + 1)]
        if part.size == 0:
            return False
        flat = part.reshape(-1, 3)
        return bool(int((flat.max(axis=0).astype(int) - flat.min(axis=0)).max()) < _FLAT)


def _words(line: GlyphLine) -> Iterator[list[Glyph]]:
    """Glyphs of one object without a space between, and each space alone."""
    word: list[Glyph] = []
    for glyph in line.glyphs:
        if word and (glyph.is_space or word[-1].is_space or glyph.span != word[-1].span):
            yield word
            word = []
        word.append(glyph)
    if word:
        yield word


def _heart(box: Box, word: Sequence[Glyph], direction: tuple[float, float]) -> Box:
    """The part of a word's box that its letters fill: what covers a word may leave the rest of the box free."""
    if not any(glyph.text.isalnum() for glyph in word):
        return box  # dots and dashes may be anywhere in it
    x0, y0, x1, y1 = box
    side = min(_SIDES * word[0].size, (x1 - x0) / 4, (y1 - y0) / 4)
    if not _has_a_middle(word):
        return x0 + side, y0, x1 - side, y1
    if abs(direction[0]) > abs(direction[1]):
        middle = (y1 - y0) / 4
        return x0 + side, y0 + middle, x1 - side, y1 - middle
    middle = (x1 - x0) / 4
    return x0 + middle, y0 + side, x1 - middle, y1 - side


def _has_a_middle(word: Sequence[Glyph]) -> bool:
    """Whether there is ink and ground halfway up a word: there is not where a stem is all of it (I), or bars (二)."""
    return len(word) > 1 and any(glyph.text.isdigit() or glyph.text.lower() != glyph.text.upper() for glyph in word)


def _is_pale(color: int) -> bool:
    return all(color >> shift & 0xFF > _PALE for shift in (0, 8, 16))
