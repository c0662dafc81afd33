"""Characters that a font's map names by their twins: hyphens called soft ones, semicolons called Greek question marks.

A font has one glyph for both, and what writes the map takes either name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

SOFT_HYPHEN = "\xad"

# The signs that are canonically equal to one of a keyboard or of Latin and Greek (Unicode 16, UnicodeData.txt). Angle
# brackets, whose equals are Chinese ones, and ideographs look otherwise and stay.
_EQUALS = str.maketrans("\u037e\u0387\u1fef\u2126\u212a\u212b", ";·`ΩKÅ")
# Of the size: a hyphen is .2 to .6 em wide in any font, and one that is not drawn has no width.
_DRAWN = 0.1


def has_soft_hyphens(lines: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there is a soft hyphen in lines whose spans have their text."""
    return any(SOFT_HYPHEN in span["text"] for line in lines for span in line["spans"])


def named_as_shown(lines: Sequence[dict[str, Any]]) -> None:
    """Put right the characters of lines as MuPDF's `rawdict` gives them.

    A soft hyphen shows only where a line ends. One that is drawn within a line is a hyphen, and so are all of its font:
    "88-3" is no 883.
    """
    hyphens: list[tuple[str, dict[str, Any]]] = []
    hard: set[str] = set()
    for line in lines:
        for font, size, char in _characters(line):
            if char["c"] == SOFT_HYPHEN:
                hyphens.append((font, char))
                if char is not _last(line) and _advance(line, char) > _DRAWN * size:
                    hard.add(font)
            else:
                char["c"] = char["c"].translate(_EQUALS)
    for font, char in hyphens:
        if font in hard:
            char["c"] = "-"


def _characters(line: Mapping[str, Any]) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """The characters of a line that are not ASCII, with their fonts and sizes."""
    for span in line["spans"]:
        yield from ((span["font"], span["size"], char) for char in span["chars"] if char["c"] > "\x7f")


def _last(line: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last character of a line that is no space."""
    chars = (char for span in reversed(line["spans"]) for char in reversed(span["chars"]))
    return next((char for char in chars if not char["c"].isspace()), None)


def _advance(line: Mapping[str, Any], char: Mapping[str, Any]) -> float:
    """How wide a character is along its line, which runs level or upright."""
    (dx, dy), (x0, y0, x1, y1) = line["dir"], char["bbox"]
    return float(abs(dx) * (x1 - x0) + abs(dy) * (y1 - y0))
