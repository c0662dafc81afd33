"""What a PDF states beside its ink, as plain values: its links, outline, title and author."""

__all__ = ["facts", "links"]
