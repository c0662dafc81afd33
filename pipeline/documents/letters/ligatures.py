"""Ligatures that a font names by their letters (T_h): without a /ToUnicode MuPDF reads the first letter alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.documents import mupdf
from pipeline.documents.letters.places import place

Names = Mapping[str, Callable[[int], str]]
"""The names of glyphs by font and number."""


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
