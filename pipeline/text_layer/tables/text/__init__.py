"""Text of tables: its columns, its rows, its heads, upright ones too, and labels that stand for several rows."""

__all__ = ["columns", "groups", "heads", "items", "leaders", "levels", "places", "upright", "values", "wraps"]
