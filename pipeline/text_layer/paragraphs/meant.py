"""Lines that end where their writer meant them to: addresses, verse, names under each other."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, pairwise, takewhile

import numpy as np

from pipeline.text_layer.lines.blocks import Block, block_of
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.paragraphs.shape import PAGED

# Two lines may be one broken for want of room somewhere, unless both would fit on one; with three, at least two ended
# early. Chosen.
_FEWEST = 3
# Characters of the longest line: verse has up to 60, a line of prose in one column 60 to 90. Longer, and ragged
# paragraphs of narrow columns are verse; shorter, and long lines of verse are joined. Chosen, not measured.
_LONGEST = 60
# Of the lines before the last: so many must leave room for the next word even within their own block. Text that is
# wrapped leaves none, however narrow; verse leaves it at every second line or so. Chosen; the drawn families of
# tests/pipeline/text_layer/paragraphs/test_meant.py lie at 0 and above .33.
_SHORT = 0.3
# Of them, if no wider text proves how far the column reaches: wrapped text leaves such room nowhere. Chosen.
_SURE = 0.7
# Of them, that end with a stop or a comma where no line leaves room for the next word within its own block. Chosen:
# two of three and more, which one narrow paragraph in thirty has by chance.
_POINTED = 0.6
# Of ragged prose: the lines that go on in small letters, at least; those that end with a stop or a comma, at most; and
# of the block's width the shortest but the last. Lines of verse differ by more. Chosen.
_GO_ON, _STOPS, _EVEN = 0.6, 0.4, 0.8
# Of the lines before the last that leave room in the column, of verse that is set in and pointed: where a page holds
# nothing but verse, its longest lines show how far the column reaches. Of entries that hang half leave none. Chosen.
_ROOMY = 0.6
# Points by which the ends of lines set flush right differ, less than the thinnest letter; em of an indent of verse.
_FLUSH, _INDENT = 0.5, 0.7
# Em of a word space and of what ragged setting leaves, as where paragraphs begin (`paragraphs.py`).
_SPACE = 0.6
# Points between columns of text, 4 mm; narrower ones are the cells of a table. Chosen.
_GUTTER = 12.0
_MEET = 2.0  # points by which what stands in two rows may overlap
# Of the size, between baselines: more than 1.5 lines. And characters of an entry of a programme or a menu. In prose set
# so wide one of ten lines begins with a capital, and three lines of thirty characters are no column. Chosen.
_APART, _ENTRY = 1.9, 40
_LISTED = re.compile(r"^(?:[•◦▪●○■□☐☑☒‣·➢*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])\s")
_INITIAL = re.compile(r"^(?:[A-Z]\.\s?)+[A-Z][^\W\d_]+(?:[\s-][^\W\d_]+)*,?$")
_ORDINAL = re.compile(r"^(?!1\.)\d{1,3}\.\s[A-ZÀ-Þ]")
_OTHER = re.compile("[\u0590-\u08ff=∑∫√≤≥∈]")


class Columns:
    """How far right the columns of a page reach, told by what stands above, below and beside.

    `boxes` are those of text, `others` those of tables and pictures.
    """

    def __init__(self, boxes: Iterable[Rect], others: Iterable[Rect] = ()) -> None:
        ordered = sorted(boxes)
        every = (*ordered, *others)
        self._tops, self._feet = sorted(box.y0 for box in every), sorted(box.y1 for box in every)
        self._lefts = [box.x0 for box in ordered]
        self._heights = np.array([(box.y0, box.y1) for box in ordered], float).reshape(-1, 2)
        self._reach = list(accumulate((box.x1 for box in ordered), max))

    def edge(self, box: Rect) -> float:
        """How far right, in points, the column of one of the boxes reaches: as far as what stands above or below it.

        What stands beside it is another column.
        """
        over = bisect_left(self._lefts, box.x1)
        reach = max(self._reach[over - 1] if over else box.x1, box.x1)
        tops, feet = self._heights[over:].T
        beside = np.flatnonzero(np.minimum(feet, box.y1) > np.maximum(tops, box.y0))
        return min(reach, self._lefts[over + beside[0]] - _GUTTER) if beside.size else reach - _GUTTER

    def is_alone(self, box: Rect) -> bool:
        """Whether nothing stands at the height of one of the boxes, left or right of it."""
        begun = bisect_left(self._tops, box.y1 - _MEET)
        return begun - bisect_right(self._feet, box.y0 + _MEET) <= 1


def is_meant(block: Block, edge: float, around: Rect | None = None) -> bool:
    """Whether no line of a block was broken for want of room in a column that reaches to `edge`, in points.

    `around` is a paragraph above or below it that is wider, where nothing stands beside the block.
    """
    texts = [line.text for line in block.lines]
    others = [text for text in texts if _is_other(text)]
    if max(map(len, texts)) > _LONGEST or (others and not _is_no_item(others, texts)) or all(map(PAGED.match, texts)):
        return False
    pairs = list(pairwise(block.lines))
    if not pairs or any(b.box.y1 <= a.box.y1 for a, b in pairs):  # the rest of a paragraph, atop the next column
        return False
    if _is_flush_right(block):
        return True
    if len(texts) < _FEWEST:
        few = min(len(line.words) for line in block.lines)  # single words under each other are labels or cells
        return few > 1 and edge - block.lines[0].box.x1 > block.lines[1].box.width + _SPACE * block.size
    short = sum(has_room(a, b, block.box.x1) for a, b in pairs)
    if short >= _SURE * len(pairs) and short >= len(pairs) - 1:  # all but behind the longest
        return True
    if _is_set_apart(block, pairs) or _goes_on_in_turns(block) or (around and _is_narrow(block, pairs, around)):
        return True
    if _is_ragged(block):
        return False
    roomy = sum(has_room(a, b, edge) for a, b in pairs)
    if _is_staggered(block) and _is_pointed(texts) and roomy >= _ROOMY * len(pairs):
        return True
    ends_say = short >= _SHORT * len(pairs) or _is_staggered(block) or _is_pointed(texts)
    return ends_say and all(has_room(a, b, edge) for a, b in pairs)


def meant_part(block: Block, edge: float) -> tuple[Block, Block] | None:
    """Lines at the top or the foot of a block that begin at an edge of their own and were meant, and the rest."""
    lefts = [line.box.x0 for line in block.lines]
    for lines, others, is_top in ((block.lines, lefts, True), (block.lines[::-1], lefts[::-1], False)):
        count = sum(1 for _ in takewhile(lambda left: abs(left - others[0]) < _FLUSH, others))  # noqa: B023
        if _FEWEST <= count < len(lines) and abs(others[count] - others[0]) > _INDENT * block.size:
            first, rest = list(lines[:count]), list(lines[count:])
            part, left = block_of(first if is_top else first[::-1]), block_of(rest if is_top else rest[::-1])
            if is_meant(part, edge):
                return (part, left) if is_top else (left, part)
    return None


def _is_flush_right(block: Block) -> bool:
    """Whether all lines end at one place and begin at many: what is set so was never wrapped."""
    ends, starts = [line.box.x1 for line in block.lines], [line.box.x0 for line in block.lines]
    return max(ends) - min(ends) < _FLUSH and max(starts) - min(starts) > block.size


def _is_set_apart(block: Block, pairs: list[tuple[Line, Line]]) -> bool:
    """Whether short lines, each with a capital or a number at its head, have more than a line's height between them."""
    heads = [line.text[:1] for line in block.lines]
    if any(" . . . " in line.text for line in block.lines):
        return False  # entries of contents, which have their own form
    wide = min(b.box.y1 - a.box.y1 for a, b in pairs) > _APART * block.size
    short = max(len(line.text) for line in block.lines) <= _ENTRY
    return wide and short and all(head.isupper() or head.isdecimal() for head in heads)


