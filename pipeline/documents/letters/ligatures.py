"""Ligatures with all of their letters, in the order in which they are read, and no others.

Of those that a font names by their letters (T_h) MuPDF reads the first one alone where there is no /ToUnicode, and
those that run from right to left it turns round (lam and alef). Some writers print a space within the room of a
ligature, so that it reads "Verzweifl ung", or one whose room they take back, so that it reads "sev en".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.places import place

Names = Mapping[str, Callable[[int], str]]
"""The names of glyphs by font and number."""

_SPLIT = re.compile(r"(?:f[fil]|\ufb00|\ufb01|\ufb02|\ufb03|\ufb04) [^\W\d_]")
_MEETS = 0.03  # Em by which letters that meet may be apart: rounding.
# Em by which letters that meet may lie over each other: kerning takes a tenth at most. Larger, and letters that are
# printed over others are words with them.
_KERNED = -0.15
_FROM_THE_RIGHT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
)  # Hebrew to Arabic, and their presentation forms


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
    """Take the spaces out of the lines that part no words: those within the ligature before them, and those whose room
    is taken back, so that the letters beside them meet. Of invisible text, letters may meet where words do."""
    for line in lines:
        if tuple(line["dir"]) != (1.0, 0.0):
            continue
        right = last = 0.0  # where what was set so far ends, and where its last letter begins
        chars = [(char, span) for span in line["spans"] for char in span["chars"]]
        inner = set[int]()
        for (char, span), (after, _) in pairwise(chars):
            x0, _, x1, _ = char["bbox"]
            step = (after["bbox"][0] - right) / span["size"]
            is_within = last < x0 and x1 < right and abs(step) < _MEETS
            if char["c"] == " " and (is_within or (_KERNED < step < _MEETS and _is_taken_back(char, after, span))):
                inner.add(id(char))
            elif x1 > x0:
                last, right = x0, x1
        for span in line["spans"] if inner else ():
            span["chars"] = [char for char in span["chars"] if id(char) not in inner]


def _is_taken_back(blank: Mapping[str, Any], after: Mapping[str, Any], span: Mapping[str, Any]) -> bool:
    """Whether a printed blank of text that is seen takes no room."""
    is_seen = span["char_flags"] & (mupdf.PAINTED | mupdf.STROKED)
    has_room = after["bbox"][0] - blank["bbox"][0] > _MEETS * span["size"]
    return bool(is_seen and not blank.get("synthetic") and after["c"] != " " and not has_room)


def may_be_turned(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Whether signs of several letters may be turned round in lines whose spans have their text."""
    return any(_FROM_THE_RIGHT.search(span["text"]) for line in lines for span in line["spans"])


def unturned(lines: Sequence[Mapping[str, Any]]) -> None:
    """Put the letters that share a sign into the order of its map, where MuPDF turned them round with their line.

    The first letter has the sign's room, and those behind it stand at its right side with none.
    """
    for span in (span for line in lines for span in line["spans"]):
        chars = span["chars"]
        for at, char in enumerate(chars):
            x0, _, x1, _ = char["bbox"]
            start = at
            while x1 > x0 and start and _is_behind(chars[start - 1], x1):
                start -= 1
            # An accent before them is the one of the letter before this sign.
            while start < at and not _is_letter_from_the_right(chars[start]["c"]):
                start += 1
            chars[start : at + 1] = reversed(chars[start : at + 1])


def _is_behind(char: Mapping[str, Any], right: float) -> bool:
    return bool(char["bbox"][0] == char["bbox"][2] == right)


def _is_letter_from_the_right(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in ("R", "AL")
