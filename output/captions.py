"""Which caption belongs to which figure or table, and where it goes: next to it, above or below as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from output.blocks import Block, Box
from output.roles import Role, role

_REACH = 150  # how far, in the grid of 999, a caption that the model listed elsewhere may lie from its figure
_MOST_BLOCKS = 500  # a page with more is a repetition loop, where nothing is worth pairing


@dataclass(frozen=True)
class Placing:
    """`order`: indices of all blocks as they are to be shown. `captions`: caption's index by figure's or table's."""

    order: tuple[int, ...]
    captions: dict[int, int]


def place(blocks: Sequence[Block]) -> Placing:
    """Pair captions with neighbours in reading order first, then with what lies nearest on the page."""
    order = list(range(len(blocks)))
    if len(blocks) > _MOST_BLOCKS:
        return Placing(tuple(order), {})
    owners: dict[int, int] = {}
    shown = [i for i in order if role(blocks[i].label) is not Role.RUNNING]
    captions = [i for i in shown if role(blocks[i].label) is Role.CAPTION]
    for caption in captions:
        at = shown.index(caption)
        _pair(blocks, caption, shown[max(at - 1, 0) : at + 2], owners, None)
    for caption in captions:
        if caption not in owners.values():
            _pair(blocks, caption, shown, owners, _REACH)
    for owner, caption in owners.items():
        _move(blocks, order, owner, caption)
    return Placing(tuple(order), _shared(blocks, shown, owners))


def _pair(
    blocks: Sequence[Block], caption: int, candidates: Sequence[int], owners: dict[int, int], reach: int | None
) -> None:
    """Give `caption` to the nearest candidate of its kind that has none; `reach` bounds the distance on the page."""
    kinds = _kinds(blocks[caption].label)
    free = [i for i in candidates if role(blocks[i].label) in kinds and i not in owners]
    if reach is not None:
        free = [i for i in free if _gap(blocks[i], blocks[caption]) <= reach and _overlaps(blocks[i], blocks[caption])]
    if not free:
        return

    def nearness(i: int) -> tuple[int, bool]:
        # Where the page does not tell, a table's caption stands above it and a figure's below.
        return _gap(blocks[i], blocks[caption]), (i < caption) is ("table" in blocks[caption].label)

    owners[min(free, key=nearness)] = caption


def _kinds(label: str) -> frozenset[Role]:
    if "table" in label:
        return frozenset({Role.TABLE})
    if label == "caption":
        return frozenset({Role.TABLE, Role.FIGURE})
    return frozenset({Role.CODE if "code" in label else Role.FIGURE})


def _move(blocks: Sequence[Block], order: list[int], owner: int, caption: int) -> None:
    """Put a caption next to its owner if it is not, or on the other side if the page has it there."""
    at, was = order.index(owner), order.index(caption)
    if not (blocks[owner].boxes and blocks[caption].boxes):
        return
    above = _hull(blocks[caption]).y1 + _hull(blocks[caption]).y2 < _hull(blocks[owner]).y1 + _hull(blocks[owner]).y2
    if abs(at - was) == 1 and (was < at) == above:
        return
    order.remove(caption)
    order.insert(order.index(owner) + (0 if above else 1), caption)


def _shared(blocks: Sequence[Block], shown: Sequence[int], owners: dict[int, int]) -> dict[int, int]:
    """The pairing, where figures that stand right before a captioned figure share its caption."""
    shared = dict(owners)
    for before, after in zip(reversed(shown[:-1]), reversed(shown[1:]), strict=True):
        if role(blocks[before].label) is role(blocks[after].label) is Role.FIGURE and after in shared:
            shared.setdefault(before, shared[after])
    return shared


def _hull(block: Block) -> Box:
    boxes = block.boxes
    return Box(min(b.x1 for b in boxes), min(b.y1 for b in boxes), max(b.x2 for b in boxes), max(b.y2 for b in boxes))


def _gap(a: Block, b: Block) -> int:
    """Free space between two blocks, vertical plus horizontal; 0 where one has no box."""
    if not a.boxes or not b.boxes:
        return 0
    p, q = _hull(a), _hull(b)
    return max(0, q.y1 - p.y2, p.y1 - q.y2) + max(0, q.x1 - p.x2, p.x1 - q.x2)


def _overlaps(a: Block, b: Block) -> bool:
    """Whether two blocks share a part of the page's width."""
    if not a.boxes or not b.boxes:
        return False
    p, q = _hull(a), _hull(b)
    return min(p.x2, q.x2) > max(p.x1, q.x1)