def _is_staggered(block: Block) -> bool:
    """Whether several lines are set in, each behind one that is not and goes on in lower case, as rhymed lines are."""
    ins = [line.box.x0 - block.box.x0 > _INDENT * block.size for line in block.lines]
    return sum(b and not a for a, b in pairwise(ins)) >= _FEWEST - 1


def _is_pointed(texts: list[str]) -> bool:
    """Whether most lines before the last end with a stop or a comma: wrapped prose has one at every eighth line."""
    return _stops(texts) >= _POINTED * (len(texts) - 1)


def _stops(texts: list[str]) -> int:
    """How many lines before the last end with a stop or a comma."""
    return sum(text[-1] in ",;:.!?—–" for text in texts[:-1])


def _is_other(text: str) -> bool:
    """An item of a list, half of a word, a formula, or a script in which lines end at the left."""
    return bool(_LISTED.match(text) or _OTHER.search(text)) or text[-1:] in "-\u2010\xad"


def _is_ragged(block: Block) -> bool:
    """Whether lines of about one length go on from each other: prose whose words were not broken at its right edge."""
    texts, width = [line.text for line in block.lines], block.box.width
    go_on = sum(text[:1].islower() for text in texts[1:])
    is_even = min(line.box.width for line in block.lines[:-1]) > _EVEN * width
    return is_even and go_on > _GO_ON * len(texts[1:]) and _stops(texts) < _STOPS * len(texts[1:])


def _is_no_item(marked: list[str], texts: list[str]) -> bool:
    """Whether the one line that looks like an item has an initial or an ordinal: "A. Keeper", "3. Stock"."""
    ordinal = _ORDINAL.match(marked[0]) and marked[0] != texts[0]
    return len(marked) == 1 and bool(_INITIAL.match(marked[0]) or ordinal)


def _is_narrow(block: Block, pairs: list[tuple[Line, Line]], around: Rect) -> bool:
    """Whether short lines, half of them with a capital or a number at their heads, end far from where text ends, or
    begin in its right half.

    So are the lines of an address, none of which need leave room for the next one's first word within the block.
    """
    heads = [line.text[:1] for line in block.lines[1:]]
    opens = sum(head.isupper() or head.isdecimal() for head in heads)
    short = max(len(line.text) for line in block.lines) <= _ENTRY
    apart = block.box.x0 > around.middle[0] or all(has_room(a, b, around.x1) for a, b in pairs)
    return short and 2 * opens >= len(heads) and apart


def _goes_on_in_turns(block: Block) -> bool:
    """Whether lines that are set in and lines that are not take turns within sentences, as those of ballads do.

    The entries of a list that hang take turns, too, but each is a sentence.
    """
    ins = [line.box.x0 - block.box.x0 > _INDENT * block.size for line in block.lines]
    back = [
        (a.text, b.text) for (a, b), (i, j) in zip(pairwise(block.lines), pairwise(ins), strict=True) if i and not j
    ]
    goes_on = [before for before, after in back if after[:1].islower()]
    return _is_staggered(block) and bool(goes_on) and not any(text.endswith(".") for text in goes_on)


def has_room(line: Line, after: Line, edge: float) -> bool:
    """Whether the first word of the next line would have fitted behind a line."""
    return edge - line.box.x1 > after.words[0].box.width + _SPACE * line.size
