"""Bands of a page whose rows leave the same white gutters free: where a table without rules may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipeline.text_layer.lines.lines import RAISED, Line, Word, line_of
from pipeline.text_layer.paragraphs.paragraphs import CAPTION
from pipeline.text_layer.tables.text.columns import gap_of, text_rows
from pipeline.text_layer.tables.text.items import begins_list
from pipeline.text_layer.tables.text.places import Row
from pipeline.text_layer.tables.text.values import is_value, word_count

# Em between baselines of two rows of a table that is led as wide as any: forms set two lines apart. Larger joins a
# table with the text below it; only asked until four pitches tell what is usual in this band.
_FAR = 3.2
# Of the usual pitch: what stands further off begins something else. An empty row is 2.0; smaller ends tables at groups.
_PAUSE = 2.1
# Em between baselines of two lines of a head, which are led as text. Larger takes the caption above into the head.
_HEAD_PITCH = 1.45
# Words of a line at a table's foot that make it a note. Fewer, and the last long label leaves the table.
_NOTE_WORDS = 5
# Mean words of a line of prose: narrow columns of newspapers have five. Lower, and columns of labels are prose.
_PROSE_WORDS = 5.0
# Of a column's width: most lines of prose are so wide, ragged or not; cells are as wide as their words.
_FULL = 0.8

# Fewer entries may be a table of few values; less white, and a table of names and rising years is a list of contents.
_ENTRIES, _WIDE_WHITE = 5, 0.25  # of a list of contents: its rows, and the white of its width before page numbers
_MARKED = re.compile(f"[{RAISED[0]}*†‡§¶]")
_PAGE_NUMBER = re.compile(r"\d{1,4}")
_PAGE = re.compile(r"\d{1,4}(?:[–-]\d{1,4})?,?")
# Of contents: entries with a page; the others are parts and chapters without one.
_PAGED = 0.6
# Of an index: entries with several pages. In a table, "12, 45" are rare.
_SEVERAL = 0.25
# Words of a row that runs over all gutters and heads the rows below it. A longer one is prose between two tables.
_HEADING_WORDS = 10
# Points, beyond any page: the white at the sides of a row has no end. No threshold.
_SIDE = 1e9

_Interval = tuple[float, float]


@dataclass(frozen=True)
class Band:
    """Rows from top to bottom, and the white intervals that (nearly) all of them leave free."""

    rows: tuple[Row, ...]
    free: tuple[_Interval, ...]

    @property
    def lines(self) -> list[Line]:
        return [piece for row in self.rows for piece in row]


def bands(lines: Sequence[Line]) -> Iterator[Band]:
    """Bands of at least two rows, from top to bottom."""
    rows = text_rows(lines)
    start = 0
    while start < len(rows):
        if len(rows[start]) < 2:
            start += 1
            continue
        end, free = _reach(rows, start)
        first = _first_head_row(rows, start, free)
        last = _without_notes(rows, start, end, free)
        if last - first > 1:
            yield Band(tuple(rows[first:last]), tuple(free))
        start = max(end, start + 1)


def is_contents(band: Band) -> bool:
    """Whether rows are a list of contents without leaders: titles, and at the far side page numbers that only rise."""
    rows = [row for row in band.rows if has_page(row, band)]
    if len(rows) < _PAGED * len(band.rows):
        return False
    numbers = [row[-1].text for row in rows]
    if len(rows) < _ENTRIES or len(band.free) > 2 or not all(_PAGE_NUMBER.fullmatch(n) for n in numbers):
        return False
    titles = [len(row) == 2 or (len(row) == 3 and is_value(row[0].text)) for row in rows]
    texts = [not is_value(row[-2].text) for row in rows]
    rising = all(int(a) <= int(b) for a, b in pairwise(numbers))
    left, right = min(row[0].box.x0 for row in rows), max(row[-1].box.x1 for row in rows)
    white = max(b - a for a, b in band.free)
    return all(titles) and all(texts) and rising and white > _WIDE_WHITE * (right - left)


def has_page(row: Row, band: Band) -> bool:
    """Whether a row of contents ends with a number at the far side."""
    return len(row) > 1 and row[-1].box.x0 > band.free[-1][0]


def index_entries(band: Band) -> list[Line]:
    """The entries of a book's index, words with the pages where they stand; none where rows are others."""
    entries: list[list[Word]] = []
    for row in band.rows:
        before = True  # whether the word before is a page, and the last of its entry
        for word in (word for piece in row for word in piece.words):
            is_page = _PAGE.fullmatch(word.text) is not None
            if before and is_page:
                return []
            if before:
                entries.append([])
            entries[-1].append(replace(word, spaced=True))
            before = is_page and not word.text.endswith(",")
        if not before:
            return []
    pages = [[word.text for word in entry if _PAGE.fullmatch(word.text)] for entry in entries]
    several = sum(len(found) > 1 for found in pages)
    return list(map(line_of, entries)) if all(map(_rise, pages)) and several > _SEVERAL * len(pages) else []


def _rise(pages: Sequence[str]) -> bool:
    numbers = [int(number) for text in pages for number in _PAGE_NUMBER.findall(text)]
    return all(a <= b for a, b in pairwise(numbers))


def parts(band: Band) -> list[list[Line]]:
    """The lines of a band that is no table, parted where columns of prose begin and end, else at the widest gutter."""
    edges = [(a + b) / 2 for a, b in band.free]
    columns = _columns(band.lines, edges)
    prose = [_is_prose(column) for column in columns]
    if not any(prose):
        widest = max(band.free, key=lambda one: one[1] - one[0])
        return [c for c in _columns(band.lines, [sum(widest) / 2]) if c]
    groups: list[list[Line]] = [columns[0]]
    for (before, after), column in zip(pairwise(prose), columns[1:], strict=True):
        if before or after:
            groups.append([])
        groups[-1] = groups[-1] + column
    return [group for group in groups if group]


