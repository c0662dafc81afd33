"""Pages of tagged PDFs by their structure tree, where it is sound: order, headings, lists, tables."""

__all__ = ["page", "units"]
