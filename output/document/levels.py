"""Heading levels of a whole document: from numbering, else from the hashes, else from the height of the letters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from output.grounding import geometry
from output.grounding.blocks import Block, PageBlocks
from output.grounding.roles import Role
from output.text import headings

# The least ratio of letter sizes that makes two levels: typographers' scales go by 1.2 or more, and a size is got from
# a box that may be a point off, which is .1 of a heading's. Lower, and headings of one level part by chance.
_STEP = 1.2
_PART = re.compile(r"(?:table of )?contents|abstract|summary|introduction|preface|foreword|references", re.IGNORECASE)
# Characters of a text that a title does not follow, a line and a half: less is a head or a date. Chosen, not measured;
# shorter, and letterheads keep titles from being found; longer, and a heading in mid-page becomes the title.
_LONG = 100
# Levels that are told apart by size: more steps of 1.2 than from 18 points down to those of the text (18, 15, 12.5).
_MOST = 3


@dataclass(frozen=True)
class _Heading:
    key: tuple[int, int]
    text: str
    hashes: int
    is_title: bool
    size: float  # of its letters, in points; 0 where it is not known

    @property
    def numbered(self) -> int:
        return headings.numbered_level(self.text)


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages with the levels of their headings. One title has level 1, the others are headings.

    Numbered headings lie as deep as their numbers. If the others all have the same hashes, these say nothing, and
    headings with clearly larger letters come first; so do unnumbered ones as large as the numbered of a level. A level
    that a person gave stays.
    """
    given = _by_hand(pages)
    levels = _levels(pages, [h for page in pages for h in _on_page(page) if h.key not in given]) | given
    return tuple(
        replace(
            page, blocks=tuple(replace(b, level=levels.get((page.number, i), 0)) for i, b in enumerate(page.blocks))
        )
        for page in pages
    )


def _by_hand(pages: Sequence[PageBlocks]) -> dict[tuple[int, int], int]:
    """Of headings to which a person gave other hashes than were read: those are meant, whatever the others have."""
    hashes = {(page.number, at): (headings.split(page.blocks[at].content)[0], was) for page in pages
              for at, was in page.corrected}  # fmt: skip
    return {key: now for key, (now, was) in hashes.items() if now and now != headings.split(was)[0]}


def _levels(pages: Sequence[PageBlocks], found: Sequence[_Heading]) -> dict[tuple[int, int], int]:
    title = _title(found) or _first_and_largest(found, pages)
    rest = [h for h in found if h is not title]
    free = [h for h in rest if not h.numbered]
    levels = {h.key: h.numbered for h in rest if h.numbered}
    if len({h.hashes for h in free if not h.is_title}) > 1:
        levels |= _by_hashes(free, dense=not levels)
    else:
        levels |= _by_size(free, [h for h in rest if h.numbered])
    title = title or _alone_on_top(rest, levels, pages)
    return levels | ({title.key: 1} if title else {})


def _on_page(page: PageBlocks) -> list[_Heading]:
    found = []
    for i, block in enumerate(page.blocks):
        if block.role in (Role.TITLE, Role.HEADING):
            hashes, text, _ = headings.split(block.content)
            is_title = block.role is Role.TITLE
            found.append(_Heading((page.number, i), text, hashes, is_title, _size(page, block, len(text))))
    return [heading for heading in found if heading.text]


def _title(found: Sequence[_Heading]) -> _Heading | None:
    """The document's title: of those that the first such page has, the first, or one in clearly larger letters."""
    titles = [h for h in found if h.is_title]
    best = None
    for heading in (h for h in titles if h.key[0] == titles[0].key[0]):
        if best is None or heading.size > _STEP * best.size > 0:
            best = heading
    return best


def _first_and_largest(found: Sequence[_Heading], pages: Sequence[PageBlocks]) -> _Heading | None:
    """The title where none is labelled so: a heading before any text, in clearly larger letters than all others."""
    if len(found) < 2 or found[0].numbered or found[0].key[0] != pages[0].number:
        return None
    before = pages[0].blocks[: found[0].key[1]]
    if any(block.role is Role.TEXT and len(block.text) > _LONG for block in before):
        return None
    return found[0] if found[0].size > _STEP * max(h.size for h in found[1:]) > 0 else None


def _alone_on_top(
    found: Sequence[_Heading], levels: Mapping[tuple[int, int], int], pages: Sequence[PageBlocks]
) -> _Heading | None:
    """A heading that begins the document, without a number, and is of another level than all others."""
    if len(found) < 2 or found[0].numbered or found[0].key[0] != pages[0].number or _PART.fullmatch(found[0].text):
        return None
    before = pages[0].blocks[: found[0].key[1]]
    if any(block.text.strip() and block.role is not Role.RUNNING for block in before):
        return None
    return found[0] if all(levels[h.key] != levels[found[0].key] for h in found[1:]) else None


def _size(page: PageBlocks, block: Block, letters: int) -> float:
    """The size of letters in points, from a box that holds so many of them: their lines are not known."""
    box = geometry.hull(block)
    if box is None or not letters:
        return 0.0
    width, height = (box.x2 - box.x1) * page.width / 999, (box.y2 - box.y1) * page.height / 999
    if width <= 0 or height <= 0:
        return 0.0
    # A letter is about half as wide as its size, and lines are 1.2 sizes apart: with n lines the size is
    # 2 * n * width / letters, and the height 1.2 times n sizes.
    lines = max(1, round(math.sqrt(letters * height / (2.4 * width))))
    return height / (1 + 1.2 * (lines - 1))


def _by_hashes(free: Sequence[_Heading], dense: bool) -> dict[tuple[int, int], int]:
    """Levels as the hashes say; `dense`: without leaving one out, as the document has no numbers to go by."""
    levels = {h.key: 2 if h.is_title else headings.level(h.hashes, h.text, False) for h in free}
    if not dense:
        return levels
    ranks = {level: rank for rank, level in enumerate(sorted(set(levels.values())), 2)}
    return {key: ranks[level] for key, level in levels.items()}


def _by_size(free: Sequence[_Heading], numbered: Sequence[_Heading]) -> dict[tuple[int, int], int]:
    known = {level: [h.size for h in numbered if h.numbered == level and h.size] for level in (2, 3, 4)}
    typical = {level: median(sizes) for level, sizes in known.items() if sizes}
    if typical:
        return {h.key: _nearest(h, typical) for h in free}
    steps = _steps([h.size for h in free if h.size])
    return {h.key: 2 if h.is_title or not h.size else 2 + sum(h.size < step for step in steps) for h in free}


# The bound between two levels is their geometric mean, because sizes of type are told apart by ratio.
def _nearest(heading: _Heading, typical: Mapping[int, float]) -> int:
    """The highest numbered level that has letters no larger than this heading's; the highest where that is unclear."""
    if not heading.size or heading.is_title:
        return 2
    first = min(typical)
    deeper = [level for level, size in typical.items() if level > first and typical[first] > size * _STEP]
    fits = [level for level in deeper if heading.size < math.sqrt(typical[first] * typical[level])]
    return max(fits, default=first) if fits else min(first, 2)


def _steps(sizes: Sequence[float]) -> list[float]:
    """Sizes below which a heading is one level deeper, the largest first."""
    ordered = sorted(sizes, reverse=True)
    steps: list[float] = []
    top = ordered[0] if ordered else 0.0
    for size in ordered:
        if top > size * _STEP and len(steps) < _MOST - 1:
            steps.append((top + size) / 2)
            top = size
    return steps
