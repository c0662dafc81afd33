"""Words with their places on the pages: hOCR, ALTO, and the layer of text of a searchable PDF."""

__all__ = ["alto", "hocr", "placing"]
