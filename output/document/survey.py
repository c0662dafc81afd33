"""What can only be known from all pages together: running heads, contents, footnotes, heading levels, captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from language.hyphens import Vocabulary
from output.document import captions, contents, footnotes, levels, running, stray_rows
from output.document.stated import asides, boxes, emphasis, links, outline, pictures, targets
from output.grounding.blocks import Entry, PageBlocks
from output.pictures import figures
from output.text import words

_EDGES = re.compile(r"\A[^\W\d_A-Z]\w*|\w+-\Z")  # what may be half a word, where a page's or column's end broke it


@dataclass(frozen=True)
class Survey:
    """Pages whose blocks have their facts, in the order in which they are read, and the words that are in use."""

    pages: tuple[PageBlocks, ...]
    vocabulary: Vocabulary


def survey(pages: Sequence[PageBlocks], stated: Sequence[Entry] = ()) -> Survey:
    """Look at all pages that will be one document. What is true of a page alone comes from that page as a list.
    `stated` is the outline of the document.

    Each step sees what those before it found: a running head is no entry of a table of contents, an entry may refer to
    a footnote, and neither is a heading.
    """
    # From all blocks, before any is dropped or joined: what stands in a running head is a word of the document, too.
    texts = (_EDGES.sub("", block.text) for page in pages for block in page.blocks)
    vocabulary = words.vocabulary(texts)
    for step in (stray_rows.mark, running.mark, contents.mark, footnotes.link, levels.mark):
        pages = step(pages)
    pages = boxes.mark(pictures.mark(asides.mark(pages)))
    pages = emphasis.mark(links.mark(targets.resolve(outline.mark(pages, stated))))
    return Survey(tuple(captions.place(figures.plan(page)) for page in pages), vocabulary)
