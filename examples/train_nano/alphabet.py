"""The characters that a synthetic page may show, and their codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]

LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}
ASCII = "".join(map(chr, range(32, 127)))
COMMON = "–—‘’“”•…" + "".join(LIGATURES.values())
LATIN = (
    "".join(chr(c) for c in range(0xA1, 0x100) if c != 0xAD)
    + "ĀāĂăĄąĆćČčĎďĐđĒēĘęĚěĞğĪīİıŁłŃńŇňŌōŐőŒœŘřŚśŞşŠšŤťŪūŮůŰűŹźŻżŽž‚„†‡‰‹›€™⁄−"
)
SIGNS = "αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΠΣΦΨΩ←→↑↓⇒≤≥≠≈∈∞∑∏∫√∂∇≡⊂∪∩■□▪●○◦◆◇►▶✓✗☐☑★☆➢❖№"
ALPHABET = ASCII + COMMON + LATIN + SIGNS
SPACE, HYPHEN = 0, ASCII.index("-")
KERNED = len(ASCII)  # pair kerning is known for these first codes

_CODE = np.full(0x10000, -1, np.int64)
_CODE[[ord(c) for c in ALPHABET]] = np.arange(len(ALPHABET))
_CHARACTER = np.array([ord(c) for c in ALPHABET], np.uint32)


def encode(text: str) -> Codes:
    """Codes of the characters of `text`, -1 for those outside the alphabet."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return _CODE[np.minimum(points, 0xFFFF)]


def decode(codes: Codes) -> str:
    """The text of codes that are all inside the alphabet."""
    return _CHARACTER[codes].astype("<u4").tobytes().decode("utf-32-le")
