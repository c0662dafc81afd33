"""Rows that a page sets in pieces and a person reads as one: raised and lowered signs, contents entries, drop caps."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.joining import join_rows
from pipeline.text_layer.lines.lines import LEADERS, TEXT_WORDS, Line, Word, line_of

# Of the size of a line: what stands beside its baseline is no larger (drawn up to .75, see `lines.py`). Larger, and a
# small capital is taken into the line above.
_SCRIPT = 0.8
# Of one script, as `_MOST_LETTERS` in `lines.py`: longer lines over or under another are text of their own.
_SCRIPT_LETTERS = 12
_LEVEL = 1.6  # of its size: a line that is higher slants
# Lines that are looked at on either side of a line, so that time stays linear; scripts and their lines are neighbours
# in an order by top edge even on a page of six columns.
_MAX_NEIGHBOURS = 200
# Of the size of the line beside it: drop caps are two lines high or more, a large first letter of one line is not.
# Lower, and the letter of a list's item is drawn into its text; chosen, not measured.
_CAP = 1.8
_PAGE_NUMBER = re.compile(r"(?:\d{1,4}|[ivxlc]{1,7})$")
_VALUES = re.compile(r"(?:^|\s)[(+–-]?\d[\d.,]*[%)]?(?:[\s.·…]*$)"), re.compile(r"[(+–-]?\d[\d.,]*[%)]?(?:\s|$)")
# Points: page numbers of one column of contents end so close together, set flush right. Less than a digit's width, so
# that ragged numbers make no column.
_SAME_EDGE = 4.0
# Entries whose page numbers end at one edge. Two may be a field of a form and its answer; more, and short contents fall
# apart into titles and numbers.
_FEWEST_ENTRIES = 3
# A box with its label; a box alone may be a cell. Boxes in one row that answer what stands before them.
_OPTION, _FEWEST_OPTIONS = re.compile(r"[☐☑☒]\s*[^\W_]"), 2
_LEADER = " ".join("." * 6)


def whole_rows(lines: Sequence[Line]) -> list[Line]:
    """Lines of a page, sorted by top edge, whose pieces are joined as far as that can be told without their columns."""
    # In this order: a power between two pieces of a row would part them, and an entry is only whole when its row is.
    rows = join_rows(tuple(with_scripts(with_bullets(lines))))
    return sorted(with_drop_caps(with_entries(rows)), key=lambda line: (line.box.y0, line.box.x0))


def with_bullets(lines: Sequence[Line]) -> list[Line]:
    """Lines with a bullet where a page that is not typewritten has a typewriter's `o`, as word processors set it."""
    if 2 * sum(line.mono for line in lines if len(line.text) > 1) > len(lines):
        return list(lines)
    return [_bulleted(line) for line in lines]


def _bulleted(line: Line) -> Line:
    first, *rest = line.words
    if first.text != "o" or not first.mono or (rest and line.mono):
        return line
    return Line((replace(first, text="◦", mono=False), *rest), line.box)


def with_scripts(lines: Sequence[Line]) -> list[Line]:
    """Lines with the small signs that stand over or under their baseline (the index of a symbol that has a power)."""
    ordered = sorted(lines, key=lambda line: line.box.y0)
    tops = [line.box.y0 for line in ordered]
    largest = max((line.size for line in lines), default=0.0)
    hosts = {i: host for i in range(len(ordered)) if (host := _host(ordered, tops, largest, i)) is not None}
    taken: dict[int, list[Line]] = {}
    for i, host in hosts.items():
        taken.setdefault(host, []).append(ordered[i])
    # A script of a script stays by itself.
    gone = {i for i, host in hosts.items() if host not in hosts}
    return [_absorbed(line, taken.get(i, [])) for i, line in enumerate(ordered) if i not in gone]


def _host(ordered: Sequence[Line], tops: Sequence[float], largest: float, i: int) -> int | None:
    """The line in which line i is a script: larger, at the same height, and reaching from left of it to its place."""
    line = ordered[i]
    # On most pages all lines are of one size, so that the first question is the last.
    if line.size > _SCRIPT * largest or len(line.text) > _SCRIPT_LETTERS:
        return None
    first, last = max(i - _MAX_NEIGHBOURS, 0), min(i + _MAX_NEIGHBOURS, len(ordered))
    first = bisect_left(tops, line.box.y0 - _LEVEL * largest, first, last)
    last = bisect_right(tops, line.box.y1, first, last)
    fits = [j for j in range(first, last) if j != i and _holds_script(ordered[j], line)]
    # A sign between two lines belongs to the one that it shares more of its height with.
    return max(fits, key=lambda j: ordered[j].box.overlap_y(line.box), default=None)


def _holds_script(host: Line, script: Line) -> bool:
    if script.size > _SCRIPT * host.size or script.box.overlap_y(host.box) < 0.3 * script.box.height:
        return False
    if host.box.height > _LEVEL * host.size or abs(script.box.y1 - host.box.y1) > 0.8 * host.size:
        return False  # slanting text, or text above or below
    x = script.box.x0
    return any(word.box.x0 < x <= word.box.x1 + 0.15 * host.size for word in host.words)


def _absorbed(host: Line, scripts: Sequence[Line]) -> Line:
    words = list(host.words)
    for script in sorted(scripts, key=lambda line: line.box.x0, reverse=True):
        at = sum(word.box.x0 < script.box.x0 for word in words)
        words[at:at] = [replace(script.words[0], spaced=False), *script.words[1:]]
    box = host.box
    return (
        Line(tuple(words), Rect(box.x0, box.y0, max(box.x1, *(s.box.x1 for s in scripts)), box.y1)) if scripts else host
    )


