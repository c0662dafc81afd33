"""What running heads say is said once: the first of those that are alike is kept, and each that has no like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import islice

from output.document import folios
from output.grounding.blocks import Block, PageBlocks
from output.grounding.roles import Role

# Of the letters of two readings of one line: one in ten misread in each leaves .8. Lower, and the heads of two sections
# that share their first words are taken for one; higher, and misread heads stand in the text. Chosen, not measured.
_MISREAD = 0.8
# Different heads that come again, which a misread one is held against: time stays linear in the pages. In a document
# with more, a misread head may be kept, which shows too much and loses nothing.
_MOST_COMPARED = 200
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class _Head:
    """A block that is labelled a running head: the page, its place there, its text but for the page number."""

    page: int
    index: int
    key: str
    is_own: bool  # the PDF's own text, where no letter is misread


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages with `kept` in the first running block that says something, and in each that alone says it.

    What a heading says as well is said, and so is what is left of a line but for its page number. Where a network read,
    a line may differ from the one on another page by letters, but not by digits.
    """
    heads = list(_heads(pages))
    seen: dict[str, set[int]] = defaultdict(set)
    for head in heads:
        seen[head.key].add(head.page)
    repeated = [key for key, found in seen.items() if len(found) > 1]
    headings = [_words(b.text) for page in pages for b in page.blocks if b.role in (Role.TITLE, Role.HEADING)]
    kept: dict[tuple[int, int], str] = {}
    for head in heads:
        said = seen.pop(head.key, None)
        if said is None or any(f" {_words(head.key)} " in f" {heading} " for heading in headings):
            continue
        if len(said) > 1:
            kept[head.page, head.index] = "first"
        elif head.is_own or not any(_is_misread(head.key, key) for key in islice(repeated, _MOST_COMPARED)):
            kept[head.page, head.index] = "once"
    return tuple(
        replace(page, blocks=tuple(_marked(b, kept.get((page.number, i), "")) for i, b in enumerate(page.blocks)))
        for page in pages
    )


def _marked(block: Block, kept: str) -> Block:
    return replace(block, kept=kept) if kept else block


def _heads(pages: Sequence[PageBlocks]) -> list[_Head]:
    """All running blocks with text but page numbers, in their order, without the number that counts the pages."""
    patterns: dict[str, list[tuple[PageBlocks, int]]] = defaultdict(list)
    for page in pages:
        for i, block in enumerate(page.blocks):
            if block.running and block.text.strip() and not folios.is_page_number(block):
                patterns[folios.pattern(block.text)].append((page, i))
    heads = []
    for places in patterns.values():
        column = folios.counting([(page.number, page.blocks[i].text) for page, i in places])
        for page, i in places:
            heads.append(_Head(page.number, i, folios.key(page.blocks[i].text, column), page.is_own_text))
    return sorted(heads, key=lambda head: (head.page, head.index))


def _is_misread(one: str, other: str) -> bool:
    # A wrong digit may be the whole difference between two heads ("Section 3", "Section 8"), a wrong letter hardly is.
    digits = [re.findall(r"\d", text) for text in (one, other)]
    return digits[0] == digits[1] and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _MISREAD


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.casefold()).strip()
