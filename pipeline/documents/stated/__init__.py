"""What a PDF states beside its ink, as plain values: its links, emphasis, outline, title and author."""

__all__ = ["emphasis", "facts", "fonts", "links", "strikes"]
