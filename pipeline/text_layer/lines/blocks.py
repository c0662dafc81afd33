"""Lines → blocks: lines of one size that follow each other at the usual pitch, each the only neighbour of the next."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from pipeline.text_layer.characters.maths import MATHS, is_wordless
from pipeline.text_layer.lines.geometry import Rect, bounds
from pipeline.text_layer.lines.lines import Line

_LONE_NUMBER = re.compile(r"^\d{1,4}$")
_INSET = 2.0  # em from the edge of its text: display formulas stand in the middle or are set in by two em and more
SAME_LEFT = 0.3
"""Em by which two lines of one column begin apart: an optical margin or a scan askew."""


@dataclass(frozen=True)
class Block:
    """Lines of one column without a gap between them, from top to bottom."""

    lines: tuple[Line, ...]
    box: Rect

    @cached_property
    def size(self) -> float:
        return median(line.size for line in self.lines)


def block_of(lines: list[Line]) -> Block:
    return Block(tuple(lines), bounds(line.box for line in lines))


def make_blocks(lines: list[Line]) -> list[Block]:
    """Group lines (sorted by top edge) from the bottom up; blocks come sorted by top edge."""
    below = _neighbours(lines)
    above: dict[int, list[int]] = defaultdict(list)
    for i, targets in below.items():
        for j in targets:
            above[j].append(i)
    _part_last_words(lines, below, above)
    pairs = [(i, js[0]) for i, js in below.items() if len(js) == 1 and len(above[js[0]]) == 1]
    pairs = [(i, j) for i, j in pairs if alike(lines[i], lines[j])]
    usual = _usual_pitch(lines, pairs)
    nexts = {i: j for i, j in pairs if _pitch(lines[i], lines[j]) <= 1.25 * usual[round(lines[j].size)] + 0.5}
    heads = set(range(len(lines))) - set(nexts.values())
    blocks = []
    for i in sorted(heads):
        chain = [i]
        while chain[-1] in nexts:
            chain.append(nexts[chain[-1]])
        blocks.append(block_of([lines[k] for k in chain]))
    return blocks


def _part_last_words(lines: list[Line], below: dict[int, list[int]], above: dict[int, list[int]]) -> None:
    """Take away pairs of which the upper line is a paragraph's last word and the lower one the second of the next.

    The first line of the next paragraph is set in so far that it does not stand under the word, but under its line.
    """
    for j, tops in above.items():
        if len(tops) != 2:
            continue
        word, first = sorted(tops, key=lambda i: lines[i].box.y1)
        is_lower = lines[first].box.y0 > lines[word].box.middle[1]
        at_edge = abs(lines[word].box.x0 - lines[j].box.x0) < SAME_LEFT * lines[j].size
        if is_lower and at_edge and any(lines[h].box.overlap_x(lines[first].box) > 0 for h in above.get(word, ())):
            tops.remove(word)
            below[word].remove(j)


def _neighbours(lines: list[Line]) -> dict[int, list[int]]:
    """For each line the lines of the next row under it that share some of its width."""
    below: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        row: list[int] = []
        floor = float("inf")
        for j in range(i + 1, len(lines)):
            box = lines[j].box
            if box.y0 > min(line.box.y1 + 2.5 * line.size, floor):
                break
            if box.middle[1] > line.box.y1 - 0.1 * line.size and box.overlap_x(line.box) > 0:
                row.append(j)
                floor = min(floor, box.y1 - 0.4 * box.height)
        below[i] = row
    return below


def alike(a: Line, b: Line) -> bool:
    """Of one size and weight: what could be two lines of one paragraph or heading."""
    if max(a.size, b.size) > 1.12 * min(a.size, b.size) + 0.3 or a.mono != b.mono:
        return False
    if _LONE_NUMBER.match(b.text) and b.box.x0 - a.box.x0 > 4 * a.size:
        return False  # a page number, right below the last line
    if _is_displayed(a, b) or _is_displayed(b, a):
        return False
    # Bold type within a paragraph goes on in lower case; a bold heading is followed by a capital.
    return a.bold == b.bold or (b.text[:1].islower() and a.text[-1:] not in ".:!?")


def _is_displayed(line: Line, other: Line) -> bool:
    """Whether a line is a formula that is set in from a line of text above or below it."""
    inset = line.box.x0 - other.box.x0 > _INSET * line.size
    return inset and bool(MATHS.search(line.text)) and is_wordless(line.text) and not is_wordless(other.text)


def _pitch(a: Line, b: Line) -> float:
    return b.foot - a.foot


def _usual_pitch(lines: list[Line], pairs: list[tuple[int, int]]) -> dict[int, float]:
    """The median distance of baselines per rounded font size, at most twice the size."""
    pitches: dict[int, list[float]] = defaultdict(list)
    for i, j in pairs:
        pitches[round(lines[j].size)].append(_pitch(lines[i], lines[j]))
    usual = {size: 1.25 * size for size in {round(line.size) for line in lines}}
    for size, values in pitches.items():
        usual[size] = min(max(median(values), 1.1 * size), 2.0 * size) if len(values) > 2 else 1.35 * size
    return usual
