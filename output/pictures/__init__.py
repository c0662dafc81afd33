"""One picture: where it is cut, and the file that it becomes."""

__all__ = ["figures", "files"]
