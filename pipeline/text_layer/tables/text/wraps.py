"""Rows of a table from its text rows: which line begins a new row, and which goes on in the cells above.

Numbers are never broken over lines, and a typesetter breaks a line only where its next word does not fit. From these
two facts nearly all follows; spacing, capitals and empty cells decide the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.tables.text.levels import PlacedRow, has_value, is_parted, level, pitch_of
from pipeline.text_layer.tables.text.places import Placed
from pipeline.text_layer.tables.text.values import is_answer, is_bullet, is_value

# Em between baselines: no text is led so wide (the drawn tables up to 1.35). Smaller cuts the wrapped cells of wide-led
# tables; larger joins rows of words that stand far apart.
_FAR = 1.7
# Of the pitch of rows that are certain: nearer lines are lines of one row. Rows have some padding, a tenth of an em and
# more; nearer to 1, and rounding decides; lower, and the wrapped lines of tight tables are rows.
_TIGHT = 0.88
# Em between baselines, and of the pitch of rows: lines so far apart, and as far as certain rows, are rows as well. Text
# in cells is led by 1.35 at most in the drawn tables.
_LOOSE, _ALIKE = 1.4, 0.97
# Em, the word space of most faces. It is part of what would have had to fit on the line above.
_SPACE = 0.25
# Em by which left edges of one column differ: the side bearings of letters. An indent is half an em and more.
_SAME_EDGE = 0.35
# Two bands are a head and a body, which say nothing of how rows end; and where fewer than .6 of the bands hold one row,
# rules part groups of rows.
_FEWEST_BANDS, _SINGLE = 3, 0.6  # so many spaces between rules, and this share of them with one row, say how rows end
# Lines between two rules, each with text in the same columns, are rows. Two or three may be one text of that many lines
# in each of its cells; wrapped cells of four lines rarely all have four.
_REGULAR = 4


def table_rows(grid: Sequence[Sequence[Placed]], parted: Sequence[float] = ()) -> list[PlacedRow]:
    """Text rows → table rows. Rules at the heights `parted` always part two rows."""
    rows = level(grid, parted)
    judge = _Judge.of(rows)
    joined: list[PlacedRow] = []
    for row in rows:
        if joined and not is_parted(joined[-1], row, parted) and not judge.begins(joined[-1], row):
            joined[-1] = joined[-1] + row
        else:
            joined.append(row)
    return joined


@dataclass(frozen=True)
class _Judge:
    """What a table's rows have in common: how far each column reaches, and the pitch of rows that are certain."""

    left: dict[int, float]
    right: dict[int, float]
    pitch: float | None
    small: frozenset[int] = frozenset()  # columns in which a row may begin with a small letter
    words: frozenset[int] = frozenset()  # columns without values, whose texts may end in a number on a line of its own

    @classmethod
    def of(cls, rows: Sequence[PlacedRow]) -> _Judge:
        left: dict[int, float] = {}
        right: dict[int, float] = {}
        for (a, b), piece in (placed for row in rows for placed in row):
            if a == b:
                left[a] = min(left.get(a, piece.box.x0), piece.box.x0)
                right[a] = max(right.get(a, piece.box.x1), piece.box.x1)
        pitches = [pitch_of(a, b) for a, b in pairwise(rows) if has_value(a) and has_value(b)]
        certain = [row for row in rows if has_value(row) or (row[0][0][0] == 0 and row[0][1].text[:1].isupper())]
        small = frozenset(a for row in certain for (a, _), piece in row if piece.text[:1].islower())
        valued = {a for row in rows if len({span for span, _ in row}) > 1 for (a, _), p in row if is_answer(p.text)}
        words = frozenset(left.keys() - valued)
        return cls(left, right, median(pitches) if len(pitches) > 1 else None, small, words)

    def begins(self, above: Sequence[Placed], below: Sequence[Placed]) -> bool:
        """Whether the lower text row begins a table row."""
        if has_value(below) and has_value(above) and not self._ends_text(above, below):
            return True
        shared = _shared(above, below)
        if not shared or any(is_bullet(lower.text) for _, _, lower in shared):
            return True
        if self._goes_on(above, below) or all(_is_unit(upper, lower) for _, upper, lower in shared):
            return False
        if any(self._fits(upper, lower, column) for column, upper, lower in shared):
            return True
        return self._balance(above, below, shared) > 0

    def _ends_text(self, above: Sequence[Placed], below: Sequence[Placed]) -> bool:
        """Whether a text row is but one text under another in a column where no row has a value."""
        span, _ = below[0]
        alone = len(below) == 1 and 0 < span[0] == span[1] and span[0] in self.words
        return alone and any(other == span for other, _ in above)

    def _goes_on(self, above: Sequence[Placed], below: Sequence[Placed]) -> bool:
        """Whether all of a text row begins in small letters, where rows never do: the author broke the lines above."""
        columns = {span for span, _ in below}
        gap = min(p.box.y1 for _, p in below) - max(p.box.y1 for _, p in above)
        near = gap <= _FAR * min(p.size for _, p in below)
        begun = near and columns <= {span for span, _ in above} and self.small.isdisjoint(a for a, _ in columns)
        return begun and all(piece.text[:1].islower() for _, piece in below)

    def _fits(self, upper: Line, lower: Line, column: int) -> bool:
        """Whether the lower line's first word had room at the end of the upper line: then the text was not broken."""
        size = lower.size
        word = min(lower.words[0].box.width, size) if _unspaced(lower) else lower.words[0].box.width
        width = upper.box.width
        if abs(upper.box.x0 - lower.box.x0) < _SAME_EDGE * size:
            width = upper.box.x1 - self.left[column]
        space = 0.0 if _unspaced(lower) else _SPACE * size
        return width + space + word < self.right[column] - self.left[column] - 0.1 * size

    def _balance(
        self, above: Sequence[Placed], below: Sequence[Placed], shared: Sequence[tuple[int, Line, Line]]
    ) -> float:
        """Above 0 where two lines that could be one text are two rows rather."""
        size = min(lower.size for _, _, lower in shared)
        gap = min(lower.box.y1 - upper.box.y1 for _, upper, lower in shared)
        if gap > _FAR * size:
            return 2.0
        # Weights, set with the thresholds above: tightness and weight of type (2) outweigh small letters and hyphens
        # (1.5), these outweigh empty cells (1); .25 decides for a new row where nothing else speaks.
        score = 0.25
        if self.pitch is not None:
            score += -2.0 if gap < _TIGHT * self.pitch else 0.0
            score += 1.0 if gap > _LOOSE * size and gap > _ALIKE * self.pitch else 0.0
        columns_above, columns_below = {s[0] for s, _ in above}, {s[0] for s, _ in below}
        score += -1.0 if columns_below < columns_above or columns_above < columns_below else 1.0
        for _, upper, lower in shared:
            score += -1.5 if lower.text[:1].islower() or upper.text[-1:] in "-,;&/‐" else 0.0
            score += 2.0 if upper.bold != lower.bold or _outdented(upper, lower) else 0.0
        forward = columns_above < columns_below
        indented = shared[0][2].box.x0 - shared[0][1].box.x0 > _SAME_EDGE * size
        return score + (1.0 if forward and indented else 0.0)


