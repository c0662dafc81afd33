"""The shape of a block, as its paragraphs show by it: how its lines are set in."""

from __future__ import annotations

import re
from functools import cached_property

from pipeline.text_layer.lines.blocks import Block

PAGED = re.compile(r"^\d{1,4}\s+[^\W\d_]")
"""A title of a table of contents behind the number of its page."""


class Shape:
    """What all lines of a block say of where its paragraphs begin."""

    def __init__(self, block: Block) -> None:
        self.block = block

    @cached_property
    def is_paged(self) -> bool:
        """Whether its lines are titles behind the numbers of their pages."""
        return all(PAGED.match(line.text) for line in self.block.lines)

    @cached_property
    def indents(self) -> list[float]:
        """How far each line is set in, in em to a tenth."""
        # An indent is a full em or more, an optical margin or a skewed scan a third at most; .7 and .3, here and where
        # it is asked, keep clear of both.
        left, size = self.block.box.x0, self.block.size
        return [round((line.box.x0 - left) / size, 1) for line in self.block.lines]

    @cached_property
    def hangs(self) -> bool:
        """Whether most lines are set in, but not the first one, as in bibliographies."""
        return sum(x > 0.7 for x in self.indents) > 0.5 * len(self.indents) and self.indents[0] < 0.3

    @cached_property
    def is_centred(self) -> bool:
        block, middle = self.block, self.block.box.middle[0]
        off = [abs(line.box.middle[0] - middle) for line in block.lines]
        ragged = max(line.box.x0 for line in block.lines) - block.box.x0 > block.size
        return len(off) > 1 and ragged and max(off) < 0.35 * block.size
