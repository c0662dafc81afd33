"""What a page's neighbours tell about it: body size, heading sizes, vocabulary, running heads; and what stands around a
block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from language.hyphens import Vocabulary
from pipeline.documents.tags.nodes import Tree
from pipeline.text_layer.labelling.running import MarginLine, joined_margins
from pipeline.text_layer.lines.blocks import Block
from pipeline.text_layer.lines.geometry import Rect
from pipeline.text_layer.lines.glyphs import PageGlyphs
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece
from pipeline.text_layer.paragraphs.paragraphs import WORD

# Share of the letters: the largest type that has so many is the body, even beside a longer bibliography in small print.
# Lower, and an abstract or a long quotation in larger type counts as the body, so that headings are no larger than it;
# higher, and pages of three sizes fall back on the commonest one. Chosen, not measured.
_BODY = 0.3
# Share of the letters that stand in lines all in capitals, from which capitals mean nothing: forms and old typed
# reports. Lower, and a page of many capital headings loses them; higher, and lines of such forms become headings.
# Chosen, not measured.
_SHOUTED = 0.15
# Of the size: two texts of one size differ by rounding. Chosen.
_SAME_SIZE = 0.1


@dataclass(frozen=True)
class Context:
    """Facts of several pages of one document. Sizes are in points; `known` has the words of these pages."""

    body_size: float = 10.0
    heading_sizes: tuple[float, ...] = ()  # larger than the body, largest first
    known: Vocabulary = field(default_factory=Counter)
    mono: bool = False  # most of the text is in a typewriter face, so that it does not mean code
    capitals: bool = False  # much of the text is in capitals, so that they do not mean headings
    margins: tuple[MarginLine, ...] = ()  # what stands at the edges of these pages
    tree: Tree | None = None  # the document's structure tree, to be asked page by page


def make_context(pages: Sequence[PageGlyphs]) -> Context:
    """Facts from a sample of pages (at least the page in hand)."""
    sizes: Counter[float] = Counter()
    known: Vocabulary = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text) if len(line.text) > 1 else 0  # a drop cap is no heading
        known.update(_vocabulary(page.lines))
    typed = sum(len(line.text) for page in pages for line in page.lines if line.mono)
    body = max((s for s, letters in sizes.items() if letters >= _BODY * sizes.total()), default=None)
    body = body or max(sizes, key=lambda size: sizes[size], default=10.0)
    # A tenth above the body is a step that a reader sees; between lie the rounded sizes of one and the same type.
    larger = tuple(sorted((s for s, letters in sizes.items() if letters and s > 1.1 * body), reverse=True))
    shouted = sum(len(line.text) for page in pages for line in page.lines if line.text.isupper())
    mono, capitals = 2 * typed > sizes.total(), _SHOUTED * sizes.total() < shouted
    return Context(body, larger, known, mono, capitals, joined_margins(pages))


def _vocabulary(lines: Iterable[Line]) -> Iterator[str]:
    """Words and hyphenated words, without the fragments at broken line ends."""
    broken = False
    for line in lines:
        found = [match.group().lower() for match in WORD.finditer(line.text)]
        # The halves of a broken word are left out, else the vocabulary would vouch for halves when hyphens are mended.
        first, broken = broken, line.text[-1:] in "-\u2010\xad"
        yield from found[int(first) : len(found) - int(broken)]


@dataclass(frozen=True)
class PageFacts:
    """What labelling needs to know of a page: its size in the reading frame (points), its number, its document."""

    width: float
    height: float
    number: int  # 1-based
    context: Context


@dataclass(frozen=True)
class Beside:
    """What stands before and after a block in reading order; None for a page's end.

    `edge` is how far right, in points, its column reaches; `is_note` whether the block is a footnote; `is_alone`
    whether nothing stands at its height.
    """

    before: Block | Piece | None = None
    after: Block | Piece | None = None
    edge: float = 0.0
    is_note: bool = False
    is_alone: bool = False

    def around(self, block: Block) -> Rect | None:
        """Text of its size above or below the block that is wider to its left or its right, if there is any."""
        if not self.is_alone:
            return None
        blocks = [one for one in (self.before, self.after) if isinstance(one, Block) and len(one.lines) > 1]
        alike = [one.box for one in blocks if abs(one.size - block.size) < _SAME_SIZE * block.size]
        left, right = block.box.x0, block.box.x1
        wider = (box for box in alike if box.middle[0] < left or (box.x0 < left + block.size and box.x1 > right))
        return max(wider, key=lambda box: box.x1, default=None)


ALONE = Beside()
