"""Pictures that are read once more by themselves: a chart's table, or a drawing's words, comes under its picture."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pipeline.transcriber import Transcriber, ready
from pipeline.transcript import Box, Finish, PageRef, Transcript

PARSED = "+figures/1"
"""What the settings of a reader end in that parses pictures."""

_PICTURES: Final = ("image", "figure", "picture", "chart", "diagram")
# A picture's head in either grammar, with the label and all its boxes.
_HEAD: Final = re.compile(
    r"<\|ref\|>(?P<ref>[^<\n]{0,40})<\|/ref\|><\|det\|>(?P<boxes>\[\[[\d\s,\[\]]*\]\])<\|/det\|>"
    r"|<\|det\|>(?P<det>[^<\n\[]{1,40}?)\s?(?P<box>\[[\d\s,\[\]]*\])<\|/det\|>"
)
_BOX: Final = re.compile(r"(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
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


class WithFigures:
    """A Transcriber around one that takes parts of pages: after a page come its pictures, each as a part to be parsed.

    A page is given when its pictures are done. A picture of which nothing comes stays as it was.
    """

    def __init__(self, inner: Transcriber) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """The inner one's."""
        return self._inner.name

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

    def close(self) -> None:
        """The inner one's."""
        self._inner.close()


class _Supply:
    """Pages to be read, and pictures of those that were, which go first. Safe to ask again after it had none."""

    def __init__(self, pages: Iterable[PageRef]) -> None:
        self._pages = iter(pages)
        self._parts: deque[PageRef] = deque()
        self._waiting: dict[PageRef, _Waiting] = {}

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        return self._parts.popleft() if self._parts else next(self._pages)

    def ready(self) -> bool:
        return bool(self._parts) or ready(self._pages)

    def pending(self) -> bool:
        """Whether anything is left; a page is pulled to find out."""
        if not self._parts and (ref := next(self._pages, None)) is not None:
            self._parts.append(ref)
        return bool(self._parts)

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
        self._parts.extend(replace(page.ref, part=part) for part in parts)
        return None


def pictures(text: str) -> list[Box]:
    """The places of a grounded text's pictures, each once, in their order; those that are too small are left out."""
    found = (box for head in _HEAD.finditer(text) for box in _boxes(head))
    return list(dict.fromkeys(found))[:_MOST]


def with_found(text: str, found: dict[Box, str]) -> str:
    """A grounded text in which under each picture stands what was found in it, as a block at its place."""
    heads = list(_HEAD.finditer(text))
    pieces, at = list[str](), 0
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        said = [_block(box, found[box]) for box in _boxes(head) if found.get(box, "").strip()]
        if said:
            pieces += [text[at:end].rstrip("\n"), *said, "" if end == len(text) else "\n\n"]
            at = end
    return "".join(pieces) + text[at:]


def _boxes(head: re.Match[str]) -> Iterator[Box]:
    if (head["ref"] or head["det"] or "").strip().lower() not in _PICTURES:
        return
    for numbers in _BOX.findall(head["boxes"] or head["box"]):
        x1, y1, x2, y2 = map(int, numbers)
        if x2 - x1 >= _LEAST and y2 - y1 >= _LEAST:
            yield x1, y1, x2, y2


def _block(box: Box, said: str) -> str:
    """What was said is text of its page, and no mark in it may become one of the page's own."""
    words = _MARK.sub("", said).strip()
    label = "table" if "<table" in words else "text"
    return f"\n\n<|ref|>{label}<|/ref|><|det|>[[{', '.join(map(str, box))}]]<|/det|>\n{words}"
