"""The characters of a PDF's text as they show: MuPDF's, with what it leaves out put right."""

from __future__ import annotations

from pipeline.documents.letters.lines import text_lines, whole_lines
from pipeline.documents.letters.signs import is_of_signs

__all__ = ["is_of_signs", "text_lines", "whole_lines"]
