"""What a page's text layer holds, read by a path that shares nothing with the one that writes blocks."""

__all__ = ["damage", "own_page", "second", "sight"]
