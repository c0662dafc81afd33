"""Emphasis as a document states it: which words are bold, italic, struck out or code, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from output.grounding.blocks import PLAIN, Style
from output.marks.places import Place, Readable, Words, is_nothing
from output.text.escape import BOLD

STRUCK = "[struck out: {}]"
"""How a text without marks says that words are no longer valid."""

_TAG = re.compile(r"<(/?)(sup|sub)>")
_WORDS_APART = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")  # scripts in which a mark may begin anywhere


class Emphasised(Words, Protocol):
    """Words in a style of their own."""

    @property
    def style(self) -> Style: ...


@dataclass(frozen=True)
class Run:
    """The place of words of one style: text[start:end]."""

    start: int
    end: int
    style: Style


def runs(text: str, places: Sequence[Place[Emphasised]]) -> list[Run]:
    """The runs of a text, whole words each; such as follow each other in one style are one."""
    readable = Readable(text)
    joined: list[Run] = []
    for run in (_with_signs(readable, place) for place in places):
        last = joined[-1] if joined else None
        if last and run.start < last.end:
            continue
        if last and last.style == run.style and is_nothing(text[last.end : run.start]):
            joined[-1] = Run(last.start, run.end, run.style)
        else:
            joined.append(run)
    whole = (_sound(readable, word) for run in joined if (word := _whole(readable, run)))
    return [run for run in whole if run.style != PLAIN]


def _with_signs(readable: Readable, place: Place[Emphasised]) -> Run:
    """The run with the signs at the ends of its words, which are set like them."""
    text, words = readable.text, place.words.text.strip()
    first = next(i for i, c in enumerate(words) if c.isalnum())
    behind = next(i for i, c in enumerate(reversed(words)) if c.isalnum())
    start, end = place.start, place.end
    if text[:start].endswith(words[:first]) and not readable.hidden.intersection(range(start - first, start)):
        start -= first
    if text.startswith(words[len(words) - behind :], end) and not readable.hidden.intersection(
        range(end, end + behind)
    ):
        end += behind
    return Run(start, end, place.words.style)


def _whole(readable: Readable, run: Run) -> Run | None:
    """The run without parts of words: those stay as they are, but what is struck out in part is wholly so."""
    text, start, end, outwards = readable.text, run.start, run.end, run.style.struck
    while _within_word(readable, start) and start < end:
        start += -1 if outwards else 1
    while _within_word(readable, end) and end > start:
        end += 1 if outwards else -1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Run(start, end, run.style) if any(c.isalnum() for c in text[start:end]) else None


def _within_word(readable: Readable, at: int) -> bool:
    """Whether a place is between two letters of one word."""
    text = readable.text
    if not 0 < at < len(text) or {at - 1, at} & readable.hidden:
        return False
    a, b = text[at - 1], text[at]
    return all(c.isalnum() or c == "_" for c in (a, b)) and not _WORDS_APART.match(a) and not _WORDS_APART.match(b)


def _sound(readable: Readable, run: Run) -> Run:
    """The run as it can be written: whole tags within, no tags or formulas in code, and nothing marked twice."""
    text, start, end, style = readable.text, run.start, run.end, run.style
    opened = 0
    for tag in _TAG.finditer(text, start, end):
        opened += -1 if tag[1] else 1
        if opened < 0:
            break
    if opened > 0 and (close := re.compile(r"</(?:sup|sub)>").match(text, end)):
        end, opened = close.end(), 0
    elif opened < 0 and (tag_before := re.search(r"<(?:sup|sub)>\Z", text[:start])):
        start, opened = tag_before.start(), 0
    if opened:
        return Run(start, end, PLAIN)
    if readable.hidden.intersection(range(start, end)) or "\n" in text[start:end] or "`" in text[start:end]:
        style = style.without(Style(code=True))
    if any(found.start() < end and start < found.end() for found in BOLD.finditer(text)):
        style = style.without(Style(bold=True))
    return Run(start, end, style)
