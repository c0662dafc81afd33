"""Links put where their words stand: found in a text by letters and digits alone, whatever else differs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.entities import html5
from typing import Protocol
from urllib.parse import quote

from output.text import maths

OPEN, CLOSE = "\ufdd2", "\ufdd3"
"""Noncharacters around a link's words, which the parser takes out of what it reads."""

_SURE = 12  # letters of a text that is hardly there a second time, a word or two: what is beside it need not agree
_AGREE = 5  # letters on one side of it that must agree, about a word: more, and what a network misread costs the link
_MOST_BETWEEN = 4  # signs: of `https://` three, and a space
_NOT_TEXT = re.compile(r"</?(?:sup|sub|b|i|br)>|\ufdd0\d{1,6}\ufdd1")
_SAFE = re.compile(r"https?://[^\s/]|mailto:[^\s@]+@[^\s@]|#[\w-]+\Z", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=([A-Za-z][A-Za-z0-9]{0,31};|#))")
_BRACKET = re.compile(r"(?<!\\)([\[\]])")


class Anchor(Protocol):
    """Words that lead somewhere, and what stands beside them."""

    @property
    def text(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


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


def letters(text: str) -> str:
    """What a text is found by."""
    return "".join(letter for letter, _ in _letters(text))


class Pending:
    """The links of a piece that are yet to be placed; each is placed once, in the order in which they come."""

    def __init__(self, links: Iterable[Anchor]) -> None:
        self._links = [link for link in links if letters(link.text) and safe(link.target)]

    def spans(self, text: str) -> list[Span]:
        """Where links stand in a part of the piece's text; such as follow each other to one address are one."""
        if not self._links:
            return []
        spans: list[Span] = []
        placed = list(_letters(text))
        for link in tuple(self._links):
            found = _find(link, placed, spans)
            if found is not None:
                spans.append(Span(*found, safe(link.target)))
                self._links.remove(link)
        return _joined(text, sorted(spans, key=lambda span: span.start))


def marked(text: str, spans: Sequence[Span]) -> str:
    """The text with noncharacters around each link's words."""
    for span in reversed(spans):
        text = f"{text[: span.start]}{OPEN}{text[span.start : span.end]}{CLOSE}{text[span.end :]}"
    return text


def as_markdown(text: str, spans: Sequence[Span]) -> str:
    """Escaped text, where what the noncharacters mark becomes links."""
    targets = iter(spans)

    def link(match: re.Match[str]) -> str:
        words = _BRACKET.sub(r"\\\1", match[1])
        return "\\!" * bool(match[0][0] == "!") + f"[{words}]({next(targets).target})"  # else it were a picture

    return re.sub(f"!?{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}", link, text)


def _letters(text: str) -> Iterator[tuple[str, int]]:
    """Letters and digits, folded, each with its place; none of formulas, tags and references."""
    hidden = [(f.start, f.end) for f in maths.find(text)] + [m.span() for m in _NOT_TEXT.finditer(text)]
    skipped = {i for start, end in hidden for i in range(start, end)}
    for i, char in enumerate(text):
        if char.isalnum() and i not in skipped:
            yield from ((c, i) for c in unicodedata.normalize("NFKC", char).casefold() if c.isalnum())


def _find(link: Anchor, placed: Sequence[tuple[str, int]], taken: Sequence[Span]) -> tuple[int, int] | None:
    """The place where the link's words stand and what is beside them agrees best; the first of equal ones."""
    text, words = "".join(letter for letter, _ in placed), letters(link.text)
    before, after = letters(link.before), letters(link.after)
    best, place = -1, None
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        start, stop = placed[at][1], placed[end - 1][1] + 1
        free = all(stop <= span.start or span.end <= start for span in taken)
        agreed = _agreed(text[:at][::-1], before[::-1]), _agreed(text[end:], after)
        if free and sum(agreed) > best and (len(words) >= _SURE or _tells(agreed, (at, len(text) - end), link)):
            best, place = sum(agreed), (start, stop)
        at = text.find(words, at + 1)
    return place


def _agreed(a: str, b: str) -> int:
    """How many letters two texts begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _tells(agreed: tuple[int, int], there: tuple[int, int], link: Anchor) -> bool:
    """Whether one of the sides agrees, or both where they are too short to tell much."""
    known = len(letters(link.before)), len(letters(link.after))
    most = [min(a, b, _AGREE) for a, b in zip(there, known, strict=True)]
    same = [a >= b for a, b in zip(agreed, most, strict=True)]
    return all(same) or any(s and m == _AGREE for s, m in zip(same, most, strict=True))


def _is_nothing(between: str) -> bool:
    """Whether two parts of a link are parted by a line's end alone, with a hyphen or the signs of an address."""
    return len(between) <= _MOST_BETWEEN and not any(c.isalnum() for c in between)


def _joined(text: str, spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.target == span.target and _is_nothing(text[last.end : span.start]):
            joined[-1] = Span(last.start, span.end, span.target)
        else:
            joined.append(span)
    return joined
