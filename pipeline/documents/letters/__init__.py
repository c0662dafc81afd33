"""What MuPDF's characters leave to be mended: fonts of signs (Symbol, Zapf Dingbats, Wingdings), doubled letters."""

from __future__ import annotations

from pipeline.documents.letters.mending import crowded, mend, show_signs
from pipeline.documents.letters.signs import Font, Signs, is_of_signs

__all__ = ["Font", "Signs", "crowded", "is_of_signs", "mend", "show_signs"]
