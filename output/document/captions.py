"""Which caption belongs to which figure or table, and where it goes: next to it, above or below as on the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from output.grounding.blocks import Block, PageBlocks
from output.grounding.geometry import gap, hull, share_columns
from output.grounding.roles import Role

# How far, in the grid of 999, a caption that the model listed elsewhere may lie from its figure: 15 % of the page, so
# that it may stand below a part of a figure that was not seen, and not at the other end. Chosen, not measured.
_REACH = 150
# On a page with more blocks nothing is paired: 1 of the 455 public pages of `eval` has so many, and a repetition loop
# has thousands. The time grows with the square of captions.
_MOST_BLOCKS = 500


def place(page: PageBlocks) -> PageBlocks:
    """The page with captions paired with what they describe, and its blocks in the order in which they are read."""
    order, captions = _placing(page.blocks)
    place = {old: new for new, old in enumerate(order)}
    owners: dict[int, list[int]] = defaultdict(list)
    for owner, caption in captions.items():
        owners[caption].append(place[owner])
    # A link leads to where the figure begins, though the document may have its caption below as the place.
    anchors = {block: page.blocks[block].anchor for block in order}
    for owner, caption in captions.items():
        if place[owner] < place[caption] and anchors[caption]:
            anchors[owner], anchors[caption] = anchors[owner] or anchors[caption], ""
    blocks = (
        replace(
            page.blocks[i],
            anchor=anchors[i],
            caption=place[captions[i]] if i in captions else None,
            caption_of=tuple(sorted(owners.get(i, ()))),
        )
        for i in order
    )
    return replace(page, blocks=tuple(blocks))


def _placing(blocks: Sequence[Block]) -> tuple[list[int], dict[int, int]]:
    """Indices of all blocks as they are to be shown, and the caption's by the figure's or table's.

    Captions are paired with neighbours in reading order first, then with what lies nearest on the page.
    """
    order = list(range(len(blocks)))
    if len(blocks) > _MOST_BLOCKS:
        return order, {}
    owners: dict[int, int] = {}
    shown = [i for i in order if blocks[i].role is not Role.RUNNING]
    captions = [i for i in shown if blocks[i].role is Role.CAPTION]
    for caption in captions:
        at = shown.index(caption)
        # Neighbours in reading order first: two figures with a caption between them are as near as each other on the
        # page.
        _pair(blocks, caption, shown[max(at - 1, 0) : at + 2], owners, None)
    for caption in captions:
        if caption not in owners.values():
            _pair(blocks, caption, shown, owners, _REACH)
    for owner, caption in owners.items():
        _move(blocks, order, owner, caption)
    return order, _shared(blocks, shown, owners)


def _pair(
    blocks: Sequence[Block], caption: int, candidates: Sequence[int], owners: dict[int, int], reach: int | None
) -> None:
    """Give `caption` to the nearest candidate of its kind that has none; `reach` bounds the distance on the page."""
    kinds = _kinds(blocks[caption].label)
    free = [i for i in candidates if blocks[i].role in kinds and i not in owners]
    if reach is not None:
        at = blocks[caption]
        free = [i for i in free if gap(blocks[i], at) <= reach and share_columns(blocks[i], at)]
    if not free:
        return

    def nearness(i: int) -> tuple[int, bool]:
        # Where the page does not tell, a table's caption stands above it and a figure's below.
        return gap(blocks[i], blocks[caption]), (i < caption) is ("table" in blocks[caption].label)

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
    box, owned = hull(blocks[caption]), hull(blocks[owner])
    if box is None or owned is None:
        return
    above = box.y1 + box.y2 < owned.y1 + owned.y2
    if abs(at - was) == 1 and (was < at) == above:
        return
    order.remove(caption)
    order.insert(order.index(owner) + (0 if above else 1), caption)


def _shared(blocks: Sequence[Block], shown: Sequence[int], owners: dict[int, int]) -> dict[int, int]:
    """The pairing, where figures that stand right before a captioned figure share its caption."""
    shared = dict(owners)
    for before, after in zip(reversed(shown[:-1]), reversed(shown[1:]), strict=True):
        if blocks[before].role is blocks[after].role is Role.FIGURE and after in shared:
            shared.setdefault(before, shared[after])
    return shared
