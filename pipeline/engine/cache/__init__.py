"""Keys and values of all slots, in pages."""

__all__ = ["apart", "cache", "paged", "ring", "slots"]
