"""Words found in a text by letters and digits alone, whatever else differs between two readings of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from output.text import maths

# Letters of a text that is hardly there a second time, a word or two: what is beside it need not agree. Shorter, and
# "here" leads from the wrong sentence; longer, and misread neighbours cost links. Chosen, not measured.
_SURE = 12
# Letters on one side of it that must agree, about a word: more, and what a network misread costs the words their mark;
# fewer, and the first of several equal words is taken. Chosen, not measured.
_AGREE = 5
# Signs between two parts of one link: of `https://` three, and a space.
_MOST_BETWEEN = 4
_NOT_TEXT = re.compile(r"</?(?:sup|sub|b|i|br|table|tr|t[dh]|caption)\b[^<>]{0,99}>|\ufdd0\d{1,6}\ufdd1")


class Words(Protocol):
    """Words of a page as its document states them, and what stands beside them."""

    @property
    def text(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


W = TypeVar("W", bound=Words)


@dataclass(frozen=True)
class Place(Generic[W]):
    """Where words stand: text[start:end]."""

    start: int
    end: int
    words: W


class Readable:
    """A text with its letters and digits, folded, each with its place; none of formulas, tags and references."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._placed = list(self._walk())

    @cached_property
    def letters(self) -> str:
        """What the text is found by."""
        return "".join(letter for letter, _ in self._placed)

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The places of formulas, tags and references."""
        spans = [(f.start, f.end) for f in maths.find(self.text)]
        spans += [found.span() for found in _NOT_TEXT.finditer(self.text)]
        return frozenset(i for start, end in spans for i in range(start, end))

    def span(self, at: int, count: int) -> tuple[int, int]:
        """From where to where `count` letters from letter `at` on stand in the text."""
        return self._placed[at][1], self._placed[at + count - 1][1] + 1

    def _walk(self) -> Iterator[tuple[str, int]]:
        for i, char in enumerate(self.text):
            if char.isalnum() and i not in self.hidden:
                folded = char.lower() if char.isascii() else unicodedata.normalize("NFKC", char).casefold()
                yield from ((c, i) for c in folded if c.isalnum())


def letters(text: str) -> str:
    """What a text is found by."""
    return Readable(text).letters


class Pending(Generic[W]):
    """Words that are yet to be placed; each is placed once, in the order in which they come."""

    def __init__(self, words: Iterable[W]) -> None:
        self._words = [(one, known) for one in words if (known := letters(one.text))]

    def places(self, text: str) -> list[Place[W]]:
        """Where words stand in a part of the piece's text, from left to right."""
        if not self._words:
            return []
        readable = Readable(text)
        found: list[Place[W]] = []
        for pair in tuple(self._words):
            one, known = pair
            if known in readable.letters and (span := _find(one, known, readable, found)):
                found.append(Place(*span, one))
                self._words.remove(pair)
        return sorted(found, key=lambda place: place.start)


def is_nothing(between: str) -> bool:
    """Whether two parts of a mark are parted by a line's end alone, with a hyphen or the signs of an address."""
    return len(between) <= _MOST_BETWEEN and not any(c.isalnum() for c in between)


def _find(one: Words, known: str, there: Readable, taken: Sequence[Place[W]]) -> tuple[int, int] | None:
    """The place where the words stand and what is beside them agrees best; the first of equal ones."""
    text = there.letters
    beside = letters(one.before)[::-1], letters(one.after)
    best, place = -1, None
    at = text.find(known)
    while at >= 0:
        end = at + len(known)
        start, stop = there.span(at, len(known))
        free = all(stop <= span.start or span.end <= start for span in taken)
        agreed = _agreed(text[:at][::-1], beside[0]), _agreed(text[end:], beside[1])
        room = at, len(text) - end
        if free and sum(agreed) > best and (len(known) >= _SURE or _tells(agreed, room, beside)):
            best, place = sum(agreed), (start, stop)
        at = text.find(known, at + 1)
    return place


def _agreed(a: str, b: str) -> int:
    """How many letters two texts begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _tells(agreed: tuple[int, int], room: tuple[int, int], beside: tuple[str, str]) -> bool:
    """Whether one of the sides agrees, or both where they are too short to tell much."""
    most = [min(there, len(known), _AGREE) for there, known in zip(room, beside, strict=True)]
    same = [a >= b for a, b in zip(agreed, most, strict=True)]
    return all(same) or any(s and m == _AGREE for s, m in zip(same, most, strict=True))
