"""Rows of a table that a network wrote outside of it: `Total</td><td>12</td></tr></table>` goes back into a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from output.grounding.blocks import Block, PageBlocks
from output.grounding.roles import Role

# A cell that ends before any begins, with another tag of a table right behind: nothing that is printed on a page about
# HTML begins so, which names a tag, or shows an element with its start.
_STRAY = re.compile(
    r"\A(?:(?!<t[dhr]\b|<table\b).)*?</(?:td|th|tr)>\s*(?:</?(?:td|th|tr|thead|tbody|table)\b|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_BEGUN = re.compile(r"(?:<(?:tr|td|th)\b[^<>]*>\s*)+\Z", re.IGNORECASE)  # cells without any text, cut off
_KINDS = (Role.TEXT, Role.LIST, Role.HEADING, Role.TITLE, Role.CAPTION)


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where text that consists of the end of a table is shown as one.

    Only what a network read: in the PDF's own text a tag is printed.
    """
    return tuple(page if page.is_own_text else replace(page, blocks=tuple(map(_marked, page.blocks))) for page in pages)


def _marked(block: Block) -> Block:
    if block.role not in _KINDS or not _STRAY.match(block.text):
        return block
    return replace(block, found_role=Role.TABLE, shown=f"<table><tr><td>{_BEGUN.sub('', block.text)}")
