"""What a page's neighbours tell about it: body size, heading sizes, vocabulary, running heads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.text_layer.lines.glyphs import PageGlyphs
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.paragraphs import WORD

MARGIN = 0.14  # of the page height: where running heads and feet stand
_BODY = 0.3  # share of the letters: the largest type that has so many is the body, even beside a longer bibliography
_SHOUTED = 0.15  # share of the letters that stand in lines all in capitals
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


@dataclass(frozen=True)
class Context:
    """Facts of several pages of one document. Sizes are in points; words are in lower case."""

    body_size: float = 10.0
    heading_sizes: tuple[float, ...] = ()  # larger than the body, largest first
    words: frozenset[str] = frozenset()
    mono: bool = False  # most of the text is in a typewriter face, so that it does not mean code
    capitals: bool = False  # much of the text is in capitals, so that they do not mean headings
    running: frozenset[str] = field(default_factory=frozenset)  # keys of margin lines seen on two pages or more


def running_key(text: str) -> str:
    """The text of a margin line with its numbers left out, so that page numbers do not tell pages apart."""
    return _DIGITS.sub("#", text.lower()).strip()


def in_margin(line: Line, height: float) -> bool:
    return line.box.y1 < MARGIN * height or line.box.y0 > (1 - MARGIN) * height


def make_context(pages: Sequence[PageGlyphs]) -> Context:
    """Facts from a sample of pages (at least the page in hand)."""
    sizes: Counter[float] = Counter()
    heads: Counter[str] = Counter()
    words: set[str] = set()
    for page in pages:
        height = page.frame.size[1]
        for line in page.lines:
            sizes[line.size] += len(line.text) if len(line.text) > 1 else 0  # a drop cap is no heading
        edges = [line for line in page.lines if in_margin(line, height)]
        if len(edges) < len(page.lines):  # a head runs over something; alone on its page it may be the text
            heads.update({running_key(line.text) for line in edges})
        words.update(_vocabulary(page.lines))
    typed = sum(len(line.text) for page in pages for line in page.lines if line.mono)
    body = max((s for s, letters in sizes.items() if letters >= _BODY * sizes.total()), default=None)
    body = body or (sizes.most_common(1)[0][0] if sizes else 10.0)
    running = frozenset(key for key, count in heads.items() if count > 1 and key)
    larger = tuple(sorted((s for s, letters in sizes.items() if letters and s > 1.1 * body), reverse=True))
    shouted = sum(len(line.text) for page in pages for line in page.lines if line.text.isupper())
    mono, capitals = 2 * typed > sizes.total(), _SHOUTED * sizes.total() < shouted
    return Context(body, larger, frozenset(words), mono, capitals, running)


def _vocabulary(lines: Iterable[Line]) -> Iterator[str]:
    """Words and hyphenated words, without the fragments at broken line ends."""
    broken = False
    for line in lines:
        found = [match.group().lower() for match in WORD.finditer(line.text)]
        first, broken = broken, line.text[-1:] in "-\u2010\xad"
        yield from found[int(first) : len(found) - int(broken)]
