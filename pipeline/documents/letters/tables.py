"""What the codes of fonts of signs show: Adobe's tables (PDF 32000-1, annexes D.5 and D.6), and Microsoft's Wingdings
as far as Unicode had its signs before version 7. Unicode's block of dingbats has Zapf's in their order, but for what
it had already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_UNKNOWN = "\ufffd"

# Adobe's Symbol encoding from code 0x20 to 0xFE.
_IN_ORDER = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼"
    + _UNKNOWN * 33
    + "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪"
    + _UNKNOWN
    + "〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
SYMBOL: Final[Mapping[int, str]] = {0x20 + i: sign for i, sign in enumerate(_IN_ORDER) if sign != _UNKNOWN}
WINGDINGS: Final[Mapping[int, str]] = {
    0x22: "✂", 0x23: "✁", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x3E: "✇", 0x3F: "✍", 0x41: "✌", 0x45: "☜",
    0x46: "☞", 0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4C: "☹", 0x4E: "☠", 0x51: "✈", 0x52: "☼", 0x54: "❄", 0x56: "✞",
    0x58: "✠", 0x59: "✡", 0x5A: "☪", 0x5B: "☯", 0x5D: "☸", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "□", 0x71: "❑",
    0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "⌧", 0x7A: "⌘", 0x80: "⓪", 0x8B: "⓿",
    0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "◻", 0xAA: "✦", 0xAB: "★", 0xAC: "✶",
    0xAD: "✴", 0xAE: "✹", 0xAF: "✵", 0xB1: "⌖", 0xB5: "✪", 0xB6: "✰", 0xD5: "⌫", 0xD6: "⌦", 0xD8: "➢", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨", 0xF1: "⇧", 0xF2: "⇩", 0xFB: "✗", 0xFC: "✓",
    0xFD: "☒", 0xFE: "☑",
    **{0x5E + i: chr(0x2648 + i) for i in range(12)},  # the zodiac
    **{0x81 + i: chr(0x2460 + i) for i in range(10)},  # digits in circles
    **{0x8C + i: chr(0x2776 + i) for i in range(10)},
}  # fmt: skip
DINGBATS: Final[Mapping[int, str]] = {
    **{code: chr(0x26E0 + code) for code in range(0x21, 0x7F)},
    **{code: chr(0x26E8 + code) for code in range(0x80, 0x8E)},
    **{code: chr(0x26C0 + code) for code in range(0xA1, 0xFF) if code != 0xF0},
    0x25: "☎", 0x2A: "☛", 0x2B: "☞", 0x48: "★", 0x6C: "●", 0x6E: "■", 0x73: "▲", 0x74: "▼", 0x75: "◆", 0x77: "◗",
    0xA8: "♣", 0xA9: "♦", 0xAA: "♥", 0xAB: "♠", **{0xAC + i: chr(0x2460 + i) for i in range(10)},
    0xD5: "→", 0xD6: "↔", 0xD7: "↕",
}  # fmt: skip


def _names() -> dict[int, int]:
    """Codes of ZapfDingbats by the numbers in its names of glyphs, a1 to a206."""
    low = (1, 2, 202, 3, 4, 5, 119, 118, 117, *range(11, 17), 105, *range(17, 29), *range(6, 11), *range(29, 75), 203,
           75, 204, *range(76, 80), *range(81, 85), *range(97, 101))  # fmt: skip
    brackets = (89, 90, 93, 94, 91, 92, 205, 85, 206, 86, 87, 88, 95, 96)
    high = (*range(101, 105), *range(106, 109), 112, 111, 110, 109, *range(120, 161), 161, 163, 164, 196, 165, 192,
            *range(166, 174), 162, *range(174, 180), 193, 180, 199, 181, 200, 182)  # fmt: skip
    last = (201, 183, 184, 197, 185, 194, 198, 186, 195, *range(187, 192))
    starts = ((0x21, low), (0x80, brackets), (0xA1, high), (0xF1, last))
    return {number: start + i for start, numbers in starts for i, number in enumerate(numbers)}


DINGBATS_BY_NAME: Final[Mapping[int, int]] = _names()
"""Codes by the numbers in names of glyphs."""
