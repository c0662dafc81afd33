"""A reading held against another text of the same page."""

__all__ = ["agreement", "repeats"]
