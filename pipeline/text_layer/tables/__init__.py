"""Rules and aligned text → tables as grids of cells."""

__all__ = ["bare", "find"]
