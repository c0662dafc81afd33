"""The readings of a page's pieces as one reading of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.model.family.blocks import blocks
from pipeline.readers.parts.placed import boxes_of, label_of, words_of, written
from pipeline.transcript import Box, Transcript

# 0..999: running heads and page numbers stand so near to the upper or lower edge.
_EDGE: Final = 110
# 0..999 that may lie between a table's last row above a cut and the first below it, and by which its sides may differ.
_NEAR: Final = 30
_ASIDE: Final = 25
_ROW: Final = re.compile(r"<tr\b.*?(?=<tr\b|</table>|$)", re.DOTALL)
_CELL: Final = re.compile(r"<t[dh]\b(?:[^>]*?\bcolspan=\"?(\d{1,3}))?[^>]*>")


@dataclass(frozen=True)
class _Said:
    """A block of the page: its text with its head, its place, how sure it is, and the piece that it is from."""

    label: str
    box: Box
    words: str
    sure: float
    piece: int

    def __str__(self) -> str:
        return written(self.label, [self.box], self.words)


def together(page: Transcript, pieces: Sequence[Transcript]) -> Transcript:
    """A page with the text of its pieces, which are given in the order of reading; how it ended is as it was."""
    said: list[_Said] = []
    known = True
    for number, piece in enumerate(pieces):
        own = _blocks(piece, number)
        known &= bool(piece.by_block) or not own
        if said and own and _is_one_table(said[-1], own[0]):
            said[-1:] = [_one_table(said[-1], own.pop(0))]
        said += own
    tokens = sum(piece.output_tokens for piece in pieces)
    sure = sum((piece.confidence or 0.0) * piece.output_tokens for piece in pieces)
    untold = any(piece.finish.good and piece.confidence is None and piece.output_tokens for piece in pieces)
    return replace(
        page,
        text="\n\n".join(map(str, said)),
        by_block=tuple(block.sure for block in said) if known else (),
        confidence=sure / tokens if tokens and not untold else None,
        output_tokens=tokens,
        prompt_tokens=sum(piece.prompt_tokens for piece in pieces),
    )


def _blocks(piece: Transcript, number: int) -> list[_Said]:
    place, found = piece.ref.part, list(blocks(piece.text))
    assert place is not None
    sure = piece.by_block if len(piece.by_block) == len(found) else (piece.confidence or 0.0,) * len(found)
    said = []
    before = piece.text[: found[0].start if found else len(piece.text)].strip()
    if before:
        said.append(_Said("text", place, before, piece.confidence or 0.0, number))
    for block, certain in zip(found, sure, strict=True):
        x1, y1, x2, y2 = zip(*boxes_of(block, place), strict=True)
        box = min(x1), min(y1), max(x2), max(y2)
        at_edge = box[3] < _EDGE or box[1] > 999 - _EDGE
        label, words = label_of(block, at_edge), words_of(block, piece.text)
        if number and label == "title":  # the heading that a piece begins with is taken for that of a page
            label, words = "sub_title", re.sub(r"^# ", "## ", words)
        said.append(_Said(label, box, words, certain, number))
    return said


def _is_one_table(above: _Said, below: _Said) -> bool:
    """Whether a table was cut between two of its rows."""
    return (
        above.label == below.label == "table"
        and above.piece != below.piece
        and -_NEAR <= below.box[1] - above.box[3] <= _NEAR
        and abs(above.box[0] - below.box[0]) <= _ASIDE
        and abs(above.box[2] - below.box[2]) <= _ASIDE
        and above.words.endswith("</table>")
        and below.words.startswith("<table>")
        and _columns(above.words) == _columns(below.words)
    )


def _one_table(above: _Said, below: _Said) -> _Said:
    (left, top, right, _), (x1, _, x2, bottom) = above.box, below.box
    words = above.words.removesuffix("</table>") + below.words.removeprefix("<table>")
    letters = len(above.words), len(below.words)
    sure = (above.sure * letters[0] + below.sure * letters[1]) / sum(letters)
    return _Said("table", (min(left, x1), top, max(right, x2), bottom), words, sure, below.piece)


def _columns(table: str) -> int:
    """Of the widest row; 0 of none."""
    return max((sum(int(cell[1] or 1) for cell in _CELL.finditer(row[0])) for row in _ROW.finditer(table)), default=0)
