"""What stands beside the text, in the margin: notes on the clauses next to them, and the numbers of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import TEXT_WORDS, Line
from pipeline.text_layer.lines.rows import by_baseline
from pipeline.text_layer.paragraphs.paragraphs import beginnings

# Of the body's size: notes in the margin are in small print. Larger, and the terms of a glossary are notes. Chosen.
_SMALL = 0.92
# Of the page's width: wider, and it is a column of its own. Statutes and textbooks have an eighth to a fifth.
_WIDE = 0.25
# Lines of text of the body's size that make a column: in a margin there are none. Titles have fewer. Chosen.
_COLUMN_LINES = 4
# Em by which a note's first baseline may be off that of the line beside it: set by hand, or to the x-height. Half of
# the least pitch of text, so that it is beside one line only.
_LEVEL = 0.5
# Em between two lines of one note; and of the height from the first to the last note that they may fill: notes stand
# here and there, a column goes on. Chosen.
_PITCH, _FILLED = 0.9, 0.5
# Words of a line that is counted: more than a label has. Chosen.
_FEW_WORDS = 3
# Lines are numbered at every line, every second, fifth or tenth. Numbers at every line may be those of a list, so that
# more of them must be there.
_STEPS = {1: 5, 2: 3, 5: 2, 10: 2}
# Share of the lines that go on within a sentence where each is numbered; in a list whose items are numbered, none does.
_RUNNING, _FAR_STEP = 0.3, 5
_EDGE = 3.0  # points by which numbers of one column differ at their right or left: less than a digit


@dataclass(frozen=True)
class _Host:
    """A paragraph that a note stands beside: its block, its first line's place, and whether the note begins there."""

    block: Block
    start: int
    is_first: bool


def part_notes(blocks: Sequence[Block], size: float, width: float) -> tuple[list[Block], dict[int, list[Block]]]:
    """The blocks of the text, and by their places among these the notes that stand in the margin beside them.

    A block is cut where a note stands beside one of its later paragraphs. `size` is the body's type and `width` the
    page's, in points.
    """
    text = [b for b in blocks if b.size > _SMALL * size and sum(len(line.words) for line in b.lines) >= TEXT_WORDS]
    if not text:
        return list(blocks), {}
    aside = [b for b in blocks if b.size <= _SMALL * size and b.box.width < _WIDE * width]
    found: list[tuple[Block, _Host]] = []
    for is_right in (False, True):
        beside = [block for block in aside if _is_aside(block.box, text, is_right)]
        notes = list(_notes(beside, text, size)) if beside else []
        hosts = [_host(note.lines[0], text, size) for note in notes]
        heading = len(hosts) > 1 and all(host and host.is_first for host in hosts)
        if notes and all(hosts) and (heading or _is_sparse(notes)):
            found += [(note, host) for note, host in zip(notes, hosts, strict=True) if host]
    if not found:
        return list(blocks), {}
    return _cut([block for block in blocks if not (block in aside and _is_in(block, found))], found)


def _cut(blocks: Sequence[Block], found: Sequence[tuple[Block, _Host]]) -> tuple[list[Block], dict[int, list[Block]]]:
    """The blocks, cut where notes stand, and the notes by the places of these parts."""
    parts, beside = list[Block](), dict[int, list[Block]]()
    for block in blocks:
        own = [(host.start, note) for note, host in found if host.block is block]
        places = sorted({0, len(block.lines), *(start for start, _ in own)})
        for first, end in pairwise(places):
            if notes := [note for start, note in own if start == first]:
                beside[len(parts)] = notes
            parts.append(block if len(places) == 2 else block_of(list(block.lines[first:end])))
    return parts, beside


def _is_aside(box: Rect, text: Sequence[Block], is_right: bool) -> bool:
    """Whether a box lies left or right of all text that is at its height, and of every column of text."""
    if any(len(block.lines) >= _COLUMN_LINES and block.box.overlap_x(box) > 0 for block in text):
        return False
    level = [block.box for block in text if block.box.overlap_y(box) > 0]
    return bool(level) and all(box.x0 > other.x1 if is_right else box.x1 < other.x0 for other in level)


