"""The inbox, a folder or a bucket: complete documents, each of one process alone, moved away when done."""

__all__ = ["folder", "watch"]
