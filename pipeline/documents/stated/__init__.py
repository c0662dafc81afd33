"""What a PDF states beside its ink, as plain values: links, emphasis, fields, comments, outline, title, author."""

__all__ = ["boxes", "emphasis", "extras", "facts", "fields", "fonts", "links", "strikes", "tagged", "ticked"]
