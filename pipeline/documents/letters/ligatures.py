"""Ligatures with all of their letters, in the order in which they are read, and no others.

Of those that a font names by their letters (T_h) MuPDF reads the first one alone where there is no /ToUnicode, and
those that run from right to left it turns round (lam and alef). Some writers print a space within the room of a
ligature, so that it reads "Verzweifl ung", or one whose room they take back, so that it reads "sev en". Ghostscript 10
writes maps with the bytes the wrong way round, <66006900> for "fi", which are two Chinese signs (昀椀); and of three
letters it adds the second to the third, <6600cf00> for "ffi". No sign stands for several Chinese ones.
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
# Letters of Hebrew to Arabic, and their presentation forms.
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LETTERS = re.compile("[A-Za-z]")
_PAIR = re.compile("[\u4100-\u7a00][\u4100-\ud7a3]")  # of such Chinese signs
_SECOND = ord("f")  # of three letters: all such ligatures are of two f and a letter


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
    had_room = blank["bbox"][2] - blank["bbox"][0] > _MEETS * span["size"]  # those of an /ActualText have none
    is_printed = is_seen and had_room and not blank.get("synthetic")
    return bool(is_printed and after["c"] != " " and not has_room)


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
    """Whether a character has no room and stands there."""
    return bool(char["bbox"][0] == char["bbox"][2] == right)


def _is_letter_from_the_right(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in ("R", "AL")


def may_be_swapped(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two signs behind each other may be such letters, in lines whose spans have their text."""
    return any(
        all(map(_meant, pair)) for line in lines for span in line["spans"] for pair in _PAIR.findall(span["text"])
    )


def unswap(lines: Sequence[Mapping[str, Any]]) -> None:
    """Put the letters that are meant into the lines' characters, where several share the room of one."""
    for span in (span for line in lines for span in line["spans"]):
        chars, at = span["chars"], 0
        while at < len(chars):
            end = at + 1
            while end < len(chars) and _shares_room(chars[at], chars[end]):
                end += 1
            meant = [_meant(char["c"]) for char in chars[at:end]]
            if end - at > 1 and all(meant):
                first, last, letters = chars[at], chars[end - 1], "".join(meant)
                chars[at:end] = [{**(last if i else first), "c": letter} for i, letter in enumerate(letters)]
                end = at + len(letters)
            at = end


def _shares_room(first: Mapping[str, Any], char: Mapping[str, Any]) -> bool:
    """Whether a character has no room and stands where the one before it ends."""
    left, _, right, _ = first["bbox"]
    return left < right and _is_behind(char, right)


def _meant(sign: str) -> str:
    """The letters that a sign is with its bytes turned round; "" where it is none."""
    high, low = divmod(ord(sign), 256)
    if low:
        return ""
    if _LETTERS.match(chr(high)):
        return chr(high)
    third = chr(max(high - _SECOND, 0))
    return "f" + third if _LETTERS.match(third) else ""
