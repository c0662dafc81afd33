"""How a span of text is set: bold, italic or of one width, by what its font says of itself and by how it is painted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.documents import mupdf

_ITALIC, _MONO, _BOLD = 2, 8, 16  # bits of MuPDF's span flags
_MONO_NAMES = re.compile(r"courier|mono(?!type)|consol|typewriter|cmtt|menlo|fixed", re.I)
_BOLD_NAMES = re.compile(r"bold|black|heavy|semibold|demi|cmbx|\b[a-z]*-b\b", re.I)
_ITALIC_NAMES = re.compile(r"ital|obliq|slant|kursiv|cmti|cmsl|sfti|sfsl|\b[a-z]*-(?:it|i)\b", re.I)
# Letters of formulas: they are italic because they are variables, and bold because they are vectors.
_MATHS_NAMES = re.compile(
    r"\bcm(?:mi|sy|ex|bsy|mib)|\bms[ab]m|\beu[fsr][mb]|math|symbol|\bmt(?:sy|mi|ex)|\brmtmi", re.I
)


def is_bold(span: Mapping[str, Any]) -> bool:
    """Whether a span of MuPDF's is bold. Files without a bold face print twice, or fill and outline at once."""
    painted = span["char_flags"]
    outlined = painted & mupdf.PAINTED and painted & mupdf.STROKED
    return bool(span["flags"] & _BOLD or painted & mupdf.DOUBLED or outlined or _BOLD_NAMES.search(span["font"]))


def is_italic(span: Mapping[str, Any]) -> bool:
    """Whether it is italic or slanted."""
    return bool(span["flags"] & _ITALIC or _ITALIC_NAMES.search(span["font"]))


def is_mono(span: Mapping[str, Any]) -> bool:
    """Whether all its letters are of one width, as a typewriter's."""
    return bool(span["flags"] & _MONO or _MONO_NAMES.search(span["font"]))


def is_maths(span: Mapping[str, Any]) -> bool:
    """Whether its font is made for formulas."""
    return bool(_MATHS_NAMES.search(span["font"]))
