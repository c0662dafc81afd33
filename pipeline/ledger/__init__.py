"""What a page's text layer holds, read by a path that shares nothing with the one that writes blocks."""

__all__ = ["own_page", "second", "sight"]