def with_entries(lines: Sequence[Line]) -> list[Line]:
    """Lines, where each entry of a table of contents is one, from its number to its page.

    Chapters, which often have no leaders, get some where their page number stands below those of other entries.
    """
    led = {id(line) for line in lines if LEADERS.search(line.text)}
    if len(led) < _FEWEST_ENTRIES:
        return list(lines)
    edges = _number_edges(lines, led)
    out: list[Line] = []
    for row in by_baseline(lines):
        out += _entries(row, edges) if edges else row
    return out


def _number_edges(lines: Sequence[Line], led: set[int]) -> list[float]:
    """Where the page numbers of entries with leaders, told by their identities, end: right edges that several of them
    share."""
    ends: list[float] = []
    for row in by_baseline(lines):
        if _is_of_table(row):
            continue
        ends += [b.box.x1 for a, b in pairwise(row) if id(a) in led and _PAGE_NUMBER.fullmatch(b.text)]
        ends += [line.box.x1 for line in row if id(line) in led and _PAGE_NUMBER.fullmatch(line.words[-1].text)]
    counts = Counter(round(end / _SAME_EDGE) for end in ends)
    # With both neighbours, so that edges which round to different steps still count as one.
    near = {key: counts[key - 1] + counts[key] + counts[key + 1] for key in counts}
    return [end for end in ends if near[round(end / _SAME_EDGE)] >= _FEWEST_ENTRIES]


def _is_of_table(row: Sequence[Line]) -> bool:
    """Whether two numbers follow each other: values of a table, where an entry of contents has one page."""
    texts = [line.text for line in row if any(c.isalnum() for c in line.text)]
    return any(_VALUES[0].search(a) and _VALUES[1].match(b) for a, b in pairwise(texts))


def _entries(row: Sequence[Line], edges: Sequence[float]) -> Iterator[Line]:
    """The pieces of one row, joined up to each page number."""
    pending: list[Line] = []
    for piece in row:
        pending.append(piece)
        number = piece.words[-1]
        if _PAGE_NUMBER.fullmatch(number.text) and any(abs(number.box.x1 - edge) < _SAME_EDGE for edge in edges):
            yield entry(pending)
            pending = []
    yield from pending


def entry(pieces: Sequence[Line]) -> Line:
    """An entry of a table of contents as one line, with leaders before its page number."""
    words = [replace(word, spaced=word.spaced or i == 0) for piece in pieces for i, word in enumerate(piece.words)]
    text = " ".join(piece.text for piece in pieces)
    if len(words) > 1 and any(c.isalpha() for c in text) and not LEADERS.search(text):
        a, b = words[-2], words[-1]
        words[-1:] = [Word(_LEADER, Rect(a.box.x1, a.box.y0, b.box.x0, a.box.y1), a.size, a.bold), b]
    return line_of(words)


def with_options(lines: Sequence[Line]) -> list[Line]:
    """Lines, where what is asked and the boxes that answer it, however far apart in their row, are one."""
    if sum(bool(_OPTION.match(line.text)) for line in lines) < _FEWEST_OPTIONS:
        return list(lines)
    out: list[Line] = []
    for row in by_baseline(lines):
        first = next((i for i, line in enumerate(row) if _OPTION.match(line.text)), 0)
        options = list(takewhile(lambda line: _OPTION.match(line.text), row[first:]))
        asked = row[first - 1] if first else None
        if asked and len(options) >= _FEWEST_OPTIONS and (len(asked.words) <= TEXT_WORDS or asked.text[-1] in ":?"):
            words = [
                replace(word, spaced=word.spaced or i == 0) for line in options for i, word in enumerate(line.words)
            ]
            row = [*row[: first - 1], line_of([*asked.words, *words]), *row[first + len(options) :]]
        out += row
    return sorted(out, key=lambda line: (line.box.y0, line.box.x0))


def by_baseline(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of about one baseline, from left to right."""
    row: list[Line] = []
    for line in sorted(lines, key=lambda one: one.box.y1):
        if row and line.box.y1 - row[0].box.y1 > 0.4 * min(line.size, row[0].size):
            yield sorted(row, key=lambda one: one.box.x0)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda one: one.box.x0)


def with_drop_caps(lines: Sequence[Line]) -> list[Line]:
    """Lines with a paragraph's large first letter in its word, and the lines beside it as wide as those below."""
    out = list(lines)
    smallest = min((line.size for line in lines), default=0.0)
    letters = [line for line in lines if len(line.text) == 1 and line.text.isalpha() and line.text.isupper()]
    for cap in (letter for letter in letters if letter.size > _CAP * smallest):
        beside = sorted((i for i, line in enumerate(out) if _beside(cap, line)), key=lambda i: out[i].box.y0)
        if len(beside) < 2 or not out[beside[0]].text[:1].isalpha():
            continue
        for i in beside:
            box = out[i].box
            out[i] = Line(out[i].words, Rect(cap.box.x0, box.y0, box.x1, box.y1))
        first = out[beside[0]]
        letter = replace(first.words[0], text=cap.text + first.words[0].text)
        out[beside[0]] = Line((letter, *first.words[1:]), first.box)
        out.remove(cap)
    return out


def _beside(cap: Line, line: Line) -> bool:
    gap = line.box.x0 - cap.box.x1
    return (
        cap.size > _CAP * line.size
        and -0.3 * line.size < gap < 1.5 * line.size
        and line.box.is_level_with(cap.box)
        and len(line.words) > 1
    )
