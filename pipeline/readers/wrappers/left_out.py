"""Print that a page's reading left out is read by itself: a column, a sidebar, what stands below a reading's end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.model.family.blocks import PICTURES, Block, blocks
from pipeline.readers.parts.placed import MARGINS, as_block
from pipeline.readers.parts.returning import ByParts
from pipeline.readers.wrappers.around import Around
from pipeline.readers.wrappers.certainty import certainty
from pipeline.readers.wrappers.odd_words import MARKUP
from pipeline.readers.wrappers.unread import with_unread
from pipeline.transcriber import Transcriber
from pipeline.transcript import Box, Finish, PageRef, Transcript

READ = "+left-out/2"
"""What the settings of a reader end in that reads so."""

# Fewer are as often a block whose box stands beside its print, of which a page would be read for nothing.
_LEAST = 3
"""Lines of print together, in no block, from which they are read."""
_MOST = 6
"""Places of one page that are read, those of most lines first."""
_ROOM = 4
"""0..999: more of the page on each side of a place, as letters reach beyond their lines."""
# Of some 80 blocks of sure parts of drawn pages those that the page had already have .79 to 1, new ones 0 to .67.
_KNOWN = 0.75
"""Share of a block's words that its page has elsewhere, from which it is the page's own text, whose box stands beside
its print."""
_FRESH = 5
"""Words of a part that its page has not, below which they are its own, read otherwise. Chosen."""
_NEAR = 8  # 0..999: boxes that overlap by less stand beside each other
_WORD = re.compile(r"\w+")


class WithLeftOut(Around):
    """A Transcriber around one that takes parts of pages: lines of print in no block of a page are read as a page of
    their own, and what is sure of it and new stands in the page's text at its place.

    A page is given when its parts are done, with its print, by which it can be judged as a whole.
    """

    def __init__(self, inner: Transcriber, least: float) -> None:
        """`least`: the certainty, 0..1, from which a part counts."""
        super().__init__(inner)
        self._least = least

    @property
    def settings(self) -> str:
        """The inner one's, and that what was left out is read."""
        return self._inner.settings + READ

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        """Read every page once, in any order; see `Transcriber`."""
        return _Supply(pages, self._least).read_by(self._inner)


class _Supply(ByParts):
    """Pages to be read, and places of those that were."""

    printed = True

    def __init__(self, pages: Iterable[PageRef], least: float) -> None:
        super().__init__(pages)
        self._least = least

    def parts(self, page: Transcript) -> tuple[Transcript, Sequence[Box]]:
        if page.finish is not Finish.STOP or page.ref.part is not None or not self._is_sure(page):
            return page, []
        # Of most pages nothing was left out: they need not be looked through again by whoever judges them.
        compared = with_unread(page)
        places = left_out(compared)
        return (page, places) if places else (compared, [])

    def whole(self, page: Transcript, parts: Sequence[Transcript]) -> Transcript:
        return with_parts(page, [part for part in parts if part.finish is Finish.STOP and self._is_sure(part)])

    def _is_sure(self, read: Transcript) -> bool:
        sure = certainty(read)
        return sure is None or sure >= self._least


def left_out(page: Transcript) -> list[Box]:
    """Where lines of print stand together in no block of a page whose unread print is known, a little larger."""
    lines = [each for each in page.unread if not each.within and each.lines >= _LEAST]
    most = sorted(lines, key=lambda each: -each.lines)[:_MOST]
    return [_grown(each.box) for each in most]


def with_parts(page: Transcript, parts: Sequence[Transcript]) -> Transcript:
    """A page with the blocks of its parts, each at its place, but for what it has already; `tried` tells of it."""
    whole = page
    for part in sorted(parts, key=lambda each: each.ref.part or (0, 0, 0, 0)):
        whole = _with_part(whole, part)
    return page if whole.text == page.text else replace(whole, tried=(*page.tried, f"{page.reader}: print left out"))


def _with_part(page: Transcript, part: Transcript) -> Transcript:
    place, own, read = part.ref.part, list(blocks(page.text)), list(blocks(part.text))
    assert place is not None
    of_part = part.by_block if len(part.by_block) == len(read) else (part.confidence or 0.0,) * len(read)
    told = [(block, certain) for block, certain in zip(read, of_part, strict=True) if block.label not in PICTURES]
    words, new, sure = set(_words(page.text)), list[str](), list[float]()
    all_said = _words("".join(part.text[block.start : block.end] for block, _ in told))
    if sum(word not in words for word in all_said) < _FRESH or _is_known(all_said, words):
        return page
    for block, certain in told:
        said = _words(part.text[block.content : block.end])
        if not _is_known(said, words):
            new.append(as_block(block, part.text, place))
            sure.append(certain)
            words.update(said)
    if not new:
        return page
    at = _position(own, place)
    cut = own[at].start if at < len(own) else len(page.text)
    text = "\n\n".join(filter(None, (page.text[:cut].rstrip("\n"), *new, page.text[cut:])))
    by_block = page.by_block
    if len(by_block) == len(own):
        by_block = (*by_block[:at], *sure, *by_block[at:])
    total, confidence = page.output_tokens + part.output_tokens, page.confidence
    if confidence is not None and part.confidence is not None and total:
        confidence = (confidence * page.output_tokens + part.confidence * part.output_tokens) / total
    return replace(page, text=text, by_block=by_block, confidence=confidence, output_tokens=total)


def _position(own: Sequence[Block], place: Box) -> int:
    """Before which of a page's blocks a place is read: the next one below it; where nothing is, behind all of the
    columns to its left."""
    boxes = [block.boxes[0] if block.boxes else (0, 0, 0, 0) for block in own]
    left, top, _, bottom = place
    above = [at for at, box in enumerate(boxes) if _overlap(box, place) and box[3] <= top + _NEAR]
    below = [at for at, box in enumerate(boxes) if _overlap(box, place) and box[1] >= bottom - _NEAR]
    beside = [at for at, box in enumerate(boxes) if box[2] <= left + _NEAR and own[at].label not in MARGINS]
    level = [at for at in beside if boxes[at][1] < bottom]
    first = max([*above, *level], default=-1) + 1
    return next((at for at in below if at >= first), max([*above, *beside], default=len(own) - 1) + 1)


def _overlap(one: Box, other: Box) -> bool:
    """Whether one stands above the other, were they moved together."""
    return min(one[2], other[2]) - max(one[0], other[0]) > _NEAR


def _words(text: str) -> list[str]:
    """Those that tell one text from another: numbers, and words of three letters or more, if there are any."""
    words = _WORD.findall(MARKUP.sub(" ", text).lower())
    return [word for word in words if len(word) > 2 or word.isdigit()] or words


def _is_known(said: Sequence[str], words: set[str]) -> bool:
    return sum(word in words for word in said) >= _KNOWN * len(said)


def _grown(box: Box) -> Box:
    x1, y1, x2, y2 = box
    return max(x1 - _ROOM, 0), max(y1 - _ROOM, 0), min(x2 + _ROOM, 999), min(y2 + _ROOM, 999)