def _is_unit(upper: Line, lower: Line) -> bool:
    """Whether all of a line is a unit in brackets, or how many a group has, under a name."""
    bracketed = lower.text[:1] in "([" and lower.text[-1:] in ")]"
    return bracketed and not is_value(upper.text) and (not is_value(lower.text) or any(map(str.isalpha, lower.text)))


def _outdented(upper: Line, lower: Line) -> bool:
    """Whether a line begins left of the one above, in a column that is set flush left."""
    a, b, slack = upper.box, lower.box, _SAME_EDGE * lower.size
    return b.x0 < a.x0 - slack and abs(a.x1 - b.x1) > slack and abs(a.middle[0] - b.middle[0]) > slack


def _unspaced(line: Line) -> bool:
    """Whether a line may be broken between any two signs, as Chinese is."""
    return ord(line.text[0]) > 0x2E7F


def _shared(above: Sequence[Placed], below: Sequence[Placed]) -> list[tuple[int, Line, Line]]:
    """Columns with text in both, with the last line above and the first below."""
    uppers: dict[int, Line] = {}
    lowers: dict[int, Line] = {}
    for (a, b), piece in above:
        if a == b and (a not in uppers or piece.box.y1 >= uppers[a].box.y1):
            uppers[a] = piece
    for (a, b), piece in below:
        if a == b and (a not in lowers or piece.box.y1 < lowers[a].box.y1):
            lowers[a] = piece
    return [(c, uppers[c], lowers[c]) for c in sorted(uppers.keys() & lowers.keys())]


def banded(rows: Sequence[PlacedRow], parted: Sequence[float], boxed: bool = False) -> list[PlacedRow]:
    """Rows of a table whose rules part most rows: then the other rows lie between two rules each, too.

    Only where several lines between two rules have values, or are as far apart as rows that a rule parts, does the
    drawer's rule not mean one row. In a grid of boxes (`boxed`) each box may have lines of its own, such as an address,
    or a value and its error.
    """
    bands: list[list[PlacedRow]] = []
    for row in rows:
        if not bands or is_parted(bands[-1][-1], row, parted):
            bands.append([])
        bands[-1].append(row)
    if len(bands) < _FEWEST_BANDS:
        return list(rows)
    single = sum(len(band) == 1 for band in bands)
    ruled = boxed or single >= _SINGLE * len(bands)
    pitches = [pitch_of(a[-1], b[0]) for a, b in pairwise(bands) if len(a) == len(b) == 1]
    pitch = median(pitches) if pitches and not boxed else float("inf")
    out: list[PlacedRow] = []
    for band in bands:
        apart = all(pitch_of(a, b) > _TIGHT * pitch for a, b in pairwise(band))
        out += band if _means_rows(band, boxed, ruled and not apart) else [[placed for row in band for placed in row]]
    return out


def _means_rows(band: Sequence[PlacedRow], boxed: bool, ruled: bool) -> bool:
    """Whether lines between two rules are rows of their own: they have values, or labels and no rules round each."""
    if sum(has_value(row) for row in band) > (2 if boxed else 1):
        return True
    labels = sum(any(span[0] == 0 for span, _ in row) for row in band)
    filled = {frozenset(span for span, _ in row) for row in band}
    regular = len(band) >= _REGULAR and len(filled) == 1 and len(next(iter(filled))) > 1
    return labels > 1 and (regular or not ruled)
