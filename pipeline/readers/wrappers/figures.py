"""Pictures that are read once more by themselves: a chart's table, or a drawing's words, comes under its picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipeline.model.family.blocks import PICTURES, Block, blocks
from pipeline.readers.parts.returning import ByParts
from pipeline.readers.wrappers.around import Around
from pipeline.transcript import Box, Finish, PageRef, Transcript

PARSED = "+figures/1"
"""What the settings of a reader end in that parses pictures."""

_MARK: Final = re.compile(r"<\|[^\s|<>]{1,64}\|>|<\|(?:det|ref)\|>.*?<\|/(?:det|ref)\|>")
# Of the grid of 999, a side. Smaller pictures are signs and bullets, of which nothing could be read. Chosen.
_LEAST: Final = 40
# Pictures of one page. A page in a loop may list thousands. Chosen.
_MOST: Final = 24


class WithFigures(Around):
    """A Transcriber around one that takes parts of pages: after a page come its pictures, each as a part to be parsed.

    A page is given when its pictures are done. A picture of which nothing comes stays as it was.
    """

    @property
    def settings(self) -> str:
        """The inner one's, and that pictures are parsed."""
        return self._inner.settings + PARSED

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return _Supply(pages).read_by(self._inner)


class _Supply(ByParts):
    """Pages to be read, and pictures of those that were."""

    def parts(self, page: Transcript) -> tuple[Transcript, Sequence[Box]]:
        return page, pictures(page.text) if page.finish.good else []

    def whole(self, page: Transcript, parts: Sequence[Transcript]) -> Transcript:
        found = {part.ref.part: part.text for part in parts if part.ref.part and part.finish is Finish.STOP}
        return replace(page, text=with_found(page.text, found))


def pictures(text: str) -> list[Box]:
    """The places of a grounded text's pictures, each once, in their order; those that are too small are left out."""
    found = (box for block in blocks(text) for box in _places(block))
    return list(dict.fromkeys(found))[:_MOST]


def with_found(text: str, found: dict[Box, str]) -> str:
    """A grounded text in which under each picture stands what was found in it, as a block at its place."""
    pieces, at = list[str](), 0
    for block in blocks(text):
        said = [_block(box, found[box]) for box in _places(block) if found.get(box, "").strip()]
        if said:
            pieces += [text[at : block.end].rstrip("\n"), *said, "" if block.end == len(text) else "\n\n"]
            at = block.end
    return "".join(pieces) + text[at:]


def _places(block: Block) -> Iterator[Box]:
    if block.label in PICTURES:
        yield from ((x1, y1, x2, y2) for x1, y1, x2, y2 in block.boxes if min(x2 - x1, y2 - y1) >= _LEAST)


def _block(box: Box, said: str) -> str:
    """What was said is text of its page, and no mark in it may become one of the page's own."""
    words = _MARK.sub("", said).strip()
    label = "table" if "<table" in words else "text"
    return f"\n\n<|ref|>{label}<|/ref|><|det|>[[{', '.join(map(str, box))}]]<|/det|>\n{words}"
