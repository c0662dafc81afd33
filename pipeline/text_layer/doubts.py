"""What of a page the text layer could not lay out: tables that cannot be told, display formulas that are in fragments.

Their words are there; what is lost is which of them belong together. A network that sees the page can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from pipeline.text_layer.characters.maths import MATHS, is_wordless
from pipeline.text_layer.lines.geometry import Rect, bounds, connected
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.writer import Piece
from pipeline.text_layer.maths.display import are_near
from pipeline.text_layer.tables.parts.grid import GridCell, Table
from pipeline.transcript import Doubt

_TEXT = {"text", "sub_title", "list"}
_TAG = re.compile(r"</?su[bp]>|^#+ ", re.M)
_VALUE = re.compile(r"[-+−–(]?[$€£]?\d[\d.,:/%\s]*\)?%?$")

_FRAGMENTS = 2  # fewer are a formula that is whole: one line, with its raised and lowered signs

# Em by which the baselines of cells in one row may differ. Superior figures and other faces move a baseline by up to
# .1; the next line of a column is 1 em away at least. Half of that parts the two with the most room on both sides.
_LEVEL = 0.5
_POURED = 3  # values in one cell, or one block: two are a value and its error or change, which belong in one cell
_PITCH = 2.5  # of the body's size: rows of tables are at most twice as far apart as lines of text
_BESIDE = 0.5  # of the lower one's height that two blocks share, to be columns that stand side by side


def is_doubtful(table: Table) -> bool:
    """Whether cells of one row stand at different heights, or several columns have many values in one cell."""
    rows: dict[int, list[GridCell]] = {}
    for cell in table.cells:
        if cell.rows == 1 and cell.lines:
            rows.setdefault(cell.row, []).append(cell)
    return any(_are_apart(cells) or _are_poured(cells) for cells in rows.values())


def doubts(pieces: Sequence[Piece], size: float) -> tuple[Doubt, ...]:
    """Which pieces of a page, by their places, belong to something that could not be told. `size` is the body's."""
    tables = [Doubt("table", (at,)) for at, piece in enumerate(pieces) if piece.doubtful and piece.label == "table"]
    return (*tables, *_columns(pieces, size), *_formulas(pieces, size))


def pictured(pieces: Sequence[Piece], found: Sequence[Doubt]) -> tuple[list[Piece], tuple[Doubt, ...]]:
    """The pieces, each doubtful formula with its picture right before it, and the doubts with their new places.

    A reader sees in the picture what the words beside it do not tell.
    """
    formulas = {doubt.blocks[0]: doubt for doubt in found if doubt.kind == "formula"}
    out: list[Piece] = []
    places: list[int] = []
    for at, piece in enumerate(pieces):
        if at in formulas:
            out.append(Piece("image", bounds(pieces[i].box for i in formulas[at].blocks)))
        places.append(len(out))
        out.append(piece)

    def moved(doubt: Doubt) -> Doubt:
        own = tuple(places[at] for at in doubt.blocks)
        return replace(doubt, blocks=(own[0] - 1, *own) if doubt.kind == "formula" else own)

    return out, tuple(map(moved, found))


def _are_apart(cells: Sequence[GridCell]) -> bool:
    """Cells with as many lines as each other, whose lines are not on the same baselines, though each starts a row."""
    size = max(line.size for cell in cells for line in cell.lines)
    for one, other in combinations([_baselines(cell.lines) for cell in cells], 2):
        off = [abs(a - b) > _LEVEL * size for a, b in zip(one, other, strict=False)]
        if len(one) == len(other) and all(off) and not _are_centred(one, other):
            return True
    return False


def _baselines(lines: Sequence[Line]) -> list[float]:
    return sorted({round(line.box.y1, 1) for line in lines})


def _are_centred(one: Sequence[float], other: Sequence[float]) -> bool:
    """Two lines of different leading are set around one middle; one line has only its own."""
    return len(one) > 1 and abs(one[0] + one[-1] - other[0] - other[-1]) < 1.0


def _are_poured(cells: Sequence[GridCell]) -> bool:
    poured = [cell for cell in cells if sum(bool(_VALUE.match(line.text.strip())) for line in cell.lines) >= _POURED]
    return len(poured) > 1


def _columns(pieces: Sequence[Piece], size: float) -> Iterator[Doubt]:
    """Blocks of values side by side: the columns of a table that was not found, one after the other."""
    found = [at for at, piece in enumerate(pieces) if piece.label in _TEXT and _is_column(piece)]
    beside = [(a, b) for a, b in combinations(found, 2) if _stand_beside(pieces[a].box, pieces[b].box)]
    for group in (group for group in connected(found, beside) if len(group) > 1):
        columns = [pieces[at] for at in group]
        lone = [at for at, piece in enumerate(pieces) if at not in group and _is_of(piece, columns, size)]
        yield Doubt("table", tuple(sorted({*group, *lone})))


def _is_of(piece: Piece, columns: Sequence[Piece], size: float) -> bool:
    """Whether a text of values alone stands right above or below a column: its first row is often a block by itself."""
    words = piece.content.split()
    if piece.label not in _TEXT or not words or not all(map(_VALUE.match, words)):
        return False
    boxes = (column.box for column in columns)
    return any(-box.overlap_y(piece.box) <= _PITCH * size and box.overlap_x(piece.box) > 0 for box in boxes)


def _is_column(piece: Piece) -> bool:
    words = _TAG.sub("", piece.content).split()
    values = [word for word in words if _VALUE.match(word)]
    return len(values) >= _POURED and len(values) > 0.8 * len(words) and piece.box.height > piece.box.width * 0.5


def _stand_beside(one: Rect, other: Rect) -> bool:
    shared = min(one.y1, other.y1) - max(one.y0, other.y0)
    return shared > _BESIDE * min(one.height, other.height) and one.overlap_x(other) <= 0


def _formulas(pieces: Sequence[Piece], size: float) -> Iterator[Doubt]:
    run: list[int] = []
    around: Rect | None = None  # the run's box, which grows with it: a page may be thousands of lone letters
    for at, piece in enumerate(pieces):
        fragment = _is_fragment(piece)
        if around is not None and not (fragment and are_near(around, piece.box, size)):
            yield from _formula(pieces, run)
            run, around = [], None
        if fragment:
            run.append(at)
            around = piece.box if around is None else bounds((around, piece.box))
    yield from _formula(pieces, run)


def _formula(pieces: Sequence[Piece], run: Sequence[int]) -> Iterator[Doubt]:
    in_parts = len(run) >= _FRAGMENTS or any(pieces[at].doubtful for at in run)
    if in_parts and any(MATHS.search(pieces[at].content) for at in run):
        yield Doubt("formula", tuple(run))


def _is_fragment(piece: Piece) -> bool:
    """Whether a text is a formula in parts (`maths.display`), or has no words, but for the names of functions."""
    return piece.label in _TEXT and (piece.doubtful or is_wordless(piece.content))
