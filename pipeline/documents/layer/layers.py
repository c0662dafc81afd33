"""What is to be written on the pages: words in their boxes, in reading order."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as displayed."""


@dataclass(frozen=True)
class Placed:
    """A word in its box."""

    text: str
    box: Box


@dataclass(frozen=True)
class Marked:
    """Words that belong together; `tag` is what they are in the structure of a tagged PDF: P, H1, Table …"""

    tag: str
    words: tuple[Placed, ...]


@dataclass(frozen=True)
class Layer:
    """The text of page `number`, of `width` x `height` points; `has_text`: the page itself has its words.

    `turned`: how many quarter turns against the clock set its text upright.
    """

    number: int
    width: float
    height: float
    parts: tuple[Marked, ...]
    has_text: bool = False
    turned: int = 0
