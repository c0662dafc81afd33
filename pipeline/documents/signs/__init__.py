"""Fonts of signs (Symbol, Zapf Dingbats, Wingdings): what their characters show."""

from __future__ import annotations

from pipeline.documents.signs.signs import Font, Signs, is_of_signs

__all__ = ["Font", "Signs", "is_of_signs"]
