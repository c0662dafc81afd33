"""What can only be known from all pages together: running heads, footnotes, heading levels, the words in use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from output.document import contents, footnotes, levels, running
from output.grounding.blocks import Block, PageBlocks
from output.text import words

_EDGES = re.compile(r"\A[^\W\d_A-Z]\w*|\w+-\Z")  # what may be half a word, where a page's or column's end broke it

Key = tuple[int, int]
"""A block's page number, from 1, and its index among the blocks of that page."""


@dataclass(frozen=True)
class Survey:
    """Facts of a document. `blocks` has those that are to be read differently than they stand on their page."""

    vocabulary: words.Vocabulary
    running: Mapping[Key, str]  # header, footer or page_number
    levels: Mapping[Key, int]  # 1..6, of headings
    blocks: Mapping[Key, Block]

    def block(self, page: PageBlocks, index: int) -> Block:
        """A block as it is to be rendered: with references to footnotes, and a running head labelled so."""
        key = page.number, index
        block = self.blocks.get(key, page.blocks[index])
        return replace(block, label=self.running[key]) if key in self.running else block


def survey(pages: Sequence[PageBlocks]) -> Survey:
    """Look at all pages that will be one document. What is true of a page alone comes from that page as a list."""
    repeated = running.find(pages)
    changed = contents.find(pages, repeated)
    changed |= footnotes.link([_seen(page, changed, repeated) for page in pages])
    texts = (_EDGES.sub("", block.text) for page in pages for block in page.blocks)
    return Survey(words.vocabulary(texts), repeated, levels.find(pages, repeated, changed), changed)


def _seen(page: PageBlocks, changed: Mapping[Key, Block], repeated: Mapping[Key, str]) -> PageBlocks:
    """The page with what is known so far, for a step that need not know where it comes from."""
    blocks = [changed.get((page.number, i), block) for i, block in enumerate(page.blocks)]
    labels = [repeated.get((page.number, i), block.label) for i, block in enumerate(blocks)]
    return replace(page, blocks=tuple(replace(b, label=label) for b, label in zip(blocks, labels, strict=True)))
