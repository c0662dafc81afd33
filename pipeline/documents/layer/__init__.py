"""A layer of invisible text on the pages of a PDF, for viewers to search and to copy from."""

__all__ = ["layers", "searchable"]
