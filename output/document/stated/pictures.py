"""What the document says in place of its pictures, at the figures that were read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from output.grounding import geometry
from output.grounding.blocks import Block, Box, PageBlocks, Picture
from output.grounding.roles import Role

# Share of the smaller of two boxes: a tagged figure may be a part of what was read as one, or the other way round.
# Lower, and a picture gets the words of its neighbour; higher, and a network's rough boxes lose theirs. Chosen.
_COMMON = 0.7
# Of a tagged figure: a smaller picture in it is a detail, or the figure is the ground of a whole card with its text,
# and its words are not said of that. Four parts of one figure still are it. Chosen.
_PART = 0.25


def mark(pages: Sequence[PageBlocks]) -> tuple[PageBlocks, ...]:
    """The pages, where figures have the words that the document has for the pictures in them."""
    return tuple(_on_page(page) if page.pictures else page for page in pages)


def _on_page(page: PageBlocks) -> PageBlocks:
    return replace(page, blocks=tuple(_told(block, page.pictures) for block in page.blocks))


def _told(block: Block, pictures: Iterable[Picture]) -> Block:
    box = geometry.hull(block)
    if block.role is not Role.FIGURE or box is None:
        return block
    said = (one.alt for one in pictures if _is_of(box, one.box))
    return replace(block, alt=" ".join(dict.fromkeys(said)))


def _is_of(box: Box, figure: Box) -> bool:
    """Whether a picture is a tagged figure, has it in it, or is a large part of it."""
    common = _common(box, figure)
    return common >= _COMMON * min(_area(box), _area(figure)) > 0 and common >= _PART * _area(figure)


def _common(a: Box, b: Box) -> int:
    width, height = min(a.x2, b.x2) - max(a.x1, b.x1), min(a.y2, b.y2) - max(a.y1, b.y1)
    return max(width, 0) * max(height, 0)


def _area(box: Box) -> int:
    return (box.x2 - box.x1) * (box.y2 - box.y1)
