"""Print that a page shows and its text does not have: lines in no block, and blocks with too little text for theirs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.model.family.blocks import PICTURES, Block, blocks
from pipeline.readers.parts.placed import displayed
from pipeline.readers.wrappers.odd_words import MARKUP
from pipeline.transcript import Box, PrintLines, Transcript, Unread
from pipeline.views.upright import turn_back

Numbers = NDArray[np.float32]

_EXEMPT = PICTURES | {"formula", "equation"}
"""Labels of blocks that hold whatever is in their boxes: no text is expected, or it is not as long as it is printed."""
# 0..999 of the page's width: a cell is 7 of A4's, and boxes are written to about as much.
_BESIDE = 8
# Half heights of small letters: a line that touches a box is in it, the next one is two letters away.
_ABOVE = 1.4
# Share of a line beyond all boxes from which it is unread. Less is a box that is drawn too narrow, or smeared print.
_OUT = 0.25
# Letters and samples of a line, below which it is a speck.
_LEAST_LETTERS, _LEAST_SAMPLES = 2.5, 3
# Of the letters that fit a block's print; text has 1.05 of them on drawn pages, and 0.75 in one block of a hundred.
_SHORT = 0.65
# A font of wide or narrow letters has more or fewer throughout its page; but a page of which all is short is no norm.
_USUAL = 0.6, 1.0
# Times the letters of a block's print, and letters more: its text is of print beside its box, up to so far (0..999)
# from it and from line to line. With less a short heading that is left out counts as part of its neighbour.
_AMPLE = 2, 60
_ADJOINING = 25
_TELLING = 20  # letters: a block of fewer says nothing of its page's font
_LEAST_SHORT = 1.5
"""Lines that a block's text has to lack: a heading of two lines may be one of wide letters."""
# Half heights between the middles of lines that are told as one place, and 0..999 across.
_NEAR_DOWN, _NEAR_ACROSS = 12, 40

_COMMAND = re.compile(r"\\[A-Za-z]+|[{}$_^\\#*|]")  # of a formula, or Markdown's own


def with_unread(page: Transcript) -> Transcript:
    """The page with what of its print is unread, as far as that can be told: its pixels were looked at, and all of its
    text stands in boxes."""
    if page.print is None:
        return page
    upright = turn_back(page.text, -page.turned % 4)
    found = list(blocks(upright))
    if not any(block.boxes for block in found) or _letters(upright[: found[0].start]):
        return replace(page, print=None)
    told = _Compared(page.print, upright, found)
    places = (replace(one, box=displayed(one.box, page.turned)) for one in (*told.outside(), *told.within()))
    return replace(page, print=None, unread=tuple(places), unread_share=told.share())


@dataclass(frozen=True)
class _Line:
    """A line of print that is in no block, in 0..999."""

    left: float
    right: float
    y: float
    half: float


