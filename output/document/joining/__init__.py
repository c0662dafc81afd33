"""Paragraphs, lists and tables that the end of a page or column broke, and the document put together from them."""

__all__ = ["assemble"]
