"""The structure tree of a tagged PDF: which element each piece of a page is in, and what the tree says of it."""

__all__ = ["content", "marks", "nodes"]
