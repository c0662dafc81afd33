"""Fonts of signs, as they show: PDFs seldom say it, and the codes of their signs are those of letters and digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from pipeline.documents.letters.tables import DINGBATS, DINGBATS_BY_NAME, SYMBOL, WINGDINGS
from pipeline.documents.mupdf import PdfFont

_PRIVATE = 0xF000  # where TrueType fonts of signs, and maps of many writers, put the codes 0x20 to 0xFF
_SYMBOL_NAMES = re.compile(r"^(?:\w{6}\+)?symbol(?:mt|std)?(?:\W|$)", re.I)
_FAMILIES: Final[Sequence[tuple[re.Pattern[str], Mapping[int, str]]]] = (
    (re.compile(r"wingdings(?!.*[23])", re.I), WINGDINGS),
    (re.compile(r"zapf ?dingbats|^(?:\w{6}\+)?dingbats", re.I), DINGBATS),
    (_SYMBOL_NAMES, SYMBOL),
    (re.compile(r"wingdings|webdings", re.I), {}),  # their tables are not here, but no letter of theirs is one
)


def is_of_signs(name: str) -> bool:
    """Whether a font of this name shows signs for letters."""
    return _table(name) is not None


class Signs:
    """The text of a page's fonts of signs, as they show it."""

    def __init__(self, fonts: Iterable[PdfFont]) -> None:
        known = [(font, table) for font in fonts if (table := _table(font.name)) is not None]
        # Without names of letters, MuPDF takes the number in the name of a glyph for its character.
        zapf = [font for font, table in known if table is DINGBATS]
        self._numbered = bool(zapf) and all(f.subtype == "Type1" and not f.encoding and not f.mapped for f in zapf)
        # Adobe's Symbol has names by which MuPDF knows its signs; a TrueType one without a map has codes alone.
        symbol = [font for font, _ in known if _SYMBOL_NAMES.search(font.name)]
        self._coded = bool(symbol) and all(f.subtype == "TrueType" and not f.mapped for f in symbol)

    def shown(self, text: str, font: str) -> str:
        """What a text of MuPDF's shows in a font of this name. A sign that is in no table is U+F000 and its code; what
        is no code stays."""
        table = _table(font)
        if table is None:
            return text
        codes = (self._code(char, font, table) for char in text)
        pairs = zip(text, codes, strict=True)
        return "".join(table.get(code, chr(_PRIVATE + code)) if code else char for char, code in pairs)

    def _code(self, char: str, font: str, table: Mapping[int, str]) -> int:
        """The code in the font, 0 where the character is text."""
        if 0x20 <= ord(char) - _PRIVATE <= 0xFF:
            return ord(char) - _PRIVATE
        if char in " ·":  # a dot is what maps say of bullets
            return 0
        if table is DINGBATS and self._numbered:
            return DINGBATS_BY_NAME.get(ord(char), 0)
        if _SYMBOL_NAMES.search(font) and not self._coded:
            return 0
        code = _latin(char)
        return code if code > 0x20 else 0


@lru_cache(maxsize=1024)  # of all documents that one process reads, each with names of its own
def _table(name: str) -> Mapping[int, str] | None:
    return next((table for pattern, table in _FAMILIES if pattern.search(name)), None)


def _latin(char: str) -> int:
    """The code that Windows' Latin encoding has for a character, 0 for none: how MuPDF has read it."""
    if ord(char) < 0x100:
        return ord(char)
    encoded = char.encode("cp1252", "ignore")
    return encoded[0] if encoded else 0
