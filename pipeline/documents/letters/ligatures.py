"""Ligatures with all of their letters and no others.

Of those that a font names by their letters (T_h) MuPDF reads the first one alone where there is no /ToUnicode; and some
writers print a space within the room of a ligature, so that it reads "Verzweifl ung".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.places import place

Names = Mapping[str, Callable[[int], str]]
"""The names of glyphs by font and number."""

_SPLIT = re.compile(r"(?:f[fil]|\ufb00|\ufb01|\ufb02|\ufb03|\ufb04) [^\W\d_]")
_MEETS = 0.03  # Em by which letters that meet may be apart: rounding.


def joined_names(page: mupdf.Page) -> Names:
    """Those fonts of a page whose encodings have such names, and no map that would tell the letters."""
    return {
        font.name.split("+")[-1]: mupdf.glyph_names(page, font)
        for font in mupdf.page_fonts(page)
        if font.subtype == "Type1" and not font.mapped and "_" in mupdf.encoding_of(page, font)
    }


def spell(lines: Sequence[Mapping[str, Any]], painted: Iterable[mupdf.PaintedLetter], names: Names) -> None:
    """Put all letters of such ligatures into the lines' characters; they share the room of the one."""
    spelled = {}
    for letter in painted:
        if (name_of := names.get(letter.font)) and (letters := _letters(name_of(letter.glyph))):
            spelled[letter.text, place(letter.origin)] = letters
    for line in lines:
        for span in line["spans"]:
            chars = [(char, spelled.get((char["c"], place(char["origin"])), char["c"])) for char in span["chars"]]
            span["chars"] = [part for char, text in chars for part in _parts(char, text, line["dir"])]


def _parts(char: Mapping[str, Any], letters: str, direction: tuple[float, float]) -> Iterator[Mapping[str, Any]]:
    """A character for each letter, side by side in its box."""
    (x, y), (x0, y0, x1, y1) = char["origin"], char["bbox"]
    level = abs(direction[0]) >= abs(direction[1])
    step = (x1 - x0 if level else y1 - y0) / len(letters)
    backwards = (direction[0] if level else direction[1]) < 0
    for i, letter in enumerate(letters):
        at = (len(letters) - 1 - i if backwards else i) * step
        run = -i * step if backwards else i * step
        box = (x0 + at, y0, x0 + at + step, y1) if level else (x0, y0 + at, x1, y0 + at + step)
        origin = (x + run, y) if level else (x, y + run)
        yield {**char, "c": letter, "origin": origin, "bbox": box}


def _letters(name: str) -> str:
    """The letters in the name of a ligature, as Adobe's glyph list has it: before a dot, with underscores between."""
    parts = name.split(".")[0].split("_")
    return "".join(parts) if len(parts) > 1 and all(len(part) == 1 and part.isalpha() for part in parts) else ""


def may_be_split(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a ligature ends before a space in lines whose spans have their text."""
    return any(_SPLIT.search(span["text"]) for line in lines for span in line["spans"])


def unsplit(lines: Sequence[Mapping[str, Any]]) -> None:
    """Take the spaces out of the lines that lie within the ligature before them: they part no words."""
    for line in lines:
        if tuple(line["dir"]) != (1.0, 0.0):
            continue
        right = last = 0.0  # where what was set so far ends, and where its last ligature begins
        chars = [(char, span) for span in line["spans"] for char in span["chars"]]
        inner = set[int]()
        for (char, span), (after, _) in pairwise(chars):
            x0, _, x1, _ = char["bbox"]
            is_within = char["c"] == " " and last < x0 and x1 < right
            if is_within and abs(after["bbox"][0] - right) < _MEETS * span["size"]:
                inner.add(id(char))
            elif x1 > x0:
                last, right = x0, x1
        for span in line["spans"] if inner else ():
            span["chars"] = [char for char in span["chars"] if id(char) not in inner]
