"""PDFium: marked content, a second opinion on the words of a page, and pages that MuPDF cannot parse."""

__all__ = ["lines", "one_page", "printed"]