def _columns(lines: Sequence[Line], edges: Sequence[float]) -> list[list[Line]]:
    columns: list[list[Line]] = [[] for _ in range(len(edges) + 1)]
    for line in lines:
        columns[sum(edge < line.box.middle[0] for edge in edges)].append(line)
    return columns


def _is_prose(lines: Sequence[Line]) -> bool:
    if len(lines) < 3:
        return False
    width = max(line.box.x1 for line in lines) - min(line.box.x0 for line in lines)
    words = sum(word_count(line) for line in lines)
    full = sum(line.box.width > _FULL * width for line in lines)
    return words > _PROSE_WORDS * len(lines) or (full > 0.6 * len(lines) and words > 0.7 * _PROSE_WORDS * len(lines))


def _reach(rows: Sequence[Row], start: int) -> tuple[int, list[_Interval]]:
    """The end of the longest band that begins at a row, and its gutters."""
    free, sides, end, pitches = _white(rows[start]), _sides(rows[start]), start + 1, list[float]()
    while end < len(rows) and _near(rows, end, pitches) and not begins_list(rows[start:end], rows[end]):
        common, wider = _common(free, rows[end]), _around(sides, _sides(rows[end]))
        if not _gutters(common, wider):
            if len(rows[end]) > 1 or not _goes_on(rows, end, free, sides, pitches):
                break
            common = free
        pitches.append(_pitch(rows[end - 1], rows[end]))
        free, sides, end = common, wider, end + 1
    return end, _gutters(free, sides)


def _near(rows: Sequence[Row], i: int, pitches: Sequence[float]) -> bool:
    pitch, size = _pitch(rows[i - 1], rows[i]), rows[i][0].size
    # 1.3 of the widest so far lets rows of one and of two lines alternate; 1.5 em, rows that are set solid have a
    # taller one.
    limit = _FAR * size if len(pitches) < 4 else max(_PAUSE * median(pitches), 1.3 * max(pitches), 1.5 * size)
    return pitch < limit


def _goes_on(
    rows: Sequence[Row], i: int, free: Sequence[_Interval], sides: _Interval, pitches: Sequence[float]
) -> bool:
    """Whether behind a row of one piece, which runs over all gutters, the same columns go on: it is a heading.

    `free` is what the rows before leave white between their `sides`.
    """
    if i + 1 >= len(rows) or len(rows[i + 1]) < 2 or not _near(rows, i + 1, pitches):
        return False
    wider = _around(_around(sides, _sides(rows[i])), _sides(rows[i + 1]))
    gutters, common = _gutters(free, sides), _gutters(_common(free, rows[i + 1]), wider)
    return len(common) >= max(1, len(gutters) - 1) and len(rows[i][0].words) < _HEADING_WORDS


def _pitch(above: Row, below: Row) -> float:
    return below[0].box.y1 - above[0].box.y1


def _white(row: Row) -> list[_Interval]:
    """White x-intervals of a row, those at its sides included."""
    edges = [(-_SIDE, row[0].box.x0), *((a.box.x1, b.box.x0) for a, b in pairwise(row)), (row[-1].box.x1, _SIDE)]
    return [(a, b) for a, b in edges if b > a]


def _common(free: Sequence[_Interval], row: Row) -> list[_Interval]:
    """What a row leaves of the white intervals, as far as it is wide enough for a gutter."""
    gap = gap_of(row[0].size, row[0].mono)
    both = [(max(p[0], q[0]), min(p[1], q[1])) for p in free for q in _white(row)]
    return [(a, b) for a, b in both if b - a >= gap]


def _gutters(free: Sequence[_Interval], sides: _Interval) -> list[_Interval]:
    """The white intervals that have text on both sides."""
    return [(a, b) for a, b in free if a > sides[0] and b < sides[1]]


def _sides(row: Row) -> _Interval:
    """Where a row begins and ends."""
    return row[0].box.x0, row[-1].box.x1


def _around(a: _Interval, b: _Interval) -> _Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def _first_head_row(rows: Sequence[Row], start: int, free: Sequence[_Interval]) -> int:
    """The first row of the head: rows of one piece right over the band, not over its first column, are part of it."""
    first = start
    usual = _pitch(rows[start], rows[start + 1]) if start + 1 < len(rows) else 0.0
    while first > 0 and free and len(rows[first - 1]) == 1:
        piece = rows[first - 1][0]
        beside = piece.box.x0 > free[0][0] and not CAPTION.match(piece.text)
        if not beside or _pitch(rows[first - 1], rows[first]) > max(_HEAD_PITCH * piece.size, 1.15 * usual):
            break
        first -= 1
    return first


def _without_notes(rows: Sequence[Row], start: int, end: int, free: Sequence[_Interval]) -> int:
    """The end of the band without rows of one piece at its foot that are no label of it: notes, captions, prose."""
    while end - start > 1 and free and len(rows[end - 1]) == 1:
        piece = rows[end - 1][0]
        pitches = [_pitch(a, b) for a, b in pairwise(rows[start : end - 1])] or [0.0]
        crosses = piece.box.x0 < free[0][0] and piece.box.x1 > free[0][1]
        far = _pitch(rows[end - 2], rows[end - 1]) > 1.2 * median(pitches)
        at_left = piece.box.x0 < free[0][1]  # what stands in another column goes on there
        note = at_left and (word_count(piece) >= _NOTE_WORDS or ":" in piece.text or bool(_MARKED.match(piece.marked)))
        if not (crosses or far or note or CAPTION.match(piece.text)):
            break
        end -= 1
    return end
