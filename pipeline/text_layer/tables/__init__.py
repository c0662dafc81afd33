"""Rules and aligned text → tables as grids of cells."""

__all__ = ["find", "grid", "heads", "rules"]
