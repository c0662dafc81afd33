"""PDFs and images: opened, counted, rasterised page by page within a budget of pixels, in a guarded process."""

__all__ = ["annotations", "document", "guard", "mupdf", "originals", "pdf_pages", "sources"]
