"""What each block is: heading, list, running head, page number; with facts of the whole document."""

__all__ = ["beside", "captions", "context", "fields", "headings", "labels", "margins", "notes", "running"]
