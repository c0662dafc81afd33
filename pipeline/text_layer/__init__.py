"""The PDF's own text as grounded text: fallback, draft and check of what a model reads."""

__all__ = ["guarded", "quality", "reading"]
