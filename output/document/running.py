"""Running heads and feet that the model took for text: alike, at the same place, on several pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from output.grounding import geometry
from output.grounding.blocks import Block, Box, PageBlocks
from output.grounding.roles import Role

_TOP, _BOTTOM = 140, 860  # margins in the grid of 999: what runs over the pages lies above or below
_LONGEST = 160  # characters of a running line
_ALIKE = 15  # how far two pages may have the same line apart, vertically
_SAME_PICTURE = 8
_Place = tuple[int, int]  # a page's number, and an index among its blocks
_NUMBER = re.compile(r"\d+|\b[ivxlc]{1,7}\b")


@dataclass(frozen=True)
class _Line:
    page: int
    index: int
    block: Block
    box: Box
    alone: bool  # nothing on the page tells that this is not its text: no label, no body

    @property
    def pattern(self) -> str:
        """The text with every number as `#`, so that `12 Journal` and `13 Journal` are alike."""
        return _NUMBER.sub("#", " ".join(self.block.text.casefold().split()).strip("*#- "))

    @property
    def numbers(self) -> list[str]:
        return re.findall(r"\d{1,9}", self.block.text)


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages with `running` (header, footer, page_number) in all blocks that run over them, labelled so or not.

    A line counts that lies outermost in a page's margin, on at least three pages, or on both of two, at the same
    height, with the same words; its numbers are the same or one of them counts the pages. On half of the pages there
    must be a body that it runs over: a page for each sentence has no heads. Of headings and pictures that come again
    the first stays where it is: it may be the document's own.
    """
    groups: dict[tuple[bool, str], list[_Line]] = defaultdict(list)
    for page in pages:
        for line in _outermost(page):
            groups[line.box.y1 > 500, line.pattern].append(line)
    found: dict[_Place, str] = {}
    for (is_foot, pattern), lines in groups.items():
        lines = _at_one_height(lines)
        if len({line.page for line in lines}) >= _enough(pages) and _counts(lines) and not _mostly_alone(lines):
            label = "footer" if is_foot else "header"
            for line in _but_first_heading([line for line in lines if line.block.role is not Role.RUNNING]):
                found[line.page, line.index] = label if any(c.isalpha() for c in pattern) else "page_number"
    found |= _pictures(pages)
    return tuple(
        replace(
            page, blocks=tuple(_marked(block, found.get((page.number, i), "")) for i, block in enumerate(page.blocks))
        )
        for page in pages
    )


def _marked(block: Block, found: str) -> Block:
    if found:
        return replace(block, running=found, found_role=Role.RUNNING)
    return replace(block, running=_kind(block.label)) if block.role is Role.RUNNING else block


def _kind(label: str) -> str:
    return next((kind for kind in ("page_number", "footer") if kind in label), "header")


def _enough(pages: Sequence[PageBlocks]) -> int:
    return 2 if len(pages) == 2 else 3


def _outermost(page: PageBlocks) -> Iterator[_Line]:
    """Short lines in the margins with nothing but such lines farther out; also those that have their label already."""
    boxed = [(i, block, box) for i, block in enumerate(page.blocks) if (box := geometry.hull(block))]
    body = [box for _, block, box in boxed if not _may_run(block, box)]
    top, bottom = min((box.y1 for box in body), default=999), max((box.y2 for box in body), default=0)
    for i, block, box in boxed:
        if _may_run(block, box) and (box.y1 <= top or box.y2 >= bottom):
            yield _Line(page.number, i, block, box, not body and block.role is not Role.RUNNING)


def _may_run(block: Block, box: Box) -> bool:
    kind = block.role
    if kind is Role.RUNNING:
        return 0 < len(block.text) <= _LONGEST
    is_line = kind in (Role.TEXT, Role.HEADING, Role.TITLE) and 0 < len(block.text) <= _LONGEST
    return is_line and block.label != "footnote" and (box.y2 <= _TOP or box.y1 >= _BOTTOM)


def _at_one_height(lines: list[_Line]) -> list[_Line]:
    middle = sorted(line.box.y1 + line.box.y2 for line in lines)[len(lines) // 2]
    return [line for line in lines if abs(line.box.y1 + line.box.y2 - middle) <= 2 * _ALIKE]


def _mostly_alone(lines: list[_Line]) -> bool:
    return 2 * sum(line.alone for line in lines) > len(lines)


def _counts(lines: list[_Line]) -> bool:
    """Whether the numbers in the lines, if they differ, go up with the pages: `Table 3` at a page's top does not."""
    # Not strict: of lines of one pattern some may count in Roman, which are not among the numbers.
    columns = list(zip(*(line.numbers for line in lines), strict=False))
    if all(len(set(column)) == 1 for column in columns):
        return bool(columns) or any(c.isalpha() for c in lines[0].pattern)
    for column in columns:
        offsets = Counter(int(number) - line.page for number, line in zip(column, lines, strict=True))
        if offsets.most_common(1)[0][1] * 4 >= len(lines) * 3:
            return True
    return False


def _but_first_heading(lines: list[_Line]) -> list[_Line]:
    """All lines but the first heading among them, where every page has the line in the role of a heading."""
    headings = [line for line in lines if line.block.role is not Role.TEXT]
    return [line for line in lines if not headings or line is not headings[0]]


def _pictures(pages: Sequence[PageBlocks]) -> dict[_Place, str]:
    """Logos: pictures in the margin that the page before has at the same place."""
    found: dict[_Place, str] = {}
    for before, page in pairwise(pages):
        logos = [box for _, box in _margin_pictures(before)]
        for i, box in _margin_pictures(page):
            if any(geometry.near(box, logo, _SAME_PICTURE) for logo in logos):
                found[page.number, i] = "header" if box.y2 <= _TOP else "footer"
    return found


def _margin_pictures(page: PageBlocks) -> list[tuple[int, Box]]:
    pictures = [(i, b.boxes[0]) for i, b in enumerate(page.blocks) if b.role is Role.FIGURE and len(b.boxes) == 1]
    return [(i, box) for i, box in pictures if box.y2 <= _TOP or box.y1 >= _BOTTOM]
