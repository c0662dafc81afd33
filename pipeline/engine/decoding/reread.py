"""A page that is read again where it was read: text that never repeats, at places that do."""

from __future__ import annotations

import re
from typing import Final

from pipeline.model.family.grammar import PAGE

_HEAD: Final = re.compile(
    r"(?:<\|ref\|>(?P<ref>[^<\n]{0,40})<\|/ref\|><\|det\|>\[|<\|det\|>(?P<det>[^<\n\[]{1,40}?) ?)\[(?P<box>[\d, ]*)"
)
_HOLDS_OTHERS: Final = ("image", "figure", "table")  # labels of blocks in which others may lie
# Blocks that are looked at: more costs tokens before a page that strays is stopped, fewer are chance.
_RECENT: Final = 12
# Of them that cannot be: no area, or over an earlier one. Of 1,000 good pages that were tried none has so many; a
# newspaper has ten.
_ASTRAY: Final = 11
# Of the smaller one's area. Neighbours in a newspaper overlap by a line or two; what is read again covers nearly all.
_COVERED: Final = 0.7

Box = tuple[int, int, int, int]


def find_rereading(text: str) -> int | None:
    """How many characters of a grounded text are good, where its last blocks have lost their way; None where not.

    The last block may be unfinished.
    """
    heads = list(_HEAD.finditer(text, max(0, text.rfind(PAGE))))[:-1]  # places of one page tell nothing of another's
    if len(heads) < _RECENT:
        return None
    boxes = [_box(head["box"]) for head in heads]
    holds = [(head["ref"] or head["det"]) in _HOLDS_OTHERS for head in heads]
    astray = [
        box is None
        or any(other and not hold and _over(box, other) for other, hold in zip(boxes[:i], holds, strict=False))
        for i, box in enumerate(boxes)
    ]
    if sum(astray[-_RECENT:]) < _ASTRAY:
        return None
    first = astray.index(True, len(astray) - _RECENT)
    while first and astray[first - 1]:
        first -= 1
    return heads[first].start()


def _box(numbers: str) -> Box | None:
    """Four numbers that make an area."""
    found = [int(number) for number in re.findall(r"\d{1,6}", numbers)]
    if len(found) != 4 or found[0] >= found[2] or found[1] >= found[3]:
        return None
    return found[0], found[1], found[2], found[3]


def _over(a: Box, b: Box) -> bool:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width > 0 and height > 0 and width * height >= _COVERED * smaller
