"""Tables that go on over the end of a page become one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from output.document.flow import Piece
from output.grounding.accounts import Dropped
from output.grounding.roles import Role
from output.tables.table import Cell, Row, Table, width

# In the grid of 999: a table goes on from below the one to above the other, so that notes and a running head have room.
# Wider apart, and two tables that stand in the middle of their pages are joined. Chosen, not measured.
_LOW, _HIGH = 760, 240
# Of 999 by which the edges of the parts may differ: a binding margin of 8 mm, which moves every second page. Wider, and
# two tables of one width class are joined; narrower, and tables of bound books stay cut. Chosen, not measured.
_ASIDE = 40
# Rows of a head, as in the text layer; a table of `<th>` alone would otherwise be dropped whole on page 2.
_MOST_HEADS = 5
_CONTINUED = re.compile(r"\bcont(?:inued|inuation|['’]d\b|\.|d\b)|\b(?:fortsetzung|suite)\b|续表|（续）", re.IGNORECASE)
_NAME = re.compile(r"[\s*]*((?:table|tab\.?|tabelle|tableau|表)\s*[A-Z]?\d{0,3}(?:\.\d{1,3})?)", re.IGNORECASE)


def merge(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Dropped]]:
    """Join a table at the foot of a page with one at the head of the next that has as many columns, and with its own
    rows that stand behind it as a text.

    A head that comes again is dropped, with a caption that only says that the table goes on, and both are named in the
    second list. A table with a caption of its own above it, or with another head, is another table.
    """
    out: list[Piece] = []
    dropped: list[Dropped] = []
    opened: int | None = None  # where in `out` the table is that only captions, notes and running heads have followed
    for piece in pieces:
        heads = _heads(out[opened], piece) if opened is not None else None
        if opened is not None and _strayed(out, opened, piece):
            out[opened] = _joined(out[opened], piece, heads=0)
        elif opened is not None and heads is not None:
            dropped += _left_out(out[opened], piece, heads)
            out[opened] = _joined(out[opened], piece, heads)
        elif piece.role is Role.TABLE and piece.table:
            opened = len(out)
            out.append(piece)
        else:
            out.append(piece)
            if piece.role not in (Role.CAPTION, Role.RUNNING) and piece.block.label != "footnote":
                opened = None
    captions = {(d.page, d.block) for d in dropped if d.kind == "continued"}
    return [p for p in out if p.role is not Role.CAPTION or (p.number, p.index) not in captions], dropped


def _strayed(out: Sequence[Piece], opened: int, piece: Piece) -> bool:
    """Whether a piece is rows that were written outside the table right before it."""
    is_stray = piece.block.found_role is Role.TABLE and piece.table is not None
    return is_stray and opened == len(out) - 1 and out[opened].last.number == piece.number


def _joined(first: Piece, second: Piece, heads: int) -> Piece:
    a, b = first.table, second.table
    assert a is not None and b is not None, "only tables are joined"
    return first.joined(second, table=Table(a.rows + b.rows[heads:], a.caption))


def _left_out(first: Piece, second: Piece, heads: int) -> Iterator[Dropped]:
    """What of the second table is not in the joined one: its head, and captions that say that it goes on."""
    table = second.table
    assert table is not None, "only tables are joined"
    for row in table.rows[:heads]:
        yield Dropped(second.number, second.index, "table_head", " ".join(filter(None, map(_plain, row))))
    if table.caption:
        yield Dropped(second.number, second.index, "continued", "".join(piece.text for piece in table.caption))
    if (caption := second.block.caption) is not None and not _closes(first, second):
        yield Dropped(second.number, caption, "continued", second.page.blocks[caption].text)


def _heads(first: Piece, second: Piece) -> int | None:
    """How many rows of the second table are the head of the first once more; None if they are two tables."""
    a, b = first.table, second.table
    if a is None or b is None or second.role is not Role.TABLE or second.number - first.last.number != 1:
        return None
    if not _meet(first.last, second) or width(a) != width(b) or width(a) < 2:
        return None
    heads = _repeated(a.rows[: _head(a.rows)], b.rows)
    if not _may_continue(first, second) and not (heads and _closes(first, second)):
        return None
    # Another head, or a first row that may be one and may be a row: two tables then, of which nothing is dropped.
    # In doubt two tables: a reader joins them at a glance, while a row that was dropped as a head is gone.
    is_unsure = not heads and (_is_head(b.rows[0]) or _key(a.rows[0]) == _key(b.rows[0]))
    return None if is_unsure else heads


def _meet(first: Piece, second: Piece) -> bool:
    """Whether one ends at the foot of its page and the other begins at the head of its own, equally wide."""
    a, b = first.box, second.box
    if a is None or b is None or a.y2 < _LOW or b.y1 > _HIGH:
        return False
    return abs(a.x1 - b.x1) <= _ASIDE and abs(a.x2 - b.x2) <= _ASIDE


def _may_continue(first: Piece, second: Piece) -> bool:
    """Whether the second table has no caption, or one that says that it goes on, or the name of the first."""
    second_own = second.block.caption
    texts = [second.page.blocks[second_own].text] if second_own is not None else []
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


def _closes(first: Piece, second: Piece) -> bool:
    """Whether the second part has the caption of both under it, as where captions stand below: the first has none."""
    under = second.block.caption
    if under is None or first.block.caption is not None or second.box is None or second.table is None:
        return False
    boxes = second.page.blocks[under].boxes
    alone = not second.table.caption and not (first.table and first.table.caption)
    return alone and all(box.y1 > (second.box.y1 + second.box.y2) / 2 for box in boxes) and bool(boxes)


def _head(rows: Sequence[Row]) -> int:
    """How many rows at the top are the table's head: those of `<th>`, else one of words above a column of numbers.

    A roster's first row is no head, though the next page begins with the same one: it has what the others have.
    """
    marked = next((i for i, row in enumerate(rows) if not _is_head(row)), len(rows))
    if marked:
        return min(marked, _MOST_HEADS)
    top, *body = rows
    names = all(cell.columns == 1 and cell.rows == 1 and _text(cell) and not _has_digit(cell) for cell in top)
    return int(names and len(top) > 1 and _has_numbers_below(len(top), body))


def _has_numbers_below(columns: int, body: Sequence[Row]) -> bool:
    """Whether in some column most rows have a number."""
    full = [row for row in body if len(row) == columns]
    return any(2 * sum(_has_digit(row[column]) for row in full) > len(full) > 0 for column in range(columns))


def _repeated(head: Sequence[Row], after: Sequence[Row]) -> int:
    """How many rows of a head another table begins with; all of its rows but one may be."""
    count = 0
    while count < min(len(head), len(after) - 1) and _key(head[count]) == _key(after[count]):
        count += 1
    return count


def _key(row: Row) -> tuple[tuple[str, int, int], ...]:
    return tuple((_text(cell), cell.columns, cell.rows) for cell in row)


def _plain(cell: Cell) -> str:
    return "".join(piece.text for piece in cell.pieces)


def _text(cell: Cell) -> str:
    return "".join(_plain(cell).casefold().split())


def _has_digit(cell: Cell) -> bool:
    return any(char.isdigit() for char in _plain(cell))


def _is_head(row: Row) -> bool:
    return bool(row) and all(cell.is_header for cell in row)
