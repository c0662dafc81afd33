"""Text that is twice at one place: shadows, bold type by overprinting, a layer of OCR over printed text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from pipeline.documents import mupdf
from pipeline.text_layer.characters.glyph import Box, Glyph, GlyphLine, LeftOut, left_out

# Em: how far a copy may lie from what it copies. Printers' drivers use .02 to .05, shadows up to .1; the drawn copies
# of tests/pipeline/text_layer/characters lie up to .05 off. Smaller, and shadowed words come twice; above .2, the
# advance of an l, two letters side by side could be copies of each other.
_REACH = 0.1
# Em: how much the letters of one copy may differ in how far they lie off. A copy is moved as a whole, so that only
# rounding remains; larger, and a second text that happens to share letters with the first may pass for its copy.
_RIGID = 0.03
# By which the sizes of copy and original may differ, as a share: rounding. Chosen, not measured.
_SAME_SIZE = 0.05
# Of a glyph's advance: a step back that begins another text object. Kerning takes up to a third, a copy steps back
# over a whole word. Smaller, and kerned words fall apart; of a whole advance, and a letter that is struck right over
# the one before it begins no object.
_BACK = 0.5
# Points: the side of the squares by which glyphs are found, and so the farthest that a copy is looked for: _REACH of
# type of 40 points. Smaller, and copies of larger type stay; larger squares hold more glyphs to compare.
_CELL = 4.0
# Em per letter: below that the letters are stacked, as those of a long text that replaces a short one, and their places
# say nothing. No face is set so narrow.
_LEAST_ROOM = 0.1

# Share of the smaller box that two words have in common, one printed and one that OCR found there: it sets lines a
# little off and spaces words by its own font. Smaller, and a word twice in a row is one; larger, and layers that drift
# come twice.
_COVERED = 0.5

_Place = tuple[str, int, int]


def without_copies(lines: Sequence[GlyphLine]) -> tuple[list[GlyphLine], list[LeftOut]]:
    """Lines without the words that stand a second time at the same place; the words that stay are then bold.

    A copy is a whole text object: each of its letters lies by the same little way off the same letter of what was
    printed before, in its size. Single letters that meet by chance (a stamp across a page) are none. Words that are
    struck letter by letter (T, T, h, h) never get here: MuPDF takes each pair for one letter.
    """
    seen: dict[_Place, list[tuple[int, int, Glyph]]] = defaultdict(list)
    kept: list[list[Glyph | None]] = []
    copies: list[LeftOut] = []
    for i, line in enumerate(lines):
        glyphs: list[Glyph | None] = list(line.glyphs)
        kept.append(glyphs)
        for piece in _objects(line):
            # Only what stays is entered in `seen`, so that a third printing is held against the first, never
            # against a copy that is gone.
            if originals := _originals(line, [line.glyphs[k] for k in piece], seen):
                copies += _drop(glyphs, piece)
                for n, k in originals:
                    if original := kept[n][k]:
                        kept[n][k] = original._replace(bold=True)
                continue
            for k in piece:
                seen[_place(line.glyphs[k])].append((i, k, line.glyphs[k]))
    left = [GlyphLine(line.direction, tuple(g for g in glyphs if g)) for line, glyphs in zip(lines, kept, strict=True)]
    return [line for line in left if any(not g.is_space for g in line.glyphs)], copies


def without_second_layer(lines: Sequence[GlyphLine]) -> tuple[list[GlyphLine], list[LeftOut]]:
    """Lines without the invisible words that say once more what is printed at their place."""
    if len({glyph.drawn for line in lines for glyph in line.glyphs if not glyph.is_space}) < 2:
        return list(lines), []
    printed: dict[str, list[Box]] = defaultdict(list)
    for _, _, word in _words(lines):
        if word[0].drawn:
            printed[_text(word)].append(mupdf.joined_bounds([glyph.box for glyph in word]))
    kept: list[list[Glyph | None]] = [list(line.glyphs) for line in lines]
    copies: list[LeftOut] = []
    for i, start, word in _words(lines):
        box = mupdf.joined_bounds([glyph.box for glyph in word])
        if not word[0].drawn and any(_overlap(box, other) for other in printed[_text(word)]):
            copies += _drop(kept[i], range(start, start + len(word)))
    left = [GlyphLine(line.direction, tuple(g for g in glyphs if g)) for line, glyphs in zip(lines, kept, strict=True)]
    return [line for line in left if any(not g.is_space for g in line.glyphs)], copies


def _words(lines: Sequence[GlyphLine]) -> Iterator[tuple[int, int, list[Glyph]]]:
    """Each word with the places of its line, and of its first glyph there."""
    for i, line in enumerate(lines):
        for is_space, run in groupby(enumerate(line.glyphs), key=lambda one: one[1].is_space):
            if not is_space:
                places, word = zip(*run, strict=True)
                yield i, places[0], list(word)


def _text(word: Sequence[Glyph]) -> str:
    return "".join(glyph.text for glyph in word)


def _overlap(a: Box, b: Box) -> bool:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width > 0 and height > 0 and width * height > _COVERED * least


def _drop(glyphs: list[Glyph | None], which: Sequence[int]) -> Iterator[LeftOut]:
    run = [glyph for k in which if (glyph := glyphs[k])]
    for k in which:
        glyphs[k] = None
    if run:
        yield left_out("overprint", run)


def _objects(line: GlyphLine) -> Iterator[list[int]]:
    """Runs of glyphs as they were set: parted by spaces, and where the pen went back."""
    run: list[int] = []
    for k, glyph in enumerate(line.glyphs):
        back = False
        if run:
            start, end = line.extent(line.glyphs[run[-1]])
            back = line.along(*glyph.origin) < end - _BACK * max(end - start, _LEAST_ROOM * glyph.size)
        if run and (glyph.is_space or back):
            yield run
            run = []
        if not glyph.is_space:
            run.append(k)
    if run:
        yield run


def _originals(
    line: GlyphLine, piece: Sequence[Glyph], seen: dict[_Place, list[tuple[int, int, Glyph]]]
) -> list[tuple[int, int]]:
    """Line and place of the glyphs that a piece copies; none where it is no copy."""
    room = abs(line.along(*piece[-1].origin) - line.along(*piece[0].origin))
    if room < _LEAST_ROOM * piece[0].size * (len(piece) - 1):
        return []
    for first in _near(piece[0], seen):
        off = _offset(piece[0], first[2])
        found = [first]
        for glyph in piece[1:]:
            match = next(
                (m for m in _near(glyph, seen) if _differ(_offset(glyph, m[2]), off) < _RIGID * glyph.size), None
            )
            if match is None:
                break
            found.append(match)
        else:
            return [(i, k) for i, k, _ in found]
    return []


def _near(glyph: Glyph, seen: dict[_Place, list[tuple[int, int, Glyph]]]) -> Iterator[tuple[int, int, Glyph]]:
    reach = _REACH * glyph.size
    text, column, row = _place(glyph)
    for key in ((text, column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
        for found in seen.get(key, ()):
            dx, dy = _offset(glyph, found[2])
            if max(abs(dx), abs(dy)) < reach and abs(found[2].size / glyph.size - 1) < _SAME_SIZE:
                yield found


def _place(glyph: Glyph) -> _Place:
    # Larger type than 40 points reaches beyond the next cell; there a copy may stay, which loses nothing.
    return glyph.text, int(glyph.origin[0] // _CELL), int(glyph.origin[1] // _CELL)


def _offset(glyph: Glyph, other: Glyph) -> tuple[float, float]:
    return glyph.origin[0] - other.origin[0], glyph.origin[1] - other.origin[1]


def _differ(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))
