"""The characters of a PDF's text as they show: MuPDF's, with what it leaves out or turns round put right."""

from __future__ import annotations

from pipeline.documents.letters.lines import WholeLines, text_lines
from pipeline.documents.letters.order import has_such_numbers, is_right_to_left, numbers_turned, unspaced
from pipeline.documents.letters.replaced import believed
from pipeline.documents.letters.signs import is_of_signs

__all__ = [
    "WholeLines",
    "believed",
    "has_such_numbers",
    "is_of_signs",
    "is_right_to_left",
    "numbers_turned",
    "text_lines",
    "unspaced",
]
