"""Which blocks are footnotes: small print with a mark, low on a page or under any text that has the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.text_layer.labelling.context import PageFacts
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.lines import RAISED, TEXT_WORDS, Line

# Of the body's size: notes are set a step smaller, 9 on 10 points at the least. Larger, and numbered text is a note.
_SMALL = 0.92
# Of the page's height, from its top: below this, small print with a mark is a note whether or not its mark is found.
_LOW = 0.6
# Em between a note and the rule over it; more, and the rule is that of a table or of a head. Chosen.
_UNDER_RULE = 1.5
# Points by which that rule and the note begin apart: the indent of a note is more than an em. Chosen.
_LEVEL = 3.0
# Em below a table or a picture, within which small print is its own note and not the page's. Chosen.
_BELOW = 2.0
# Letters of a word that has a mark; shorter ones are units with their power. Chosen.
_WORD = 3

_OPENING = re.compile(
    r"^(?:\(?(?P<number>\d{1,3})[).]?|(?P<sign>[*†‡§¶]+))\s?(?!\d)\S(?=.*(?:[a-z]{3}|[\u0590-\U0003ffff]))"
)
_IN_TEXT = re.compile(
    rf"(?P<before>[^\W\d_]*)(?P<stop>[.,;:!?\"'”’»)\]]*)\s?"
    rf"(?:{RAISED[0]}\s?\(?(?P<raised>\w{{1,3}}|[*∗†‡§¶]{{1,3}})\)?\s?{RAISED[1]}"
    rf"|\((?P<bracketed>\d{{1,2}})\)|(?<=[\w.,;:!?)\"”’])(?P<sign>[*†‡§¶]{{1,3}})(?![\w*]))"
)


class Notes:
    """The footnotes among the blocks of a page; `bars` are its horizontal rules, `others` its tables and pictures."""

    def __init__(
        self, blocks: Sequence[Block], facts: PageFacts, bars: Sequence[Rect] = (), others: Sequence[Rect] = ()
    ) -> None:
        self._floor = _LOW * facts.height
        self._largest = _SMALL * facts.context.body_size
        self._bars, self._others = bars, others
        self._texts = [block.box for block in blocks if self._is_text(block)]
        self._marks: dict[str, bool] = {}  # each mark in the text, and whether it is behind a word in small letters
        for line in (line for block in blocks if block.size > self._largest for line in block.lines):
            for mark, is_within in _marks(line):
                self._marks[mark] = self._marks.get(mark, False) or is_within

    def hold(self, block: Block) -> bool:
        """Whether a block is one or more footnotes.

        Above the page's lower part its mark must stand in the text, and the block must show that it is no author's
        address and no note on a table: it ends its column, or stands under a rule, or its mark is within a sentence.
        """
        mark = _opens(block.lines[0])
        if block.size > self._largest or mark is None:
            return False
        if block.box.y0 > self._floor:
            return True
        if mark not in self._marks or any(_is_right_below(block, other) for other in self._others):
            return False
        return self._marks[mark] or self._ends_column(block) or any(_is_under(block, bar) for bar in self._bars)

    def _is_text(self, block: Block) -> bool:
        return block.size > self._largest and any(len(line.words) >= TEXT_WORDS for line in block.lines)

    def _ends_column(self, block: Block) -> bool:
        below = (box for box in (*self._texts, *self._others) if box.y0 > block.box.y1 - 1)
        return not any(box.overlap_x(block.box) > 0 for box in below)


def _opens(line: Line) -> str | None:
    """The mark that a line opens with, as a note does; None where it has none."""
    if line.opens_raised:
        return line.marked[1:].split(RAISED[1])[0].strip("() .")
    found = _OPENING.match(line.text)
    return (found["number"] or found["sign"]) if found else None


def _marks(line: Line) -> Iterator[tuple[str, bool]]:
    """The marks of notes in a line of text, and whether each is raised or a sign behind a word in small letters."""
    for found in _IN_TEXT.finditer(line.marked):
        before = found["before"]
        if found["stop"] or len(before) >= _WORD or found["sign"]:
            mark = found["raised"] or found["bracketed"] or found["sign"]
            yield mark.replace("∗", "*"), before.islower() and not found["bracketed"]


def _is_under(block: Block, bar: Rect) -> bool:
    near = -_LEVEL < block.box.y0 - bar.y0 < _UNDER_RULE * block.size
    return near and abs(bar.x0 - block.box.x0) < _LEVEL


def _is_right_below(block: Block, other: Rect) -> bool:
    return -_LEVEL < block.box.y0 - other.y1 < _BELOW * block.size and block.box.overlap_x(other) > 0
