"""Characters of a page → words on lines, in the frame in which the page's main text runs from left to right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from pipeline.documents import mupdf
from pipeline.text_layer.characters.glyph import WORD_SPACE, Glyph, GlyphLine, LeftOut
from pipeline.text_layer.characters.reading import read_characters
from pipeline.text_layer.lines.geometry import Frame, Rect, bounds
from pipeline.text_layer.lines.lines import DESCENT, Line, Word, line_of

_LETTERS = re.compile("[^\\W_\u0500-\U0010ffff]{2}")  # Latin, Greek, Cyrillic: scripts with spaces and no formulas
_UNREADABLE = re.compile("\ufffd{2,}")
# Em: a baseline that moves by more within a word begins a power or an index; see the drawn scripts at `_DOWN` in
# `lines.py`. It only parts words; whether they are scripts is decided there.
_STEP = 0.07
# Em, the same where both are of one size: numerators stand half an em over what is beside them, typewriters and
# browsers raise by a third at least (`_FULL` there), and scans that lie askew move a digit by a tenth. Larger, and 9½
# drawn of three digits is 91; smaller, and digits that dance are parted.
_FULL_STEP = 0.25
# Of the size, the same: small capitals (.8) and scripts (.58 to .75) are smaller, rounded sizes of one type are not.
# Of the larger one. Scripts are .55 and larger, small capitals .7: smaller type right beside is other text. One large
# letter alone begins a word, though. Smaller, and a stamp of twice the size runs into a line; chosen, not measured.
_OTHER_SIZE = 0.5
# Of the larger one: digits of one number differ by rounding, and OCR's by some hundredths. As the witness has it.
_SAME_NUMBER = 0.85
_SLANTING = 0.15  # sine of 9 degrees: scans lie askew by less, and stamps across a page by more
_SCALE = 0.9


@dataclass(frozen=True)
class PageGlyphs:
    """The text of a page: lines of the main direction, those of other directions (in the same frame), raw text.

    `left_out` is what the file has and its reader does not see, for the ledger of words. `number` is 1-based.
    """

    frame: Frame
    lines: tuple[Line, ...]
    turned: tuple[Line, ...]
    raw: str
    left_out: tuple[LeftOut, ...] = ()
    number: int = 1


class _Placed(NamedTuple):
    """A glyph in the reading frame."""

    text: str
    box: Rect
    size: float
    bold: bool
    mono: bool
    drawn: bool
    inner: bool = False


def read_glyphs(page: mupdf.Page) -> PageGlyphs:
    """All text of a page that its reader sees, as words on lines.

    Copies of a text at its own place (shadows, poor man's bold) and hidden text are in `left_out`.
    """
    characters = read_characters(page)
    displayed = mupdf.displayed(page)
    frame = Frame(displayed.width, displayed.height, displayed.matrix)
    frame = replace(frame, turns=_main_direction(characters.lines, frame))
    straight: list[Line] = []
    turned: list[Line] = []
    outside: list[LeftOut] = []
    page_box = Rect(0, 0, *frame.size)
    for line in characters.lines:
        is_slanting = min(map(abs, line.direction)) > _SLANTING
        is_straight = frame.direction(*line.direction) == frame.turns and not is_slanting
        placed = [_placed(glyph, frame, is_straight) for glyph in line.glyphs]
        for part in _split_line(placed, is_straight):
            if page_box.holds(part.box.middle):
                (straight if is_straight else turned).append(part)
            else:
                outside.append(LeftOut("outside", part.text, part.box))
    left_over = (*characters.left_out, *outside)
    return PageGlyphs(frame, tuple(straight), tuple(turned), characters.raw, left_over, mupdf.number(page))


def _main_direction(lines: Sequence[GlyphLine], frame: Frame) -> int:
    votes: Counter[int] = Counter()
    for line in lines:
        votes[frame.direction(*line.direction)] += len(line.glyphs)
    return votes.most_common(1)[0][0] if votes else 0


def _placed(glyph: Glyph, frame: Frame, is_straight: bool) -> _Placed:
    box = frame.rect(glyph.box)
    if is_straight:
        # The em box about the baseline: fonts' own ascenders differ too much to compare lines by them.
        y = frame.point(*glyph.origin)[1]
        box = Rect(box.x0, y - (1 - DESCENT) * glyph.size, box.x1, y + DESCENT * glyph.size)
    return _Placed(glyph.text, box, glyph.size, glyph.bold, glyph.mono, glyph.drawn, glyph.inner)


def _split_line(glyphs: list[_Placed], is_straight: bool) -> Iterator[Line]:
    """Words, and a new line wherever a gap is wider than 1.5 em. Only of straight lines are baselines known."""
    words: list[Word] = []
    run: list[_Placed] = []
    spaced = False

    def close() -> None:
        nonlocal spaced
        if run and "".join(g.text for g in run):
            words.append(_word(run, spaced))
            spaced = False
        run.clear()

    # Relative to the line's own gaps: in letter-spaced capitals every gap is wide, and none of them is a space.
    usual = _usual_gap(glyphs)
    for glyph, behind in zip(glyphs, [*glyphs[1:], None], strict=True):
        if glyph.text == " ":
            close()
            spaced = True
            continue
        edge = run[-1].box if run else words[-1].box if words else glyph.box
        # 1.5 em: no word space is so wide unless a line is set to fill its column, and those are joined again in
        # `blocks`.
        gap = -edge.overlap_x(glyph.box)
        if gap > 1.5 * glyph.size:
            close()
            if words:
                yield line_of(words)
            words.clear()
        elif run and (_is_word_space(run[-1], glyph, gap - usual) or _is_apart(run, glyph, behind)):
            close()
            spaced = True
        elif run and (_is_script(run[-1], glyph) or (is_straight and _is_stepped(run[-1], glyph))):
            close()
        run.append(glyph)
    close()
    if words:
        yield line_of(words)


def _is_word_space(a: _Placed, b: _Placed, gap: float) -> bool:
    """Whether a gap, in points over the line's usual one, parts two letters as a space does."""
    return not a.inner and gap > WORD_SPACE * b.size and _LETTERS.match(a.text + b.text) is not None


def _is_apart(run: Sequence[_Placed], glyph: _Placed, behind: _Placed | None) -> bool:
    """Whether sizes part what no white does."""
    is_number = not _is_script(run[-1], glyph) and _is_other_number(run[-1], glyph, behind)
    return is_number or _is_other_text(run, glyph, behind)


def _is_other_text(run: Sequence[_Placed], glyph: _Placed, behind: _Placed | None) -> bool:
    """Whether words of two texts meet, as where a stamp begins right behind a line: two letters on either side are of
    their own size, and too unlike for one to be a script of the other."""
    before = run[-1]
    if len(run) < 2 or behind is None or min(before.size, glyph.size) >= _OTHER_SIZE * max(before.size, glyph.size):
        return False
    both = run[-2].size == before.size and behind.size == glyph.size
    return both and behind.text != " " and all(one.text.isalnum() for one in (run[-2], before, glyph))


def _is_script(a: _Placed, b: _Placed) -> bool:
    """Whether one of two neighbours is a power or an index of the other: smaller, and on another baseline."""
    larger = max(a.size, b.size)
    return min(a.size, b.size) < _SCALE * larger and _step(a, b) > _STEP * larger


def _is_stepped(a: _Placed, b: _Placed) -> bool:
    """Whether a letter or digit stands a third of a line higher or lower than its neighbour, whatever their sizes."""
    return (a.text[-1:].isalnum() or b.text[:1].isalnum()) and _step(a, b) > _FULL_STEP * max(a.size, b.size)


def _step(a: _Placed, b: _Placed) -> float:
    """How far apart two baselines are, in points."""
    return abs(a.box.y1 - b.box.y1 - DESCENT * (a.size - b.size))


def _is_other_number(a: _Placed, b: _Placed, behind: _Placed | None) -> bool:
    """Whether a digit is followed by one of another size, or by such with a separator before it, as cents by euros."""
    if not a.text.isdigit() or min(a.size, b.size) >= _SAME_NUMBER * max(a.size, b.size):
        return False
    return b.text.isdigit() or (b.text in ".,'’" and behind is not None and behind.text.isdigit())


def _usual_gap(glyphs: list[_Placed]) -> float:
    """The median gap between neighbouring glyphs: 0, or more in spaced-out type."""
    gaps = [-a.box.overlap_x(b.box) for a, b in pairwise(glyphs) if a.text != " " and b.text != " "]
    return max(median(gaps), 0.0) if gaps else 0.0


def _word(run: list[_Placed], spaced: bool) -> Word:
    text = _UNREADABLE.sub("\ufffd", "".join(g.text for g in run))
    bold = sum(g.bold for g in run) * 2 > len(run)
    # The commonest, not the mean: a large initial in small capitals would make a size that no glyph has.
    size = Counter(round(g.size, 2) for g in run).most_common(1)[0][0]
    return Word(text, bounds(g.box for g in run), size, bold, all(g.mono for g in run), spaced, run[0].drawn)
