"""Parts of pages that are read by themselves: where a page is cut, in which order they come, and how their blocks
become the page's."""

__all__ = ["cutting", "placed", "returning", "together"]
