"""The blocks of a page's grounded text, in either grammar of the family."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.transcript import Box

PICTURES: Final = frozenset({"image", "figure", "picture", "chart", "diagram"})
"""Labels of blocks whose boxes hold pictures, in any of the family's members."""
# A block's head, with its label and all its boxes. A label is short; longer, and it is text in which a mark was lost.
_HEAD: Final = re.compile(
    r"<\|ref\|>(?P<ref>[^<\n]{0,40})<\|/ref\|><\|det\|>(?P<boxes>\[\[[\d\s,\[\]]*\]\])<\|/det\|>"
    r"|<\|det\|>(?P<det>[^<\n\[]{1,40}?)\s?(?P<box>\[[\d\s,\[\]]*\])<\|/det\|>"
)
_BOX: Final = re.compile(r"(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")


@dataclass(frozen=True)
class Block:
    """A block as it stands in a text: its head from `start`, its content from `content`, up to `end`, where the next
    one begins. The label is in lower case."""

    label: str
    boxes: tuple[Box, ...]
    start: int
    content: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """All blocks in their order; what stands before the first head is in none."""
    heads = list(_HEAD.finditer(text))
    for head, end in zip(heads, [*(head.start() for head in heads[1:]), len(text)], strict=False):
        label = (head["ref"] or head["det"] or "").strip().lower()
        yield Block(label, tuple(_boxes(head["boxes"] or head["box"])), head.start(), head.end(), end)


def _boxes(text: str) -> Iterator[Box]:
    for numbers in _BOX.findall(text):
        x1, y1, x2, y2 = map(int, numbers)
        yield x1, y1, x2, y2
