"""One table: from the model's HTML to rows, from rows to HTML or Markdown."""

__all__ = ["source", "table"]