class _Compared:
    """A page's print and its blocks, both upright."""

    def __init__(self, lines: PrintLines, text: str, found: Sequence[Block]) -> None:
        self._line, self._x, self._y, self._half, self._letters = lines.samples.T
        self._blocks = found
        # The smallest block that holds a sample owns it; -1 is none.
        self._owner = np.full(len(self._x), -1)
        for at in sorted(range(len(found)), key=lambda at: -_area(found[at])):
            self._owner[self._held(found[at].boxes)] = at
        pictured = [at for at, block in enumerate(found) if block.label in _EXEMPT]
        self._is_pictured = np.isin(self._owner, pictured)
        self._unread = self._outside()
        self._settle(text)
        self._short = dict(self._shares(text))

    def outside(self) -> Iterator[Unread]:
        """Lines in no block, those near each other together."""
        for lines in _together(self._lines()):
            left, right = min(line.left for line in lines), max(line.right for line in lines)
            top, bottom = lines[0].y - 2 * lines[0].half, lines[-1].y + 2 * lines[-1].half
            yield Unread(_box(left, top, right, bottom), _rows((line.y, line.half) for line in lines))

    def within(self) -> Iterator[Unread]:
        """Blocks whose text is too short."""
        for at, (share, rows) in self._short.items():
            x1, y1, x2, y2 = zip(*self._blocks[at].boxes, strict=True)
            yield Unread((min(x1), min(y1), max(x2), max(y2)), round(rows * (1 - share)), within=True)

    def share(self) -> float:
        """Unread letters among all that are in no picture, 0..1."""
        missing = float(self._letters[self._unread].sum())
        for at, (share, _) in self._short.items():
            missing += (1 - share) * float(self._letters[self._owner == at].sum())
        whole = float(self._letters[~self._is_pictured].sum())
        return round(missing / whole, 4) if whole else 0.0

    def _held(self, boxes: Iterable[Box]) -> NDArray[np.bool_]:
        held = np.zeros(len(self._x), np.bool_)
        for x1, y1, x2, y2 in boxes:
            near = _ABOVE * self._half
            held |= (
                (self._x >= x1 - _BESIDE) & (self._x <= x2 + _BESIDE) & (self._y >= y1 - near) & (self._y <= y2 + near)
            )
        return held

    def _outside(self) -> NDArray[np.bool_]:
        """The samples of lines that are unread, and of the part of others that is."""
        out = self._owner < 0
        number = self._line.astype(np.intp)
        count, whole = np.bincount(number, out), np.bincount(number)
        letters = np.bincount(number, self._letters * out)
        told = (count >= _LEAST_SAMPLES) & (letters >= _LEAST_LETTERS) & (count >= _OUT * whole)
        unread: NDArray[np.bool_] = out & told[number]
        return unread

    def _settle(self, text: str) -> None:
        """A block with far more text than its box has print was placed wrongly: the lines nearest to it are its own."""
        for at, block in enumerate(self._blocks):
            own = text[block.content : block.end]
            if block.label in PICTURES or not block.boxes or ("<table" in own and block.label != "table"):
                continue
            letters, shown = _letters(own), float(self._letters[self._owner == at].sum())
            if letters > _AMPLE[0] * shown + _AMPLE[1]:
                self._take_near(block.boxes[0], letters - shown)

    def _take_near(self, box: Box, left: float) -> None:
        """Take from what is unread the lines next to a box, as long as `left` letters suffice for them."""
        lines = [self._unread & (self._line == number) for number in np.unique(self._line[self._unread])]

        def distance(line: NDArray[np.bool_]) -> float:
            x, y = float(self._x[line].mean()), float(self._y[line].mean())
            return max(box[0] - x, x - box[2], 0.0) + max(box[1] - y, y - box[3], 0.0)

        while lines and distance(line := min(lines, key=distance)) <= _ADJOINING:
            left -= float(self._letters[line].sum()) * _USUAL[0]
            if left < 0:
                break
            self._unread &= ~line
            lines = [each for each in lines if each is not line]
            x, y = float(self._x[line].mean()), float(self._y[line].mean())
            box = min(box[0], int(x)), min(box[1], int(y)), max(box[2], int(x)), max(box[3], int(y))

    def _lines(self) -> list[_Line]:
        lines = []
        for number in np.unique(self._line[self._unread]):
            at = self._unread & (self._line == number)
            x = self._x[at]
            lines.append(_Line(x.min(), x.max(), float(self._y[at].mean()), float(self._half[at].mean())))
        return sorted(lines, key=lambda line: line.y)

    def _shares(self, text: str) -> Iterator[tuple[int, tuple[float, int]]]:
        """Of each block that is too short: its place, the share of its print that is read, and its rows of print."""
        read, shown = dict[int, int](), dict[int, float]()
        for at, block in enumerate(self._blocks):
            own = text[block.content : block.end]
            # The released network writes a table's rows behind its caption, which is another block.
            if block.label not in _EXEMPT and (own.strip() or block.label != "table"):
                read[at], shown[at] = _letters(own), float(self._letters[self._owner == at].sum())
        usual = [letters / shown[at] for at, letters in read.items() if shown[at] >= _TELLING]
        norm = float(np.clip(np.median(usual), *_USUAL)) if usual else 1.0
        for at, letters in read.items():
            share = letters / max(shown[at] * norm, 1.0)
            if share < _SHORT:
                held = self._owner == at
                rows = _rows(zip(self._y[held].tolist(), self._half[held].tolist(), strict=True))
                if rows * (1 - share) >= _LEAST_SHORT:
                    yield at, (share, rows)


def _letters(text: str) -> int:
    """Letters of a grounded text, as wide as those of Latin are: Chinese has twice their width."""
    shown = _COMMAND.sub("", MARKUP.sub("", text))
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in shown if not sign.isspace())


def _area(block: Block) -> int:
    return sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in block.boxes)


def _rows(places: Iterable[tuple[float, float]]) -> int:
    """How many heights on the page there are among (y, half height), those beside each other taken as one."""
    rows, last = 0, -np.inf
    for y, half in sorted(places):
        if y - last > 2 * half:
            rows, last = rows + 1, y
    return rows


def _together(lines: Iterable[_Line]) -> list[list[_Line]]:
    """Groups of lines, given from top to bottom, that stand near each other."""
    groups: list[list[_Line]] = []
    for line in lines:
        for group in groups:
            last = group[-1]
            gap = max(line.left, last.left) - min(line.right, last.right)
            if line.y - last.y <= _NEAR_DOWN * line.half and gap <= _NEAR_ACROSS:
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    x1, y1, x2, y2 = (min(max(round(float(side)), 0), 999) for side in (left - 4, top, right + 4, bottom))
    return x1, y1, x2, y2
