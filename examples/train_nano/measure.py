"""Text measured and broken into lines: advances with kerning and ligatures, greedy breaks, hyphens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train_nano.alphabet import ALPHABET, HYPHEN, KERNED, LIGATURES, SPACE, Codes, decode, encode
from train_nano.fonts import Family, Floats

VOWELS = "aeiouy"
STAND_INS = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "−": "-", "⁄": "/"}
_BREAK_AFTER = np.zeros(len(ALPHABET), bool)
_BREAK_AFTER[[ALPHABET.index(c) for c in "-–—/"]] = True


@dataclass(frozen=True)
class TextStyle:
    """How a block of text is set; lengths in pixels."""

    family: Family
    size: float
    leading: float  # baseline to baseline
    face: int = 0  # 0 regular, 1 bold, 2 italic, 3 bold italic
    align: str = "left"  # left, justify, center, right
    indent: float = 0.0  # of the first line; negative hangs
    hyphenate: bool = False
    kern: bool = True
    ligatures: bool = False
    tracking: float = 0.0  # extra advance of every character
    ink: int | None = None

    @property
    def first_baseline(self) -> float:
        return (self.leading - self.size) / 2 + 0.78 * self.size


@dataclass
class Measured:
    """Characters with faces and advances."""

    codes: Codes
    shown: Codes
    faces: NDArray[np.int8]
    advance: Floats
    cumulative: Floats  # (n + 1,)


def fit(text: str, family: Family) -> str:
    """`text` with characters that the family lacks replaced or dropped, single spaces."""
    codes = encode(text)
    bad = (codes < 0) | ~family.has[codes]
    if bad.any():
        text = "".join(STAND_INS.get(c, "") if b else c for c, b in zip(text, bad, strict=True))
    return " ".join(text.split(" ")) if "  " not in text else " ".join(text.split())


def measure(text: str, style: TextStyle, faces: NDArray[np.int8] | None = None) -> Measured:
    """Advances in pixels with pair kerning and ligatures. `faces` (n,) is added to the style's face."""
    codes = encode(text)
    chosen = np.full(len(codes), style.face, np.int8) if faces is None else (faces | style.face).astype(np.int8)
    shown = _ligatures(codes, text, style) if style.ligatures else codes
    advance = np.empty(len(codes), np.float32)
    for face in np.unique(chosen):
        here = chosen == face
        advance[here] = style.family.faces[face].advance[codes[here]]
    if style.ligatures:
        _share_ligature_width(codes, shown, chosen, advance, style)
    if style.kern and len(codes) > 1:
        a, b = codes[:-1], codes[1:]
        both = (a < KERNED) & (b < KERNED) & (chosen[:-1] == chosen[1:])
        kern = style.family.faces[style.face].kern
        advance[:-1][both] += kern[a[both], b[both]]
    advance = advance * style.size + style.tracking
    return Measured(codes, shown, chosen, advance, np.concatenate([[0.0], np.cumsum(advance)]).astype(np.float32))


def _ligatures(codes: Codes, text: str, style: TextStyle) -> Codes:
    shown = codes.copy()
    for letters, ligature in LIGATURES.items():
        code = ALPHABET.index(ligature)
        at = text.find(letters) if style.family.has[code] else -1
        while at >= 0:
            if (shown[at : at + len(letters)] == codes[at : at + len(letters)]).all():
                shown[at], shown[at + 1 : at + len(letters)] = code, -1
            at = text.find(letters, at + 1)
    return shown


def _share_ligature_width(
    codes: Codes, shown: Codes, faces: NDArray[np.int8], advance: Floats, style: TextStyle
) -> None:
    """Each letter of a ligature gets its share of the advance."""
    for at in np.flatnonzero((shown != codes) & (shown >= 0)):
        end = at + 1
        while end < len(shown) and shown[end] < 0:
            end += 1
        advance[at:end] = style.family.faces[faces[at]].advance[shown[at]] / (end - at)


def break_lines(m: Measured, width: float, first_width: float, hyphenate: bool) -> list[tuple[int, int, bool]]:
    """Greedy lines as (start, end, whether a hyphen is added); the space at a break belongs to no line."""
    codes, cumulative = m.codes, m.cumulative
    n = len(codes)
    inner = (
        np.flatnonzero(_BREAK_AFTER[codes[1:-1]] & (codes[2:] != SPACE) & (codes[2:] != HYPHEN)) + 2 if n > 2 else []
    )
    ends = np.concatenate([np.flatnonzero(codes == SPACE), inner, [n]]).astype(np.int64)
    ends.sort()
    reach = cumulative[ends]
    lines: list[tuple[int, int, bool]] = []
    start, room = 0, first_width
    while start < n:
        limit = cumulative[start] + room * 1.002
        k = int(np.searchsorted(reach, limit, "right")) - 1
        end = int(ends[k]) if k >= 0 else -1
        hyphen = False
        if end <= start:  # no word fits: break inside
            end = max(int(np.searchsorted(cumulative, limit, "right")) - 1, start + 1)
        elif hyphenate and end < n and codes[end] == SPACE:
            cut = _hyphen(m, end + 1, int(ends[k + 1]), limit - m.advance[end] * 0.3)
            if cut:
                end, hyphen = cut, True
        lines.append((start, end, hyphen))
        start = end + 1 if end < n and codes[end] == SPACE and not hyphen else end
        room = width
    return lines


def _hyphen(m: Measured, start: int, end: int, limit: float) -> int:
    """The last place in the word [start, end) where it and a hyphen end before `limit`; 0: none."""
    word = decode(m.codes[start:end]).lower()
    if len(word) < 6 or not word[:5].isalpha() or m.cumulative[start + 2] > limit:
        return 0
    hyphen = m.advance[start : start + 2].mean() * 0.7
    for cut in range(len(word) - 3, 2, -1):
        pair = word[cut - 1 : cut + 1]
        if not word[cut - 2 : cut + 2].isalpha() or m.shown[start + cut] < 0:
            continue
        open_syllable = pair[0] in VOWELS and pair[1] not in VOWELS and word[cut + 1] in VOWELS
        between = (
            pair[0] not in VOWELS and pair[1] not in VOWELS and word[cut - 2] in VOWELS and word[cut + 1] in VOWELS
        )
        if (open_syllable or between) and m.cumulative[start + cut] + hyphen <= limit:
            return start + cut
    return 0


def width_of(text: str, style: TextStyle) -> float:
    """Natural width in pixels."""
    return float(measure(text, style).cumulative[-1]) if text else 0.0
