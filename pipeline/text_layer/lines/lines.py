"""Words and lines: the leaf types that all parts of the text layer share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from pipeline.text_layer.lines.geometry import Rect, bounds

SOFT_HYPHEN = "\xad"
LEADERS = re.compile(r"(?:\.\s?){5,}|…{2,}")
"""Dots that lead from an entry to its page number."""


@dataclass(frozen=True)
class Word:
    """Glyphs without a space between them. `size` is the font size in points; `box` spans the glyphs' em height."""

    text: str
    box: Rect
    size: float
    bold: bool = False
    mono: bool = False
    spaced: bool = True  # whether a space stands before it on its line


@dataclass(frozen=True)
class Line:
    """Words on one baseline without a wide gap, in reading order."""

    words: tuple[Word, ...]
    box: Rect

    @cached_property
    def text(self) -> str:
        return "".join((" " if w.spaced and i else "") + w.text for i, w in enumerate(self.words))

    @cached_property
    def size(self) -> float:
        """The size of most glyphs."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[round(word.size * 2) / 2] += len(word.text)
        return sizes.most_common(1)[0][0]

    @cached_property
    def bold(self) -> bool:
        return sum(len(w.text) for w in self.words if w.bold) > 0.8 * sum(len(w.text) for w in self.words)

    @cached_property
    def mono(self) -> bool:
        return all(w.mono for w in self.words)


def line_of(words: list[Word] | tuple[Word, ...]) -> Line:
    return Line(tuple(words), bounds(w.box for w in words))
