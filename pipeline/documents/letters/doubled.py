"""Doubled letters that MuPDF takes for one letter, printed twice to make it bold.

It asks how far two equal letters are apart as a share of the font's size, which of Type 3 fonts can be many times the
size of what they draw: `will` comes as `wil`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.places import Point, place
from pipeline.documents.mupdf import PaintedLetter

# Of the size, for each letter: condensed faces have .35, lines of nothing but i and l .22. Below it, letters are looked
# for that were taken for bold; above it MuPDF's bound is right. Chosen; with .4 every condensed page is read twice.
_CROWDED = 0.2
# Of a letter's width: the next one begins where it ends, a second print of the same a small step aside.
_APART = 0.5


def is_crowded(line: Mapping[str, Any]) -> bool:
    """Whether a span of a line of MuPDF's has letters far narrower than its size says."""
    dx, dy = map(abs, line["dir"])
    for span in line["spans"]:
        x0, y0, x1, y1 = span["bbox"]
        letters = len(span.get("chars") or span.get("text", ""))
        if letters > 1 and dx * (x1 - x0) + dy * (y1 - y0) < _CROWDED * span["size"] * letters:
            return True
    return False


def restore(lines: Sequence[dict[str, Any]], painted: Iterable[PaintedLetter]) -> None:
    """Put letters back behind their equals in the lines' characters; `painted` is in the order of painting."""
    behind = dict(_doubled(painted))
    there = {place(char["origin"]) for line in lines for span in line["spans"] for char in span["chars"]}
    for span in (span for line in lines for span in line["spans"]):
        chars = [one for char in span["chars"] for one in _with_those_behind(char, behind, there)]
        if len(chars) > len(span["chars"]):
            span["chars"], span["char_flags"] = chars, span["char_flags"] & ~mupdf.DOUBLED


def _with_those_behind(
    char: dict[str, Any], behind: Mapping[Point, PaintedLetter], there: set[Point]
) -> list[dict[str, Any]]:
    found = [char]
    while (next_one := behind.get(place(found[-1]["origin"]))) and place(next_one.origin) not in there:
        if next_one.text != char["c"]:
            break
        x, y = next_one.origin
        dx, dy = x - found[-1]["origin"][0], y - found[-1]["origin"][1]
        x0, y0, x1, y1 = found[-1]["bbox"]
        found.append(char | {"origin": (x, y), "bbox": (x0 + dx, y0 + dy, x1 + dx, y1 + dy)})
    return found


def _doubled(painted: Iterable[PaintedLetter]) -> Iterable[tuple[Point, PaintedLetter]]:
    """Letters with an equal one before them, by the origin of that."""
    for before, after in pairwise(painted):
        apart = abs(after.origin[0] - before.origin[0]) + abs(after.origin[1] - before.origin[1])
        if before.text == after.text and _APART * before.width <= apart < 2 * before.width:
            yield place(before.origin), after
