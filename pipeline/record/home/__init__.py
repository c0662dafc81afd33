"""Where a document lies, as its results tell it, and what only this machine knows of that."""

__all__ = ["folders", "state", "ways"]
