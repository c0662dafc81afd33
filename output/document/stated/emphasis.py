"""Bold, italic, struck-out and typewriter words as the document states them, where they tell something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from output.document.stated.owners import owned
from output.grounding.blocks import PLAIN, Block, Emphasis, PageBlocks, Style
from output.grounding.roles import Role
from output.marks import places
from output.text import headings

_PLAIN_ROLES = frozenset({Role.CODE, Role.FORMULA, Role.FIGURE, Role.RUNNING})
# A number that opens a text, as a clause's or that of a page in a contents list, is bold for its looks.
_NUMBER = re.compile(r"\(?\d{1,4}(?:\.\d{1,3})*[.)]?")
_HEADINGS = frozenset({Role.TITLE, Role.HEADING})


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where blocks have the emphasis that stands in them. A heading is bold by itself."""
    return tuple(_on_page(page) if page.emphasis else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    found = owned(page, page.emphasis)
    blocks = (replace(b, emphasis=tuple(_telling(b, found.get(i, ())))) for i, b in enumerate(page.blocks))
    return replace(page, blocks=tuple(blocks))


def _telling(block: Block, stated: Sequence[Emphasis]) -> Iterator[Emphasis]:
    """What is worth a mark in a block."""
    if block.role in _PLAIN_ROLES:
        return
    usual = PLAIN
    if block.role in _HEADINGS:
        whole = len(places.letters(headings.split(block.content)[1]))
        usual = Style(bold=True, italic=_covers(whole, (e.text for e in stated if e.style.italic)), code=True)
    for one in stated:
        opens = _NUMBER.fullmatch(one.text) is not None and block.content.startswith(one.text)
        if (style := one.style.without(replace(usual, bold=usual.bold or opens))) != PLAIN:
            yield replace(one, style=style)


def _covers(letters: int, texts: Iterable[str]) -> bool:
    return sum(len(places.letters(text)) for text in texts) >= letters
