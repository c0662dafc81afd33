"""Where blocks lie on their page: hulls, gaps and overlaps in the model's grid of 999."""

from __future__ import annotations

from output.grounding.blocks import Block, Box


def hull(block: Block) -> Box | None:
    """The smallest box around all of a block's boxes; None where it has none."""
    boxes = block.boxes
    if not boxes:
        return None
    return Box(min(b.x1 for b in boxes), min(b.y1 for b in boxes), max(b.x2 for b in boxes), max(b.y2 for b in boxes))


def gap(a: Block, b: Block) -> int:
    """Free space between two blocks, vertical plus horizontal; 0 where one has no box."""
    p, q = hull(a), hull(b)
    if p is None or q is None:
        return 0
    # The sum, not the diagonal: in whole numbers, and a caption beside its figure is as near as one below it.
    return max(0, q.y1 - p.y2, p.y1 - q.y2) + max(0, q.x1 - p.x2, p.x1 - q.x2)


def share_columns(a: Block, b: Block) -> bool:
    """Whether two blocks share a part of the page's width."""
    p, q = hull(a), hull(b)
    return p is not None and q is not None and min(p.x2, q.x2) > max(p.x1, q.x1)


def contains(outer: Box, inner: Box, slack: int = 0) -> bool:
    """Whether `inner` lies within `outer`, give or take `slack`."""
    return (
        outer.x1 - slack <= inner.x1
        and outer.y1 - slack <= inner.y1
        and inner.x2 <= outer.x2 + slack
        and inner.y2 <= outer.y2 + slack
    )


def near(a: Box, b: Box, slack: int) -> bool:
    """Whether all four edges of two boxes lie within `slack` of each other."""
    return max(abs(a.x1 - b.x1), abs(a.y1 - b.y1), abs(a.x2 - b.x2), abs(a.y2 - b.y2)) <= slack
