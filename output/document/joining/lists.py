"""Blocks that are items of one list become one list, nested as they are indented on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from output.document.flow import Piece
from output.grounding.roles import Role
from output.text import lists

# How far in the grid of 999 an item must be indented to lie a level deeper: 5 points of A4, less than any editor
# indents by, more than boxes are read unevenly. Chosen, not measured; lower, and lists of one level come out nested.
_STEP = 8
# Characters of an item with a marker that Markdown does not have: beyond, it is a clause of a contract, which reads as
# well as a paragraph, unless it goes on with a list. Shorter, and long items stand outside their list. Chosen.
_LONGEST = 300


@dataclass(frozen=True)
class _Level:
    """Where the items of a level begin on the page, and the marker of the last one."""

    left: int | None
    marker: str


def join(pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbouring lists whose markers go on, also over the end of a column or page."""
    out: list[Piece] = []
    levels: list[_Level] = []
    for piece in pieces:
        items = _items(piece)
        depth = _depth(out[-1], piece, items[0], levels) if items and levels else None
        if depth is None and _is_clause(items):
            items = ()  # "(2) …" with a whole paragraph stands well by itself
        if items and depth is not None:
            text = f"{out[-1].text}\n{_indented(piece.text, depth)}"
            out[-1] = out[-1].joined(piece, text=text)
            levels = [*levels[:depth], _Level(piece.box.x1 if piece.box else None, items[-1].marker)]
        else:
            if items:
                piece = replace(piece, block=replace(piece.block, found_role=Role.LIST))
            out.append(piece)
            levels = [_Level(piece.box.x1 if piece.box else None, items[-1].marker)] if items else []
    return out


def _items(piece: Piece) -> tuple[lists.Item, ...]:
    """The outermost items of a block that is a list and nothing else."""
    if piece.role not in (Role.LIST, Role.TEXT) or piece.block.label in ("", "footnote") or "\n\n" in piece.text:
        return ()
    before, items = lists.split(piece.text, piece.role is Role.LIST)
    if before.strip() or not items:
        return ()
    outer = min(item.indent for item in items)
    return tuple(item for item in items if item.indent == outer)


def _is_clause(items: Sequence[lists.Item]) -> bool:
    return len(items) == 1 and not _is_plain(items[0]) and len(items[0].text) > _LONGEST


def _is_plain(item: lists.Item) -> bool:
    return item.is_bullet or item.number is not None


def _depth(before: Piece, after: Piece, first: lists.Item, levels: list[_Level]) -> int | None:
    """The level at which `after` goes on with the list; None if it is another."""
    same_column = before.last.number == after.number and _below(before.last, after)
    if not same_column and after.number - before.last.number > 1:
        return None
    left = after.box.x1 if after.box else None
    for depth in reversed(range(len(levels))):
        aside = _aside(levels[depth], left) if same_column else 0
        if lists.follows(levels[depth].marker, first.marker) and abs(aside) <= _STEP:
            return depth
    is_deeper = same_column and _aside(levels[-1], left) > _STEP and lists.begins(first.marker)
    return len(levels) if is_deeper else None


def _aside(level: _Level, left: int | None) -> int:
    """How far to the right of a level's items something begins; 0 where that is not known."""
    return 0 if left is None or level.left is None else left - level.left


def _below(before: Piece, after: Piece) -> bool:
    a, b = before.box, after.box
    return a is None or b is None or (b.y1 >= a.y1 and b.x1 < a.x2 and a.x1 < b.x2)


def _indented(text: str, depth: int) -> str:
    return "\n".join("  " * depth + line for line in text.split("\n"))
