"""Fields that a page sets in two columns, labels and what they say: "Present: …", "Our ref: …", forms, speakers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from language.hyphens import Vocabulary
from pipeline.text_layer.lines.blocks import Block, block_of, make_blocks
from pipeline.text_layer.lines.geometry import bounds
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.rows import by_baseline
from pipeline.text_layer.lines.writer import Piece, defused
from pipeline.text_layer.paragraphs.joining import join_lines
from pipeline.text_layer.paragraphs.meant import has_room

# Words of a label. More is a sentence that ends in a colon. Chosen, not measured.
_LABEL_WORDS = 6
# Em by which labels of one column, or what they say, begin apart: the side bearings of letters.
_LEVEL = 0.35
# Em from a label to what it says where that stands at no common edge: a tab or a few spaces. Chosen.
_REACH = 3.0
# Em between baselines below the last label: further down, something else begins.
_PITCH = 1.7
# Em between two rows of fields that are one paragraph with line ends; wider, each is one of its own.
_CLOSE = 2.2
# Words of who speaks, and, on average, of the first lines of what is said. Fewer are the cells of a table whose labels
# are in capitals. Chosen.
_NAME_WORDS, _SPEECH_WORDS = 3, 5
_NAME = re.compile(r"[^\W\d_a-zß-ÿ]{2}(?:[^\W\d_a-zß-ÿ]|[ .'’-])*$")
_COLON, _OPENED = re.compile(r"\s*[:：]$"), re.compile(r"^[:：]\s*")
# A label and what it says in one line. In prose a capital and a colon rarely stand so in two lines that follow.
_WHOLE = re.compile(r"^(?![a-zà-ÿ])(?:[^\W\d_][^\s:：]*\s?){1,4}\s?[:：]\s*\S")
_AMOUNT = re.compile(r"[^\W\d_]{0,3}[$€£¥]?\s?[(+–-]?\d[\d.,\s]*[%)]?\s?(?:[$€£¥%]|[A-Z]{3})?")


_IsLabel = Callable[[Sequence[Line], int], bool]  # whether a text of a row, by its number there, is a label


@dataclass(frozen=True)
class _Field:
    """A label and the lines that stand right of it: those of its own row, then those below."""

    label: tuple[Line, ...]
    said: tuple[Line, ...]
    row: int  # of the page's rows, the one where it begins

    @property
    def left(self) -> float:
        return self.label[0].box.x0

    @property
    def size(self) -> float:
        return self.label[0].size

    @property
    def is_pointed(self) -> bool:
        """Whether a colon stands at the end of its label or before what it says."""
        opened = bool(self.said) and _OPENED.match(self.said[0].text)
        return bool(opened or _COLON.search(self.label[-1].text) or self.is_whole)

    @property
    def is_whole(self) -> bool:
        """Whether the label and what it says are one line: then nothing else belongs to it."""
        return bool(_WHOLE.match(self.label[0].text))

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.label + self.said


def part_fields(blocks: Sequence[Block], known: Vocabulary) -> tuple[list[Piece], list[Block]]:
    """The fields of a page as text, label by label, and its other blocks.

    A column of labels holds nothing else from its first label to its last: each ends with a colon, or is the one bold
    text of its row, or names in capitals who speaks. What they say begins at one edge or right behind them. So neither
    columns of prose nor tables with several values in a row are fields. A bold text without a colon and what it heads
    are one block, to be told apart once they have their place. `known`: the words of the document.
    """
    rows = list(by_baseline([line for block in blocks for line in block.lines]))
    pieces, taken = list[Piece](), set[int]()
    right = max((line.box.x1 for row in rows for line in row), default=0.0)
    left: list[Block] = []
    groups = list(_groups(rows, _is_label))
    known_lines = {id(line) for group in groups for field in group for line in field.lines}
    rest = [[line for line in row if id(line) not in known_lines] for row in rows]
    spoken = [group for group in _groups(list(filter(None, rest)), _is_speaker) if _are_spoken(group)]
    is_text = [all(field.is_pointed for field in group) for group in groups] + [True] * len(spoken)
    for group, whole in zip([*groups, *spoken], is_text, strict=True):
        if whole:
            pieces += _pieces(group, right, known)
        else:
            left += [block_of(list(field.lines)) for field in group]
        taken |= {id(line) for field in group for line in field.lines}
    for block in blocks:
        lines = [line for line in block.lines if id(line) not in taken]
        left += [block] if len(lines) == len(block.lines) else make_blocks(lines)
    return pieces, sorted(left, key=lambda block: block.box.y0)


def _groups(rows: Sequence[Sequence[Line]], is_label: _IsLabel) -> Iterator[list[_Field]]:
    """Fields under each other, two at least, from top to bottom."""
    starts = [field for at, row in enumerate(rows) for field in _starts(row, at, is_label)]
    used: set[int] = set()
    for first in starts:
        if id(first) in used:
            continue
        chain = [first]
        while following := _next(chain[-1], starts, rows):
            chain.append(following)
        used |= {id(field) for field in chain}
        group = list(_filled(chain, starts, rows))
        if len(chain) > 1 and _are_fields(group):
            yield group


def _starts(row: Sequence[Line], at: int, is_label: _IsLabel) -> Iterator[_Field]:
    """The labels of a row, each with what stands between it and the next one."""
    places = [i for i in range(len(row)) if is_label(row, i)]
    for place, end in pairwise([*places, len(row)]):
        mark = 2 if place + 1 < end and _COLON.fullmatch(row[place + 1].text) else 1
        is_whole = bool(_WHOLE.match(row[place].text))
        yield _Field(tuple(row[place : place + mark]), () if is_whole else tuple(row[place + mark : end]), at)


def _is_label(row: Sequence[Line], i: int) -> bool:
    line, after = row[i], row[i + 1] if i + 1 < len(row) else None
    if len(line.words) > _LABEL_WORDS or not any(map(str.isalpha, line.text)):
        return bool(_WHOLE.match(line.text))
    if _OPENED.match(line.text):
        return False
    pointed = bool(_COLON.search(line.text) or _WHOLE.match(line.text) or (after and _OPENED.match(after.text)))
    return pointed or (line.bold and after is not None and not after.bold)


def _is_speaker(row: Sequence[Line], i: int) -> bool:
    line, after = row[i], row[i + 1] if i + 1 < len(row) else None
    is_name = len(line.words) <= _NAME_WORDS and _NAME.match(line.text) is not None
    return i == 0 and is_name and after is not None and not after.text.isupper()


def _are_spoken(group: Sequence[_Field]) -> bool:
    """Whether what stands beside capitals is speech: words, some of them on several lines."""
    first = [field.said[0] for field in group if field.said]
    long = any(len(field.said) > 1 for field in group)
    return long and sum(len(line.words) for line in first) >= _SPEECH_WORDS * len(first)


def _next(field: _Field, starts: Sequence[_Field], rows: Sequence[Sequence[Line]]) -> _Field | None:
    """The label below in the same column, if nothing else stands in that column between the two."""
    for other in starts:
        if other.row > field.row and _is_level(field, other):
            between = [line for row in rows[field.row + 1 : other.row] for line in row]
            edge = _edge([field, other])
            return None if any(_is_in_way(line, min(field.left, other.left), edge) for line in between) else other
    return None


def _is_level(field: _Field, other: _Field) -> bool:
    """Whether two labels begin at one edge, or end or are answered at one where they do not."""
    apart = _LEVEL * field.size
    if abs(field.left - other.left) < apart:
        return True
    ends = abs(field.label[-1].box.x1 - other.label[-1].box.x1) < apart
    return bool(field.said and other.said) and (ends or abs(_edge([field]) - _edge([other])) < apart)


def _is_in_way(line: Line, left: float, edge: float) -> bool:
    """Whether a line stands in a column of labels, or reaches into it."""
    return line.box.x0 < edge - _LEVEL * line.size and line.box.x1 > left


def _edge(fields: Sequence[_Field]) -> float:
    """Where most of what is said begins."""
    lefts = Counter(round(field.said[0].box.x0) for field in fields if field.said)
    return lefts.most_common(1)[0][0] if lefts else max(field.label[-1].box.x1 for field in fields)


def _filled(chain: Sequence[_Field], starts: Sequence[_Field], rows: Sequence[Sequence[Line]]) -> Iterator[_Field]:
    """The fields with the lines below their first ones, up to the next label and the next column of labels."""
    edge = _edge(chain)
    inside, left = {field.row for field in chain}, min(field.left for field in chain)
    limit = min((s.left for s in starts if s.row in inside and s.left > edge), default=float("inf"))
    for field, after in zip(chain, [*chain[1:], None], strict=True):
        if field.is_whole:
            yield field
            continue
        said = [line for line in field.said if line.box.x0 < limit]
        last = field.label[0]
        for row in rows[field.row + 1 : after.row if after else len(rows)]:
            own = [line for line in row if edge - _LEVEL * line.size <= line.box.x0 < limit]
            ends = own and own[0].box.y1 - last.box.y1 > _PITCH * last.size
            if not after and (ends or not own or any(_is_in_way(line, left, edge) for line in row)):
                if own or any(line.box.x0 < limit for line in row):
                    break
                continue
            said += own
            last = own[-1] if own else last
        yield _Field(field.label, tuple(said), field.row)


def _are_fields(group: Sequence[_Field]) -> bool:
    """Whether what stands beside labels is what they say: one text in a row each, at one edge or right behind them."""
    said = [field for field in group if field.said]
    whole = sum(field.is_whole for field in group)
    if len(said) < max(whole, 2 - whole) or any(_is_wide(field) for field in said):
        return False
    edge = _edge(group)
    level = [abs(field.said[0].box.x0 - edge) < _LEVEL * field.size + 0.5 for field in said]
    near = [field.said[0].box.x0 - field.label[-1].box.x1 < _REACH * field.size for field in said]
    if not all(a or b for a, b in zip(level, near, strict=True)):
        return False
    amounts = sum(bool(_AMOUNT.fullmatch(field.said[0].text)) for field in said)
    return all(level) or 2 * amounts <= len(said)


def _is_wide(field: _Field) -> bool:
    """Whether a row of what is said has several texts: the cells of a table."""
    return any(a.box.is_level_with(b.box) for a, b in pairwise(field.said))


def _pieces(group: Sequence[_Field], right: float, known: Vocabulary) -> Iterator[Piece]:
    """Each field as a paragraph; those of one line each, right under each other, as one with line ends."""
    texts = [_text(field, right, known) for field in group]
    tops = [field.label[0].box.y1 for field in group]
    close = all(b - a < _CLOSE * field.size for (a, b), field in zip(pairwise(tops), group, strict=False))
    if close and not any("\n" in text for text in texts):
        yield Piece("text", bounds(line.box for field in group for line in field.lines), "\n".join(texts))
        return
    for field, text in zip(group, texts, strict=True):
        yield Piece("text", bounds(line.box for line in field.lines), text)


def _text(field: _Field, right: float, known: Vocabulary) -> str:
    """A label and what it says, with the line ends that were meant."""
    label = " ".join(line.marked for line in field.label)
    lines = [line.marked for line in field.said]
    if field.is_pointed and not field.is_whole:
        label, lines[:1] = _COLON.sub("", label) + ":", [_OPENED.sub("", line) for line in lines[:1]]
    room = [has_room(a, b, right) and not b.text[:1].islower() for a, b in pairwise(field.said)]
    said = "\n".join(lines) if room and all(room) else join_lines(lines, known)
    return defused(f"{label} {said}".strip())
