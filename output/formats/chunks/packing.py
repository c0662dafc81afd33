"""Elements → chunks of at most so many tokens: cut between sentences, begun anew at headings, overlapping if asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from output.formats.chunks.elements import Element
from output.formats.chunks.size import estimate
from output.options import ChunkOptions

_SENTENCE = re.compile(r"(?<=[.!?…])[ ]+(?=\S)|\n|(?<=[。！？])(?=\S)")
# What is not cut within a sentence: a formula, a link, code, a word; letters of East Asia have no spaces between them.
_WORD = re.compile(
    r"(?P<space>\s*)(?P<word>(?:\$[^$\s](?:[^$\n]{0,400})\$|!?\[[^\]\n]{0,400}\]\([^)\s]{0,400}\)|`[^`\n]{1,400}`"
    r"|[^\s\u2e80-\u9fff\uac00-\ud7af])+|[\u2e80-\u9fff\uac00-\ud7af])"
)


@dataclass(frozen=True)
class Segment:
    """Text that is not cut further, and what stands between it and the segment before where both are in a chunk."""

    text: str
    glue: str
    tokens: int
    element: Element


@dataclass(frozen=True)
class Filled:
    """One chunk's segments in order; the first `repeated` of them stand at the end of the chunk before, too."""

    segments: tuple[Segment, ...]
    repeated: int = 0

    @property
    def text(self) -> str:
        return joined(self.segments)

    @property
    def tokens(self) -> int:
        return sum(segment.tokens for segment in self.segments)


def joined(segments: Sequence[Segment]) -> str:
    """The text of segments that follow each other."""
    return "".join(segment.glue * (i > 0) + segment.text for i, segment in enumerate(segments))


def pack(elements: Iterable[Element], options: ChunkOptions) -> Iterator[Filled]:
    """All segments of all elements, in order. A chunk is larger than `size` only if it is one that cannot be cut."""
    filled: list[Segment] = []
    repeated = 0
    for element in elements:
        # A heading begins a chunk unless only headings are in this one: a title and its first section stay together.
        if element.level and any(not segment.element.level for segment in filled):
            yield Filled(tuple(filled), repeated)
            filled, repeated = [], 0
        for segment in _segments(element, options.size):
            if filled and sum(s.tokens for s in filled) + segment.tokens > options.size:
                yield Filled(tuple(filled), repeated)
                filled = _tail(filled, min(options.overlap, options.size - segment.tokens))
                repeated = len(filled)
            filled.append(segment)
    if filled:
        yield Filled(tuple(filled), repeated)


def _tail(filled: Sequence[Segment], room: int) -> list[Segment]:
    """The last sentences that fit; what is whole, as a table, is not repeated."""
    tail: list[Segment] = []
    # Never the first segment: a chunk that repeats all of the one before would never get further.
    for segment in reversed(filled[1:]):
        room -= segment.tokens
        if room < 0 or segment.element.whole:
            break
        tail.insert(0, segment)
    return tail


def _segments(element: Element, size: int) -> Iterator[Segment]:
    """Sentences, and parts of those that are longer than a chunk."""
    if element.whole:
        yield Segment(element.text, "\n\n", estimate(element.text), element)
        return
    glue, at = "\n\n", 0
    for end in [*_SENTENCE.finditer(element.text), None]:
        sentence = element.text[at : end.start() if end else None]
        for part, before in _parts(sentence, size):
            yield Segment(part, glue if before is None else before, estimate(part), element)
        glue, at = (end[0], end.end()) if end else ("", 0)


def _parts(sentence: str, size: int) -> Iterator[tuple[str, str | None]]:
    """The sentence in parts of at most `size` tokens, each with the space before it; None for the first."""
    if estimate(sentence) <= size:
        yield sentence, None
        return
    part, tokens, before = "", 0, None
    for word in _WORD.finditer(sentence):
        needed = estimate(word["word"])
        if part and tokens + needed > size:
            yield part, before
            part, tokens, before = "", 0, word["space"]
        part += word["space"] * bool(part) + word["word"]
        tokens += needed
    yield part, before
