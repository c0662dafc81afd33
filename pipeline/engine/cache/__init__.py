"""Keys and values of all slots, in pages."""

__all__ = ["cache", "paged", "ring", "slots"]
