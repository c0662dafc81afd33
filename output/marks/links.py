"""Links that may be followed, and the words that are one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.entities import html5
from typing import Protocol
from urllib.parse import quote

from output.marks.places import Place, Words, is_nothing

_SAFE = re.compile(r"https?://[^\s/]|mailto:[^\s@]+@[^\s@]|#[\w-]+\Z", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=([A-Za-z][A-Za-z0-9]{0,31};|#))")


class Anchor(Words, Protocol):
    """Words that lead somewhere."""

    @property
    def target(self) -> str: ...


@dataclass(frozen=True)
class Span:
    """A link's place: text[start:end]."""

    start: int
    end: int
    target: str


def safe(target: str) -> str:
    """An address of the web, of a mailbox or within the document as Markdown has it; "" for any other.

    What could end the address, or be a formula or an entity, is percent-encoded.
    """
    target = target.strip()
    if not _SAFE.match(target):
        return ""
    shown = quote(target, safe="!#%&'*+,-./:;=?@_~[]", encoding="utf-8", errors="replace")
    return _ENTITY.sub(lambda m: "&amp;" if m[1] == "#" or m[1] in html5 else "&", shown)


def spans(text: str, places: Sequence[Place[Anchor]]) -> list[Span]:
    """The links of a text; such as follow each other to one address are one."""
    joined: list[Span] = []
    for place in places:
        target, last = safe(place.words.target), joined[-1] if joined else None
        if last and last.target == target and is_nothing(text[last.end : place.start]):
            joined[-1] = Span(last.start, place.end, target)
        else:
            joined.append(Span(place.start, place.end, target))
    return joined
