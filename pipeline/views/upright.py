"""Pages that were scanned sideways or upside down: by how many quarter turns they become upright."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.text_layer.lines.geometry import Frame, Rect
from pipeline.transcript import Pixels

if TYPE_CHECKING:
    from pipeline.documents import mupdf

_Ink = NDArray[np.bool_]

# Pixels of the longer side on which lines are looked for: type of 8 points is 13 high on A4, its ascenders 3. Fewer,
# and ascenders vanish; more costs time on every page.
_SIDE: Final = 1400
# Side of the squares that vote: some lines of text, or a part of one column. Larger, and a picture beside text outvotes
# it; smaller, and a square holds two lines, whose direction is chance.
_SQUARE: Final = 140
# To the paper around it, of what counts as ink, as a share of 255: yellowed paper and shadows at the binding have less.
_CONTRAST: Final = 0.12
# Pixels in a row are a rule, not a letter: 54 points of A4. Rules have the direction of a table, not of its text.
_RULE: Final = 90
# Pixels in which a line of letters is high: type of 4 to 36 points of A4. Lower pieces are dots and dashes, higher ones
# several lines that touch, whose profile says nothing of up and down.
_LETTERS: Final = 6, 60

# Seen on 236 pages of documents of many scripts and on 150 drawn ones, each way up: lines of upright text run across
# with 0.2 and more; columns of figures come out at -0.25, and their commas reach down; vertical Japanese at -0.5,
# but its letters reach neither up nor down.
_ACROSS: Final = 0.3
_DOWN: Final = -0.4
# Which way is up, on a page that lies on its side anyway: one of two must be chosen, so that less proof will do.
_SURE: Final = 0.25
# That a page with lines across stands on its head: nearly all pages do not, so a doubt leaves them as they are.
_VERY_SURE: Final = 0.45
# Pieces of lines. Fewer are a heading or a caption, whose capitals have no descenders to go by.
_LEAST: Final = 10

# Of a PDF page's own text: a stamp at the margin of a scan that lies on its side has fewer. Chosen, not measured.
_LETTERS_TO_SAY: Final = 60

_BOXES: Final = re.compile(r"(?<=<\|det\|>)[^<\n\[]{0,40}\[.*?\](?=<\|/det\|>)")  # a label may stand before them
_BOX: Final = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]")


def quarter_turns(pixels: Pixels) -> int:
    """Turns against the clock (0 to 3, as `numpy.rot90` counts) that set a page of Latin or similar script upright.

    0 wherever the page leaves a doubt: a page that is turned wrongly would be lost, one that is not is read as before.
    Lines of text make the ink's profile across them change more than along them; and letters reach up from their line
    (b, d, f, h, k, l, t, capitals, digits) more often than down (g, j, p, q, y).
    """
    ink = _ink(pixels)
    direction = _direction(ink)
    sideways = direction < _DOWN
    rise, pieces = _rise(np.rot90(ink) if sideways else ink)
    if pieces < _LEAST:
        return 0
    if sideways:
        return 0 if abs(rise) < _SURE else 1 if rise > 0 else 3
    return 2 if direction > _ACROSS and rise < -_VERY_SURE else 0


def written_turns(page: mupdf.Page) -> int | None:
    """The same from the direction of a PDF page's own text; None where it has too little, or no one direction."""
    from pipeline.documents import mupdf

    letters: Counter[int] = Counter()
    shown = mupdf.displayed(page)
    frame = Frame(shown.width, shown.height, shown.matrix)
    for block in page.get_text("dict", flags=0)["blocks"]:
        for line in block.get("lines", ()):
            # Text that runs down, direction 1, is upright after one turn against the clock, and so on round.
            letters[frame.direction(*line["dir"])] += sum(len(span["text"].strip()) for span in line["spans"])
    if letters.total() < _LETTERS_TO_SAY:
        return None
    turns, most = letters.most_common(1)[0]
    return turns if most > 0.8 * letters.total() else None


def turn_back(text: str, turns: int) -> str:
    """A grounded transcript of the page as it was turned, with its boxes (0..999) where they are on the page itself."""
    if not turns:
        return text
    grid = Frame(999, 999, turns=turns)

    def back(box: re.Match[str]) -> str:
        return str([round(side) for side in grid.displayed(Rect(*map(int, box.groups())))])

    return _BOXES.sub(lambda boxes: _BOX.sub(back, boxes[0]), text)


def _ink(pixels: Pixels) -> _Ink:
    """Where letters may be, on a page of at most _SIDE pixels: darker than the paper around them, and no rules."""
    page = Image.fromarray(np.ascontiguousarray(pixels)).convert("L")
    shrink = min(_SIDE / max(page.size), 1)
    size = max(round(page.width * shrink), 1), max(round(page.height * shrink), 1)
    page = page.resize(size, Image.Resampling.BOX)
    paper = page.resize((max(size[0] // 40, 1), max(size[1] // 40, 1)), Image.Resampling.BOX)
    around = np.asarray(paper.resize(size, Image.Resampling.BILINEAR), np.float32)
    ink: _Ink = around - np.asarray(page, np.float32) > 255 * _CONTRAST
    return ink & ~_rules(ink) & ~_rules(ink.T).T


def _rules(ink: _Ink) -> _Ink:
    """The runs of ink along rows that are too long for a letter."""
    edges = np.diff(np.pad(ink, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    long = ends - starts >= _RULE
    marks = np.zeros((ink.shape[0], ink.shape[1] + 1), np.int32)
    np.add.at(marks, (rows[long], starts[long]), 1)
    np.add.at(marks, (rows[long], ends[long]), -1)
    inside: _Ink = marks.cumsum(axis=1)[:, :-1] > 0
    return inside


def _direction(ink: _Ink) -> float:
    """From 1, where all lines run across, to -1, where all run down; 0 where nothing can be said."""
    votes = total = 0.0
    height, width = ink.shape
    for top in range(0, height - _SQUARE // 2, _SQUARE):
        for left in range(0, width - _SQUARE // 2, _SQUARE):
            square = ink[top : top + _SQUARE, left : left + _SQUARE]
            share = float(square.mean())
            if 0.01 <= share <= 0.45:  # else empty, or a picture
                across, down = square.mean(axis=1).var(), square.mean(axis=0).var()
                votes += share * float(np.clip(np.log((across + 1e-6) / (down + 1e-6)), -2, 2))
                total += 2 * share
    return votes / total if total else 0.0


def _rise(ink: _Ink) -> tuple[float, int]:
    """By how much more ink stands above the letters' bodies than below, -1..1, on lines that run across; and on how
    many pieces of lines that was seen."""
    votes: list[float] = []
    for left in range(0, ink.shape[1] - _SQUARE, _SQUARE):
        profile = ink[:, left : left + 2 * _SQUARE].mean(axis=1)
        edges = np.diff(np.pad(profile > 0.01, 1).astype(np.int8))
        for start, end in zip(np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0], strict=True):
            line = profile[start:end]
            if _LETTERS[0] <= len(line) <= _LETTERS[1] and line.max() >= 0.06:
                body = np.nonzero(line > 0.5 * line.max())[0]
                above, below = float(line[: body[0]].sum()), float(line[body[-1] + 1 :].sum())
                votes.append((above - below) / (above + below) if above + below else 0.0)
    return (sum(votes) / len(votes) if votes else 0.0), len(votes)