def _is_in(block: Block, found: Sequence[tuple[Block, _Host]]) -> bool:
    return any(note.box.common_area(block.box) > 0 for note, _ in found)


def _notes(blocks: Sequence[Block], text: Sequence[Block], size: float) -> Iterator[Block]:
    """Blocks right under each other as one; lines that are set wide come in pieces.

    One that is level with a paragraph's first line, behind a stop, is a note of its own.
    """
    lines: list[Line] = []
    for row in by_baseline([line for block in blocks for line in block.lines]):
        apart = lines and row[0].box.y0 - max(line.box.y1 for line in lines) > _PITCH * row[0].size
        ended = lines and lines[-1].text.endswith(".")
        if apart or (ended and (host := _host(row[0], text, size)) and host.is_first):
            yield block_of(lines)
            lines = []
        lines += row
    if lines:
        yield block_of(lines)


def _host(line: Line, text: Sequence[Block], size: float) -> _Host | None:
    """The paragraph with a line level with one in the margin."""
    base = line.words[0].baseline
    for block in text:
        level = [i for i, one in enumerate(block.lines) if abs(one.words[0].baseline - base) < _LEVEL * size]
        if level:
            start = max(one for one in beginnings(block) if one <= level[0])
            return _Host(block, start, start == level[0])
    return None


def _is_sparse(notes: Sequence[Block]) -> bool:
    around = bounds(note.box for note in notes)
    return len(notes) == 1 or sum(note.box.height for note in notes) <= _FILLED * around.height


def part_line_numbers(blocks: Sequence[Block]) -> tuple[list[Block], list[Line]]:
    """The blocks without the numbers that count the lines of the page from its margin, and these numbers."""
    lines = [line for block in blocks for line in block.lines]
    numbers = [line for line in lines if line.text.isdecimal() and len(line.text) <= 4]
    counted = set(map(id, numbers))
    text = [line for line in lines if id(line) not in counted]
    if len(numbers) < min(_STEPS.values()) or not text:
        return list(blocks), []
    rows = list(by_baseline(text))
    area = bounds(line.box for line in text)
    for side in (area.x0, area.x1):
        column = [n for n in numbers if (n.box.x1 <= area.x0 if side == area.x0 else n.box.x0 >= area.x1)]
        if _count(column, rows):
            counted = set(map(id, column))
            return [block for block in blocks if not counted & set(map(id, block.lines))], column
    return list(blocks), []


def _count(column: Sequence[Line], rows: Sequence[Sequence[Line]]) -> bool:
    """Whether numbers stand in one column, each at a line, and are as far apart as the lines that they count."""
    column = sorted(column, key=lambda line: line.box.y0)
    if len(column) < min(_STEPS.values()) or not _are_in_line(column):
        return False
    steps = {int(b.text) - int(a.text) for a, b in pairwise(column)}
    step = min(steps)
    if len(steps) > 1 or step not in _STEPS or len(column) < _STEPS[step]:
        return False
    places = [_row(number, rows) for number in column]
    lines = {b - a for a, b in pairwise([place for place in places if place is not None])}
    if None in places or steps != lines:
        return False
    beside = [rows[place] for place in places if place is not None]
    words = sum(len(line.words) for row in beside for line in row)
    running = sum(row[0].text[:1].islower() for row in beside)
    is_text = step >= _FAR_STEP or running >= _RUNNING * len(beside)
    return is_text and all(len(row) == 1 for row in beside) and words >= _FEW_WORDS * len(beside)


def _row(number: Line, rows: Sequence[Sequence[Line]]) -> int | None:
    base = number.words[0].baseline
    near = [at for at, row in enumerate(rows) if abs(row[0].words[0].baseline - base) < _LEVEL * row[0].size]
    return near[0] if near else None


def _are_in_line(column: Sequence[Line]) -> bool:
    lefts, rights = [line.box.x0 for line in column], [line.box.x1 for line in column]
    return min(max(lefts) - min(lefts), max(rights) - min(rights)) < _EDGE
