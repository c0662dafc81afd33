"""Tables that go on over the end of a page become one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from output.document.flow import Piece
from output.grounding.roles import Role
from output.tables.table import Cell, Row, Table, width

_LOW, _HIGH = 760, 240  # a table goes on from below the one to above the other, in the grid of 999
_ASIDE = 40  # how far the edges of the parts may differ
_MOST_HEADS = 5  # rows that may be repeated on every page
_CONTINUED = re.compile(r"\bcont(?:inued|inuation|['’]d\b|\.|d\b)|\b(?:fortsetzung|suite)\b|续表|（续）", re.IGNORECASE)
_NAME = re.compile(r"[\s*]*((?:table|tab\.?|tabelle|tableau|表)\s*[A-Z]?\d{0,3}(?:\.\d{1,3})?)", re.IGNORECASE)


def merge(pieces: Sequence[Piece]) -> list[Piece]:
    """Join a table at the foot of a page with one at the head of the next that has as many columns.

    Head rows that come again are dropped, with a caption that only says that the table goes on. A table with a caption
    of its own, or with other head cells, is another table.
    """
    out: list[Piece] = []
    dropped: set[tuple[int, int]] = set()
    opened: int | None = None  # where in `out` the table is that only captions, notes and running heads have followed
    for piece in pieces:
        both = _both(out[opened], piece) if opened is not None else None
        if opened is not None and both:
            out[opened] = out[opened].joined(piece, table=both)
            dropped |= {(piece.number, caption) for caption in _caption(piece)}
        elif piece.role is Role.TABLE and piece.table:
            opened = len(out)
            out.append(piece)
        else:
            out.append(piece)
            if piece.role not in (Role.CAPTION, Role.RUNNING) and piece.block.label != "footnote":
                opened = None
    return [piece for piece in out if (piece.number, piece.index) not in dropped]


def _both(first: Piece, second: Piece) -> Table | None:
    """The one table that two pieces are; None if they are two tables."""
    a, b = first.table, second.table
    if a is None or b is None or second.role is not Role.TABLE or second.number - first.last.number != 1:
        return None
    if not _meet(first.last, second) or width(a) != width(b) or width(a) < 2 or not _may_continue(first, second):
        return None
    heads = _repeated(a.rows, b.rows)
    if not heads and _is_head(b.rows[0]):
        return None
    return Table(a.rows + b.rows[heads:], a.caption)


def _meet(first: Piece, second: Piece) -> bool:
    """Whether one ends at the foot of its page and the other begins at the head of its own, equally wide."""
    a, b = first.box, second.box
    if a is None or b is None or a.y2 < _LOW or b.y1 > _HIGH:
        return False
    return abs(a.x1 - b.x1) <= _ASIDE and abs(a.x2 - b.x2) <= _ASIDE


def _caption(piece: Piece) -> list[int]:
    found = piece.last.block.caption
    return [] if found is None else [found]


def _may_continue(first: Piece, second: Piece) -> bool:
    """Whether the second table has no caption, or one that says that it goes on, or the name of the first."""
    texts = [second.page.blocks[i].text for i in _caption(second)]
    texts += ["".join(piece.text for piece in second.table.caption)] if second.table and second.table.caption else []
    own = first.block.caption
    named = [_NAME.match(first.page.blocks[own].text)] if own is not None else []
    names = {name[1].casefold() for name in named if name and name[1][-1].isdigit()}
    for text in texts:
        found = _NAME.match(text)
        # Hardly more than the number: with words of its own it is another table, whatever it is numbered.
        same = found is not None and found[1].casefold() in names and len(text.strip()) < len(found[0]) + 25
        if not (same or (_CONTINUED.search(text) and len(text) < 200)):
            return False
    return True


def _repeated(before: Sequence[Row], after: Sequence[Row]) -> int:
    """How many rows at the beginning of both tables are the same."""
    count = 0
    while count < min(_MOST_HEADS, len(before), len(after) - 1) and _key(before[count]) == _key(after[count]):
        count += 1
    return count


def _key(row: Row) -> tuple[tuple[str, int, int], ...]:
    return tuple((_text(cell), cell.columns, cell.rows) for cell in row)


def _text(cell: Cell) -> str:
    return "".join("".join(piece.text for piece in cell.pieces).casefold().split())


def _is_head(row: Row) -> bool:
    return bool(row) and all(cell.is_header for cell in row)
