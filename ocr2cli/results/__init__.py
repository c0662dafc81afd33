"""Readings → files: what `output` needs to know of a document, pages to a pipe, files written again."""

__all__ = ["extras", "rerender", "stages", "streaming", "write"]
