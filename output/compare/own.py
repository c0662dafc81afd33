"""What is known of a page's own text, as whoever reads the document tells it to the comparisons of this folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from output.compare.tokens import tokens
from output.grounding.blocks import Box, PageBlocks
from output.grounding.parser import GRID


class Kind(StrEnum):
    """Whether a word is to be seen, or why it is not."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    OUTSIDE = "outside"
    OVERPRINT = "overprint"
    UNREADABLE = "unreadable"
    UNREAD = "unread"  # to be seen, but not by the program that the text comes from


SEEN = frozenset({Kind.VISIBLE, Kind.UNREAD})


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A word of the PDF's own text: left, top, right, bottom in points of the page as displayed."""

    text: str
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    kind: Kind = Kind.VISIBLE


@dataclass(frozen=True)
class OwnPage:
    """All words of a page's text layer, in its order. `sound`: whether the layer can be believed; `whole`: whether the
    page's contents can be read to their end."""

    words: tuple[OwnWord, ...]
    sound: bool = True
    whole: bool = True

    @property
    def visible(self) -> tuple[OwnWord, ...]:
        """What a reader of the page sees."""
        return tuple(word for word in self.words if word.kind in SEEN)


def placed_tokens(words: Iterable[OwnWord]) -> list[tuple[str, OwnWord]]:
    """The words as they are counted, each with where it stands."""
    return [(token, word) for word in words for token in tokens(word.text)]


def inside(word: OwnWord, boxes: Iterable[Box], page: PageBlocks) -> bool:
    """Whether the middle of a word is in one of the boxes on its page."""
    x = (word.box[0] + word.box[2]) / 2 * GRID / max(page.width, 1e-9)
    y = (word.box[1] + word.box[3]) / 2 * GRID / max(page.height, 1e-9)
    return any(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for box in boxes)
