"""What the rooms of this folder share of MuPDF's bindings: their errors, their silence, a box."""

from __future__ import annotations

import logging

import pymupdf
from pymupdf import TOOLS

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

ERRORS = (RuntimeError, ValueError, TypeError, pymupdf.mupdf.FzErrorBase)
"""What MuPDF raises on a broken file; ValueError and TypeError come from its Python wrapper."""

# Standard output carries data only, and MuPDF's complaints about a file mean nothing to its reader.
TOOLS.mupdf_display_errors(False)
TOOLS.mupdf_display_warnings(False)
pymupdf.set_messages(pylogging_name="pymupdf", pylogging_level=logging.DEBUG)
