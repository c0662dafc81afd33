"""Text of tables: its columns, its rows, its heads, and labels that stand for several rows."""

__all__ = ["columns", "groups", "heads", "places", "values", "wraps"]
