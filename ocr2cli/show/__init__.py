"""A result in the browser: looked over beside its pages, and corrected."""

__all__ = ["session"]
