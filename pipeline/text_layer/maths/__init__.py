"""Display formulas of a page's own text: which fragments are one, its rows, TeX, and the number beside it."""

__all__ = ["display", "rows", "tex"]
