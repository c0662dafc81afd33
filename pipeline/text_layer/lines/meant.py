"""Lines that end where their writer meant them to: addresses, verse, names under each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.paragraphs import PAGED

# Two lines may be one broken for want of room somewhere; with three, at least two ended early. Chosen.
_FEWEST = 3
# Characters of the longest line: verse has up to 60, a line of prose in one column 60 to 90. Longer, and ragged
# paragraphs of narrow columns are verse; shorter, and long lines of verse are joined. Chosen, not measured.
_LONGEST = 60
# Of the lines before the last: so many must leave room for the next word even within their own block. Text that is
# wrapped leaves none, however narrow; verse leaves it at every second line or so. Chosen; the drawn families of
# tests/pipeline/text_layer/lines/test_meant.py lie at 0 and above .33.
_SHORT = 0.3
# Em of a word space and of what ragged setting leaves, as where paragraphs begin (`paragraphs.py`).
_SPACE = 0.6
# Points between columns of text, 4 mm; narrower ones are the cells of a table. Chosen.
_GUTTER = 12.0
_LISTED = re.compile(r"^(?:[•◦▪●○■□☐☑☒‣·➢*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])\s")
_OTHER = re.compile("[\u0590-\u08ff=∑∫√≤≥∈]")


def column_edge(box: Rect, others: Iterable[Rect]) -> float:
    """How far right, in points, the column of a box reaches: as far as what stands above or below it does.

    What stands beside it is another column.
    """
    others = list(others)
    reach = max((other.x1 for other in others if other.overlap_x(box) > 0), default=box.x1)
    beside = (other.x0 for other in others if other.x0 >= box.x1 and other.overlap_y(box) > 0)
    return min(reach, min(beside, default=reach) - _GUTTER)


def is_meant(block: Block, edge: float) -> bool:
    """Whether no line of a block was broken for want of room in a column that reaches to `edge`, in points."""
    texts = [line.text for line in block.lines]
    if len(texts) < _FEWEST or max(map(len, texts)) > _LONGEST or any(map(_is_other, texts)):
        return False
    if all(PAGED.match(text) for text in texts):
        return False
    pairs = list(pairwise(block.lines))
    if any(b.box.y1 <= a.box.y1 for a, b in pairs):  # the rest of a paragraph, at the top of the next column
        return False
    short = sum(_has_room(a, b, block.box.x1) for a, b in pairs)
    return short >= _SHORT * len(pairs) and all(_has_room(a, b, edge) for a, b in pairs)


def _is_other(text: str) -> bool:
    """An item of a list, half of a word, a formula, or a script in which lines end at the left."""
    return bool(_LISTED.match(text) or _OTHER.search(text)) or text[-1:] in "-\u2010\xad"


def _has_room(line: Line, after: Line, edge: float) -> bool:
    """Whether the first word of the next line would have fitted behind a line."""
    return edge - line.box.x1 > after.words[0].box.width + _SPACE * line.size
