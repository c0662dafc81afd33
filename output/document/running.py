"""Running heads and feet, labelled so or taken for text: what says the same at the same place on several pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from output.document import folios, said
from output.grounding import geometry
from output.grounding.blocks import Block, Box, PageBlocks
from output.grounding.roles import Role

# Margins in the grid of 999: 14 % of the page at each end, 42 mm of A4. Wider, and the first lines of letters are held
# against each other; narrower, and heads below a logo stay in the text. Chosen, not measured.
_TOP, _BOTTOM = 140, 860
# Characters of a running line, two full lines of small print. Longer, and paragraphs that open each letter of a file
# run; shorter, and heads that name a long title stay in the text. Chosen, not measured.
_LONGEST = 160
# Of 999 by which the same line may lie higher on another page: scans shift by up to a line (13 points of A4). Larger,
# and the first line of the body counts where it says what the head says. Chosen, not measured.
_ALIKE = 15
# Of 999 by which the edges of a logo may differ from page to page: a network's boxes are a point or two off, and 8 is 5
# to 7 points of A4. Larger, and two logos of one height are one. Chosen, not measured.
_SAME_PICTURE = 8

_Place = tuple[int, int]  # a page's number, and an index among its blocks


@dataclass(frozen=True)
class _Line:
    page: int
    index: int
    block: Block
    box: Box
    alone: bool  # nothing on the page tells that this is not its text: no label, no body
    decided: bool  # its label is the last word, since it has one or its reader knows what runs over its pages


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages with `running` (header, footer, page_number) in all blocks that run over them, labelled so or not.

    A line counts that lies outermost in a page's margin, on at least three pages, or on both of two, at the same
    height, with the same words; its numbers are the same but for the one that counts the pages. On half of the pages
    there must be a body that it runs over: a page for each sentence has no heads. Of headings and pictures that come
    again the first stays where it is: it may be the document's own. What is said for the first time is `kept`.
    """
    found = _lines(pages) | _pictures(pages)
    marked = tuple(
        replace(page, blocks=tuple(_marked(b, found.get((page.number, i), "")) for i, b in enumerate(page.blocks)))
        for page in pages
    )
    return said.mark(marked)


def _marked(block: Block, found: str) -> Block:
    if found:
        return replace(block, running=found, found_role=Role.RUNNING)
    return replace(block, running=_kind(block)) if block.role is Role.RUNNING else block


def _kind(block: Block) -> str:
    """What a label says; a page number that has other words is a head or foot."""
    box = geometry.hull(block)
    if "page_number" in block.label and folios.is_page_number(block):
        return "page_number"
    return "footer" if "footer" in block.label or (box is not None and box.y1 > 500) else "header"


def _lines(pages: Sequence[PageBlocks]) -> dict[_Place, str]:
    groups: dict[tuple[bool, str], list[_Line]] = defaultdict(list)
    for page in pages:
        for line in _outermost(page):
            groups[line.box.y1 > 500, folios.pattern(line.block.text)].append(line)
    found: dict[_Place, str] = {}
    for (is_foot, pattern), lines in groups.items():
        label = "footer" if is_foot else "header"
        for line in _running(_at_one_height(lines), _enough(pages)):
            found[line.page, line.index] = label if any(c.isalpha() for c in pattern) else "page_number"
    return found


def _running(lines: list[_Line], enough: int) -> list[_Line]:
    """Those of one pattern that run over the pages and are not labelled so."""
    if len({line.page for line in lines}) < enough or _mostly_alone(lines):
        return []
    column = folios.counting([(line.page, line.block.text) for line in lines])
    same: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        same[folios.key(line.block.text, column)].append(line)
    # Numbers that count the pages are evidence by themselves; what stands beside them need only come again.
    least = enough if column is None else 2
    running = [line for group in same.values() if len({line.page for line in group}) >= least for line in group]
    return _but_first_heading([line for line in running if not line.decided])


def _enough(pages: Sequence[PageBlocks]) -> int:
    """Pages that must have a line: three, since two of many may begin alike by chance, as two letters do."""
    return 2 if len(pages) == 2 else 3


def _outermost(page: PageBlocks) -> Iterator[_Line]:
    """Short lines in the margins with nothing but such lines farther out; also those that have their label already."""
    boxed = [(i, block, box) for i, block in enumerate(page.blocks) if (box := geometry.hull(block))]
    body = [box for _, block, box in boxed if not _may_run(block, box)]
    top, bottom = min((box.y1 for box in body), default=999), max((box.y2 for box in body), default=0)
    for i, block, box in boxed:
        if _may_run(block, box) and (box.y1 <= top or box.y2 >= bottom):
            labelled = block.role is Role.RUNNING
            yield _Line(page.number, i, block, box, not body and not labelled, labelled or page.is_own_text)


def _may_run(block: Block, box: Box) -> bool:
    if block.role is Role.RUNNING:
        return 0 < len(block.text) <= _LONGEST
    is_line = block.role in (Role.TEXT, Role.HEADING, Role.TITLE) and 0 < len(block.text) <= _LONGEST
    return is_line and block.label != "footnote" and (box.y2 <= _TOP or box.y1 >= _BOTTOM)


def _at_one_height(lines: list[_Line]) -> list[_Line]:
    middle = sorted(line.box.y1 + line.box.y2 for line in lines)[len(lines) // 2]
    return [line for line in lines if abs(line.box.y1 + line.box.y2 - middle) <= 2 * _ALIKE]


def _mostly_alone(lines: list[_Line]) -> bool:
    return 2 * sum(line.alone for line in lines) > len(lines)


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
