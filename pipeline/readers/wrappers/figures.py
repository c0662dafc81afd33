"""Pictures that are read once more by themselves: a chart's table, or a drawing's words, comes under its picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pipeline.model.family.blocks import Block, blocks
from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.returning import Returning
from pipeline.transcript import Box, Finish, PageRef, Transcript

PARSED = "+figures/1"
"""What the settings of a reader end in that parses pictures."""

_PICTURES: Final = ("image", "figure", "picture", "chart", "diagram")
_MARK: Final = re.compile(r"<\|[^\s|<>]{1,64}\|>|<\|(?:det|ref)\|>.*?<\|/(?:det|ref)\|>")
# Of the grid of 999, a side. Smaller pictures are signs and bullets, of which nothing could be read. Chosen.
_LEAST: Final = 40
# Pictures of one page. A page in a loop may list thousands. Chosen.
_MOST: Final = 24


@dataclass
class _Waiting:
    page: Transcript
    missing: set[Box]
    found: dict[Box, str]


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
        supply = _Supply(pages)
        while supply.pending():
            for transcript in self._inner.transcribe(supply):
                if (whole := supply.settle(transcript)) is not None:
                    yield whole


class _Supply(Returning):
    """Pages to be read, and pictures of those that were."""

    def __init__(self, pages: Iterable[PageRef]) -> None:
        super().__init__(pages)
        self._waiting: dict[PageRef, _Waiting] = {}

    def settle(self, read: Transcript) -> Transcript | None:
        """The page that is done by this, if one is."""
        if read.ref.part is None:
            return self._begun(read)
        page = replace(read.ref, part=None)
        waiting = self._waiting[page]
        waiting.missing.discard(read.ref.part)
        if read.finish is Finish.STOP:
            waiting.found[read.ref.part] = read.text
        if waiting.missing:
            return None
        del self._waiting[page]
        return replace(waiting.page, text=with_found(waiting.page.text, waiting.found))

    def _begun(self, page: Transcript) -> Transcript | None:
        parts = pictures(page.text) if page.finish.good else []
        if not parts:
            return page
        self._waiting[page.ref] = _Waiting(page, set(parts), {})
        self.again(replace(page.ref, part=part) for part in parts)
        return None


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
    if block.label in _PICTURES:
        yield from ((x1, y1, x2, y2) for x1, y1, x2, y2 in block.boxes if min(x2 - x1, y2 - y1) >= _LEAST)


def _block(box: Box, said: str) -> str:
    """What was said is text of its page, and no mark in it may become one of the page's own."""
    words = _MARK.sub("", said).strip()
    label = "table" if "<table" in words else "text"
    return f"\n\n<|ref|>{label}<|/ref|><|det|>[[{', '.join(map(str, box))}]]<|/det|>\n{words}"
