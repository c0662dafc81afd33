"""The text of a table's cell: what of it can be shown, its lines, and how wide they are."""

from __future__ import annotations

import numpy as np

from train_nano.measure import Measured, break_lines
from train_nano.tables import BREAK
from train_nano.theme import Theme

NO_TAGS = str.maketrans("", "", "<>")  # inside HTML they would be markup
Lines = list[tuple[int, int, bool]]


def shown_of(theme: Theme, text: str) -> str:
    """A cell's text as the page's face can show it, its breaks where they were."""
    return BREAK.join(filter(None, (theme.text(line.translate(NO_TAGS)) for line in text.split(BREAK))))


def lines_of(text: str, m: Measured, width: float) -> Lines:
    """The lines of a cell's `text`, which also begin where it says so."""
    lines: Lines = []
    start = 0
    for piece in text.split(BREAK):
        end = start + len(piece)
        part = Measured(
            m.codes[start:end],
            m.shown[start:end],
            m.faces[start:end],
            m.advance[start:end],
            m.cumulative[start : end + 1],
        )
        lines += [(start + a, start + b, hyphen) for a, b, hyphen in break_lines(part, width, width, False)]
        start = end + 1
    return lines


def longest_line(text: str, m: Measured) -> float:
    """Width of the longest of a cell's lines if none had to be broken further."""
    ends = [at for at, c in enumerate(text) if c == BREAK] + [len(text)]
    starts = [0, *(at + 1 for at in ends[:-1])]
    return max(float(m.cumulative[b] - m.cumulative[a]) for a, b in zip(starts, ends, strict=True))


def longest_word(text: Measured) -> float:
    gaps = np.flatnonzero(text.codes == 0)
    starts, ends = np.concatenate([[0], gaps + 1]), np.concatenate([gaps, [len(text.codes)]])
    return float((text.cumulative[ends] - text.cumulative[starts]).max())
