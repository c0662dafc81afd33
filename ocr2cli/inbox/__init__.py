"""The watch folder: complete files, one process each, moved away when done."""

__all__ = ["watch"]
