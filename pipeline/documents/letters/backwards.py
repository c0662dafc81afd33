"""Words whose letters a file draws from the last to the first: MuPDF makes lines of one to three of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.order import is_right_to_left

# Em: how far off its line a letter may stand, which rounding does not reach and powers are beyond.
_LEVEL = 0.1
# Em between a letter and the one that is drawn next, on its left: they may touch as italics do; wider gaps than that of
# two words are columns.
_OVERLAP, _WIDEST = -0.3, 1.0
# Em from which a gap is a space where the file draws none; words of the narrowest faces are .2 apart.
_SPACE = 0.15
# Letters of a word that goes back for sure: one or two may be a sign that was put before a number afterwards.
_FEWEST = 4
_SET = ("font", "size", "flags", "char_flags", "color", "alpha")  # what letters of one span have in common

_Line = Mapping[str, Any]
_Placed = tuple[Mapping[str, Any], Mapping[str, Any]]  # a character, and its span


def goes_back(before: _Line, line: _Line) -> bool:
    """Whether a line ends where the one before it begins, and stands on the same level, by the boxes of their spans."""
    if before["dir"] != line["dir"] or not before["spans"] or not line["spans"]:
        return False
    a, b = before["spans"][-1], line["spans"][0]
    size = float(min(a["size"], b["size"]))
    (_, foot), (_, level) = _along(before, *a["origin"]), _along(before, *b["origin"])
    start, end = min(_ends(before, a["bbox"])), max(_ends(before, b["bbox"]))
    return abs(level - foot) < _LEVEL * size and _OVERLAP * size < start - end < _WIDEST * size


def forwards(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of `rawdict`, those that go back from letter to letter as one, from its first letter on."""
    out: list[dict[str, Any]] = []
    run: list[dict[str, Any]] = []
    for line in lines:
        if run and not goes_back(run[-1], line):
            out += _turned(run)
            run = []
        run.append(line)
    return out + _turned(run)


def _turned(run: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(run) < 2:
        return run
    placed = [(char, span) for line in run for span in line["spans"] for char in span["chars"]]
    drawn = [one for one in placed if not one[0].get("synthetic")]
    text = "".join(char["c"] for char, _ in drawn)
    if len(text.replace(" ", "")) < _FEWEST or is_right_to_left(text):
        return run
    places = [_along(run[0], *char["origin"])[0] for char, _ in drawn]
    if not all(a > b for a, b in pairwise(places)):
        return run
    spans = list(_spans(_with_spaces(drawn[::-1], run[0])))
    return [{**run[0], "spans": spans, "bbox": mupdf.joined_bounds([span["bbox"] for span in spans])}]


def _along(line: _Line, x: float, y: float) -> tuple[float, float]:
    """A point's place in the direction of the line, and across it."""
    dx, dy = line["dir"]
    return x * dx + y * dy, y * dx - x * dy


def _ends(line: _Line, box: mupdf.Box) -> list[float]:
    return [_along(line, x, y)[0] for x in (box[0], box[2]) for y in (box[1], box[3])]


def _with_spaces(placed: Sequence[_Placed], line: _Line) -> Iterator[_Placed]:
    for (char, span), behind in zip(placed, [*placed[1:], None], strict=True):
        yield char, span
        if behind is None or " " in (char["c"], behind[0]["c"]):
            continue
        start = behind[0]["origin"]
        if _along(line, *start)[0] - max(_ends(line, char["bbox"])) > _SPACE * span["size"]:
            yield {"c": " ", "origin": start, "bbox": (*start, *start), "synthetic": True}, span


def _spans(placed: Iterator[_Placed]) -> Iterator[dict[str, Any]]:
    for _, run in groupby(placed, key=lambda one: tuple(one[1].get(name) for name in _SET)):
        pairs = list(run)
        chars = [char for char, _ in pairs]
        bbox = mupdf.joined_bounds([char["bbox"] for char in chars])
        yield {**pairs[0][1], "chars": chars, "origin": chars[0]["origin"], "bbox": bbox}
