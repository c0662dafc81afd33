"""The reader's name and version, apart from it, so that the process that asks for pages need not load MuPDF."""

from importlib.metadata import version

NAME = "text-layer"
VERSION = 14
"""Raise it whenever the same page gives other text: pages in records of another version are read again."""

SETTINGS = f"{NAME}/{VERSION} pymupdf/{version('pymupdf')} pypdfium2/{version('pypdfium2')}"
"""The text depends on this folder, and on what MuPDF and, for tagged files, PDFium make of a page."""
