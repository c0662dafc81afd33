"""Photos of paper: the sheet on its table is found and laid flat."""

__all__ = ["sheet"]
